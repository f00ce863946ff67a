"""Items, cases and what belongs to them, the access ledger, sessions."""

from __future__ import annotations

from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_ITEMS = """
create table items (
    item text not null,
    version integer not null,
    department text not null,
    digest text not null,                 -- SHA-256 of the signed payload, base64url
    status text not null check (status in ('draft', 'approved', 'published', 'retired')),
    signed text not null,                 -- JWS of the item by the handling department's steward
    certificate text not null,            -- that steward's certificate
    primary key (item, version)
);
create table item_approvals (
    item text not null,
    version integer not null,
    question text not null,
    role text not null,
    signed text not null,                 -- JWS of the approval by the answering department's steward
    certificate text not null,
    primary key (item, version, question, role),
    foreign key (item, version) references items
);
create table item_changes (
    id bigint generated always as identity primary key,
    item text not null,
    version integer not null,
    status text not null,
    signed text not null,                 -- the step that moved it, '' for one that follows from approvals
    at timestamptz not null default now(),
    foreign key (item, version) references items
);
"""

_CASES = """
create table cases (
    id text primary key,
    owner bytea not null,                 -- pseudonym of the person for this table only
    item text not null,
    item_version integer not null,
    as_of date,                           -- fixed at acceptance
    state text not null,
    version integer not null,             -- counts the steps; every step is won by it
    key_month text not null,              -- which month's key wraps the case key
    key_wrapped bytea not null,
    opening bytea not null,               -- encrypted under the case key, as all bytea below
    permission bytea,
    outcome bytea,
    authorisation text,                   -- digest of what the person signed
    wave integer not null default 0,
    decision text not null default 'undecided' check (decision in ('granted', 'refused', 'undecided')),
    decided_by text not null default '' check (decided_by in ('machine', 'officer', 'proposed', '')),
    attempts integer not null default 0,  -- tries since the case last got on, for the back-off
    created_at timestamptz not null default now(),
    changed_at timestamptz not null default now(),
    authorised_at timestamptz,
    settled_at timestamptz,               -- when it was last decided or proposed
    waits_until timestamptz,              -- when the fall-back of the register waited for starts
    due_at timestamptz,                   -- when the machine looks again; null: it waits for a person
    foreign key (item, item_version) references items
);
create index cases_of_owner on cases (owner, created_at desc);
create index cases_due on cases (due_at) where due_at is not null;
create table flips (                      -- a change of state is a row
    case_id text not null references cases on delete cascade,
    version integer not null,
    source text not null,
    target text not null,
    reason text not null,                 -- a word of the machine; holds no personal data
    at timestamptz not null default now(),
    primary key (case_id, version)
);
create table requests (
    id text primary key,
    case_id text not null references cases on delete cascade,
    kind text not null check (kind in ('bundle', 'answers', 'decision', 'delivery')),
    party text not null,                  -- who is asked
    wave integer not null,
    status text not null check (status in ('open', 'answered', 'void')),
    body bytea not null,                  -- the signed bytes, encrypted; sent again as they are
    answer bytea,                         -- the verified answer, encrypted
    prepared_at timestamptz not null default now(),
    answered_at timestamptz
);
create index requests_of_case on requests (case_id);
create table contests (
    case_id text not null references cases on delete cascade,
    question text not null,
    role text not null,
    signed bytea not null,                -- the person's signed step, encrypted
    at timestamptz not null default now(),
    primary key (case_id, question, role)
);
create table burdens (                    -- what a person had to bring, and each time they had to come
    id bigint generated always as identity primary key,
    case_id text not null references cases on delete cascade,
    kind text not null check (kind in ('document', 'visit')),
    what text not null,
    at timestamptz not null default now()
);
create index burdens_of_case on burdens (case_id);
"""

_LEDGER = """
create table ledger_keys (                -- one key for each (subject, year); gone when its time ends
    subject bytea not null,
    year integer not null,
    key_month text not null,
    key_wrapped bytea not null,
    primary key (subject, year)
);
create table ledger_entries (
    id bigint generated always as identity primary key,
    leaf bytea not null unique,
    case_ref bytea not null,              -- pseudonym of the case for this table only
    subject bytea not null,               -- pseudonym of the person for the ledger only
    year integer not null,
    content bytea,                        -- salt and entry, encrypted; null once erased on date by rule
    leaf_index bigint unique              -- null: pending
);
create index ledger_entries_of_case on ledger_entries (case_ref);
create index ledger_entries_of_subject on ledger_entries (subject, year);
create index ledger_entries_pending on ledger_entries (id) where leaf_index is null;
create table tree_nodes (
    level integer not null,
    index bigint not null,
    hash bytea not null,
    primary key (level, index)
);
create table heads (
    size bigint primary key,
    root bytea not null,
    signed text not null,                 -- JWS by the hub's log key
    at timestamptz not null default now()
);
create table cosignatures (
    size bigint not null references heads,
    party text not null,
    signed text not null,
    at timestamptz not null default now(),
    primary key (size, party)
);
create table findings (                   -- what the machine saw and somebody must look at
    id bigint generated always as identity primary key,
    code text not null,
    party text not null,
    case_id text not null,
    detail text not null,                 -- for the operator; holds no personal data
    at timestamptz not null default now()
);
"""

_SESSIONS = """
create table nonces (
    nonce bytea primary key,              -- SHA-256 of the nonce
    expires_at timestamptz not null
);
create table sessions (
    token bytea primary key,              -- SHA-256 of the bearer token
    content bytea not null,               -- encrypted under a key made from the token itself
    expires_at timestamptz not null
);
"""


def upgrade() -> None:
    """Make all tables."""
    for part in (_ITEMS, _CASES, _LEDGER, _SESSIONS):
        op.execute(part)


def downgrade() -> None:
    """Drop all tables, those that refer to others first."""
    op.execute(
        "drop table sessions, nonces, findings, cosignatures, heads, tree_nodes, ledger_entries, ledger_keys,"
        " burdens, contests, requests, flips, cases, item_changes, item_approvals, items"
    )
