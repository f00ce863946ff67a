"""Sign-ins 登录记录: when, how, and how each session ended; read by the person alone."""

from __future__ import annotations

from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

_SIGN_INS = """
create table sign_ins (
    id bigint generated always as identity primary key,
    who bytea not null,                   -- pseudonym of the pairwise id, of this table alone
    session bytea not null unique,        -- name of its session; the session's row goes when it ends
    method text not null,
    level smallint not null,
    presence boolean not null,            -- opened at a window, for the clerk who served the person
    opened_at timestamptz not null,
    ended_at timestamptz,
    ended text not null default '' check (ended in ('', 'signed-out', 'replaced', 'closed', 'time'))
);
create index sign_ins_of on sign_ins (who, id);
create index sign_ins_old on sign_ins (opened_at);
create index sessions_over on sessions (expires_at);
"""


def upgrade() -> None:
    """Add the table."""
    op.execute(_SIGN_INS)


def downgrade() -> None:
    """Take it away."""
    op.execute("drop table sign_ins; drop index sessions_over")
