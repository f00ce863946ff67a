"""Lists of a million lines: each is read from an index, page by page, whole or by what is looked for."""

from __future__ import annotations

from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

_LISTS = """
create index cases_of_owner_item on cases (owner, item, created_at desc, id desc);
alter table notices add column owner bytea not null default '', add column item text not null default '';
update notices n set owner = c.owner, item = c.item from cases c where c.id = n.case_id;
create index notices_of_owner on notices (owner, id desc);
create index notices_of_owner_item on notices (owner, item, id desc);
create index overdue_of_item on overdue (item, since desc, id desc);
create index cases_noticed_of_item on cases (item, clock_at, id)
    where state = 'public_notice' and clock_at is not null;
create index cases_at_desk on cases (item, state, changed_at, id)
    where state in ('waiting_person', 'proposed', 'visit_booked', 'suspended', 'fee_due', 'declared', 'public_notice',
        'correction', 'accepted_incomplete', 'escalated');
create index sign_ins_by_method on sign_ins (who, method, id desc);
"""

_BEFORE = """
drop index cases_of_owner_item, overdue_of_item, cases_noticed_of_item, cases_at_desk, sign_ins_by_method;
alter table notices drop column owner, drop column item;
"""


def upgrade() -> None:
    """Add the indexes; a notice knows whose it is and of which item."""
    op.execute(_LISTS)


def downgrade() -> None:
    """Take them away again."""
    op.execute(_BEFORE)
