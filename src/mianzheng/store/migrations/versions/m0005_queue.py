"""The queue of each office: drawn numbers, nothing about who drew them."""

from __future__ import annotations

from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_QUEUE = """
create table tickets (
    id text primary key,
    office text not null,
    day date not null,
    number integer not null,              -- of that office on that day
    state text not null check (state in ('waiting', 'called', 'paused', 'done', 'absent')),
    place integer not null,               -- in the line: its number, or 0 when it was handed over
    meant_for text not null default '',   -- window; '' any
    window_name text not null default '',
    department text not null default '',  -- who called it last
    staff text not null default '',
    why text not null default '',         -- of a hand-over
    issued_at timestamptz not null,
    called_at timestamptz,
    ended_at timestamptz,
    unique (office, day, number)
);
create index tickets_waiting on tickets (office, day, place, number) where state = 'waiting';
create index tickets_of_staff on tickets (department, staff, day, number);
"""


def upgrade() -> None:
    """Add the table."""
    op.execute(_QUEUE)


def downgrade() -> None:
    """Take it away."""
    op.execute("drop table tickets")
