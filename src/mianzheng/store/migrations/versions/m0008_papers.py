"""Papers 文书: numbers given out once for each department and year, and what was made of them, encrypted."""

from __future__ import annotations

from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_PAPERS = """
create table paper_numbers (
    department text not null,
    year integer not null,
    last integer not null,                -- the running number given out last
    primary key (department, year)
);
create table papers (
    number text primary key,              -- department-year-running
    case_id text not null references cases on delete cascade,
    kind text not null,
    place integer not null,               -- among the case's papers of this kind
    occasion text not null,               -- what it tells of: one paper for each
    audience text not null check (audience in ('resident', 'agent', 'clerk')),
    department text not null,
    told_on date not null,                -- the day of what it tells of
    deliver_by date,                      -- last day of the term for delivery, of a decision
    content bytea,                        -- encrypted under the case key, like the two files
    prepared bytea,                       -- with the place for the signature; the bytes that are sealed
    pdf bytea,                            -- sealed; never changes
    request bytea,                        -- encrypted: to the department's gateway, committed before it leaves
    digest bytea,                         -- SHA-256 of the sealed file
    made_at timestamptz not null,
    sealed_at timestamptz,
    way text not null default '' check (way in ('', 'screen', 'window', 'post')),
    sent_on date,
    tracking bytea,                       -- encrypted: of the post
    delivered_on date,
    unique (case_id, kind, occasion, audience)
);
create index papers_of_case on papers (case_id, made_at);
create index papers_late on papers (deliver_by) where delivered_on is null and deliver_by is not null;
-- decided cases whose decision was not written yet; those decided before papers were made are left as they are
alter table cases add column papered boolean not null default true;
alter table cases alter column papered set default false;
create index cases_unpapered on cases (settled_at) where not papered and decided_by in ('machine', 'officer');
"""


def upgrade() -> None:
    """Add the tables."""
    op.execute(_PAPERS)


def downgrade() -> None:
    """Take them away."""
    op.execute("drop index cases_unpapered; alter table cases drop column papered; drop table papers, paper_numbers")
