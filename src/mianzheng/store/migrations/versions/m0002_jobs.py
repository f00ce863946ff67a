"""procrastinate's own tables, in a schema of their own."""

from __future__ import annotations

from alembic import op
from procrastinate.schema import SchemaManager
from sqlalchemy import text

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply the schema that the installed procrastinate ships."""
    connection = op.get_bind()
    connection.execute(text("create schema jobs"))
    connection.execute(text("set local search_path to jobs, public"))
    # straight to the driver: the text holds colons and per cents that are not parameters
    connection.connection.cursor().execute(SchemaManager.get_schema())
    connection.execute(text("set local search_path to public, jobs"))


def downgrade() -> None:
    """Drop the schema with all jobs."""
    op.execute("drop schema jobs cascade")
