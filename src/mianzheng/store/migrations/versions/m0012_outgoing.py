"""An index for the list of papers that wait for window or post 出件."""

from __future__ import annotations

from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the index."""
    op.execute(
        "create index papers_outgoing on papers (department, told_on, number)"
        " where way in ('window', 'post') and delivered_on is null and pdf is not null"
    )


def downgrade() -> None:
    """Take it away."""
    op.execute("drop index papers_outgoing")
