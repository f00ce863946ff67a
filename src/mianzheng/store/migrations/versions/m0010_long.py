"""Indexes for what was read from end to end: signatures of a witness, invitations, findings, nonces, reviews."""

from __future__ import annotations

from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

_LONG = """
create index cosignatures_of_party on cosignatures (party, size);
create index invitations_of_case on invitations (case_id);
create index invitations_over on invitations (expires_at);
create index nonces_over on nonces (expires_at);
create index findings_of_case on findings (case_id);
alter table reviews add column department text not null default '';  -- whose case it is
update reviews r set department = i.department
    from cases c join items i on i.item = c.item and i.version = c.item_version where c.id = r.case_id;
create index reviews_of_department on reviews (department, at, case_id);
"""

_BEFORE = """
alter table reviews drop column department;
drop index cosignatures_of_party, invitations_of_case, invitations_over, nonces_over, findings_of_case;
"""


def upgrade() -> None:
    """Add the indexes; a review knows its department."""
    op.execute(_LONG)


def downgrade() -> None:
    """Take them away again."""
    op.execute(_BEFORE)
