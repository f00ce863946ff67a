"""People beyond the applicant: invitations to sign, who took part; how long a case file is kept."""

from __future__ import annotations

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_PEOPLE = """
create table invitations (
    code bytea primary key,               -- SHA-256 of the code: whoever holds this table cannot use it
    case_id text not null references cases on delete cascade,
    role text not null,                   -- as it is asked about: spouse#1
    expires_at timestamptz not null,
    made_at timestamptz not null default now()
);
create table participants (               -- who beside the owner may see their part of a case; they signed in for it
    case_id text not null references cases on delete cascade,
    role text not null,
    who bytea not null,                   -- pseudonym of the person for this table only
    content bytea not null,               -- encrypted under the case key
    primary key (case_id, role)
);
create index participants_who on participants (who);
alter table cases
    add column archived_at timestamptz,   -- what was not relied on is gone since then
    add column keep_until date;           -- the key of the rest goes after this day; null once archived: for good
create index cases_keep_until on cases (keep_until) where keep_until is not null;
create index cases_ended on cases (changed_at) where archived_at is null;
"""


def upgrade() -> None:
    """Add the tables and columns."""
    op.execute(_PEOPLE)


def downgrade() -> None:
    """Take them away again."""
    op.execute("alter table cases drop column archived_at, drop column keep_until")
    op.execute("drop table participants, invitations")
