"""Indexes of the public pages: figures, limits that ran out and public notices, page by page."""

from __future__ import annotations

from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_PUBLIC = """
create index cases_decided on cases (settled_at desc) include (item, item_version, authorised_at)
    where settled_at is not null and decision <> 'undecided' and decided_by <> 'proposed';
create index burdens_documents on burdens (id) where kind = 'document';
drop index overdue_since;
create index overdue_newest on overdue (since desc, id desc);
create index overdue_of_department on overdue (department, since desc, id desc);
create index cases_noticed on cases (clock_at, id) where state = 'public_notice' and clock_at is not null;
"""


def upgrade() -> None:
    """Add the indexes."""
    op.execute(_PUBLIC)


def downgrade() -> None:
    """Take them away again."""
    op.execute("drop index cases_decided, burdens_documents, overdue_newest, overdue_of_department, cases_noticed")
    op.execute("create index overdue_since on overdue (since desc)")
