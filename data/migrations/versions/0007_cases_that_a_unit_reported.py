"""Find the cases that a unit reported to the centre"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    by_a_unit = sa.text("kind = 'report' AND from_unit_id IS NOT NULL")
    op.create_index(
        "ix_case_events_reported", "case_events", ["from_unit_id", "case_id"],
        sqlite_where=by_a_unit, postgresql_where=by_a_unit,
    )
