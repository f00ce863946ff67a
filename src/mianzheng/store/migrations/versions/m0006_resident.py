"""The resident's pages: what waits for a signature, and indexes for lists that are read page by page."""

from __future__ import annotations

from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_RESIDENT = """
create table to_sign (                    -- what a page put together and a person has not signed yet
    token bytea primary key,              -- SHA-256 of the token in the page's address
    content bytea not null,               -- encrypted under a key made from the token itself
    expires_at timestamptz not null
);
create index to_sign_expires on to_sign (expires_at);
create index cases_of_owner_page on cases (owner, created_at desc, id desc);
create index cases_of_owner_state on cases (owner, state, created_at desc, id desc);
drop index cases_of_owner;
create index ledger_entries_of_subject_page on ledger_entries (subject, id desc);
"""

_BEFORE = """
drop index ledger_entries_of_subject_page;
create index cases_of_owner on cases (owner, created_at desc);
drop index cases_of_owner_state;
drop index cases_of_owner_page;
drop table to_sign;
"""


def upgrade() -> None:
    """Add table and indexes."""
    op.execute(_RESIDENT)


def downgrade() -> None:
    """Take them away again; what waited for a signature is begun anew."""
    op.execute(_BEFORE)
