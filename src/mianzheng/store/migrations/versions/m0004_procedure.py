"""The procedure of a case: the law's clock, the desk, notices in writing, overdue limits, cases to review."""

from __future__ import annotations

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_PROCEDURE = """
alter table cases
    add column procedure bytea,           -- encrypted: findings, signatures, what stood still, what was declared
    add column clock_at timestamptz,      -- when the law's clock next turns; null: it does not run
    add column provisional boolean not null default false,  -- that time rests on days no notice has settled
    add column handler text not null default '';            -- member of staff who took it
create index cases_clock on cases (clock_at) where clock_at is not null;
create index cases_provisional on cases (id) where provisional;
create index cases_of_item on cases (item, item_version, state);
update cases set clock_at = now() where state not in ('applied', 'accepted', 'ended');
alter table contests add column department text not null default '';  -- whose answer it is
create index contests_of_department on contests (department);
create table notices (                    -- 书面告知: its time is when it was told
    id bigint generated always as identity primary key,
    case_id text not null references cases on delete cascade,
    kind text not null,
    content bytea not null,               -- encrypted under the case key
    told_at timestamptz not null
);
create index notices_of_case on notices (case_id);
create table overdue (                    -- why a limit ran out; published, so nothing here is about a person
    id bigint generated always as identity primary key,
    case_id text not null references cases on delete cascade,
    item text not null,
    department text not null,
    what text not null check (what in ('promise', 'legal', 'signature', 'contest', 'delivery', 'check')),
    since date not null,
    publish_zh text not null,
    publish_en text not null,
    reason_zh text not null,
    reason_en text not null,
    ended_on date,
    unique (case_id, what, since)
);
create index overdue_since on overdue (since desc);
create table objections (                 -- to a public notice 公示
    id bigint generated always as identity primary key,
    case_id text not null references cases on delete cascade,
    content bytea not null,               -- encrypted under the case key: who, by the authority's word, and why
    at timestamptz not null
);
create index objections_of_case on objections (case_id);
create table reviews (                    -- cases decided on an answer that was corrected since
    case_id text not null references cases on delete cascade,
    question text not null,
    role text not null,
    because text not null,                -- the case in which it was contested
    at timestamptz not null,
    primary key (case_id, question, role, because)
);
alter table requests drop constraint requests_kind_check, drop constraint requests_status_check;
alter table requests
    add constraint requests_kind_check
        check (kind in ('bundle', 'answers', 'decision', 'delivery', 'correction', 'revocation', 'other')),
    add constraint requests_status_check check (status in ('open', 'answered', 'void', 'past'));
"""

_BEFORE = """
delete from requests where kind in ('correction', 'revocation', 'other') or status = 'past';
alter table requests drop constraint requests_kind_check, drop constraint requests_status_check;
alter table requests
    add constraint requests_kind_check check (kind in ('bundle', 'answers', 'decision', 'delivery')),
    add constraint requests_status_check check (status in ('open', 'answered', 'void'));
drop index cases_of_item;
drop table reviews, objections, overdue, notices;
alter table contests drop column department;
update cases set state = 'ended', due_at = null where state in ('revoked', 'archived', 'not_accepted');
update cases set state = 'delivered', due_at = null where state in ('declared', 'fee_due');
update cases set state = 'waiting_person', due_at = null where state in
    ('correction', 'accepted_incomplete', 'visit_booked', 'public_notice', 'suspended', 'reopened');
alter table cases drop column procedure, drop column clock_at, drop column provisional, drop column handler;
"""


def upgrade() -> None:
    """Add the tables and columns; the clock of every case that runs is computed by the machine at once."""
    op.execute(_PROCEDURE)


def downgrade() -> None:
    """Take them away; states that the version before does not know become the nearest it knows."""
    op.execute(_BEFORE)
