"""Each category's own clock, days that are worked or not, and where a case lies"""

import sqlalchemy as sa
from alembic import op

from data.db import Instant

revision = '0003'
down_revision = '0002'


def upgrade() -> None:
    for name in ('limit', 'accept'):
        op.add_column('categories', sa.Column(f'{name}_amount', sa.Integer()))
        op.add_column('categories', sa.Column(f'{name}_unit', sa.Text()))
        # Until now limits were plain hours, which are urgent hours: round the clock.
        op.execute(
            f"UPDATE categories SET {name}_amount = {name}_hours, {name}_unit = 'urgent_hours'"
            f" WHERE {name}_hours IS NOT NULL"
        )
        op.drop_column('categories', f'{name}_hours')
    op.create_table(
        'calendar_days',
        sa.Column('day', sa.Date(), primary_key=True),
        sa.Column('is_worked', sa.Boolean(), nullable=False),
        sa.Column('note', sa.Text()),
    )
    op.add_column('case_events', sa.Column('accept_due_at', Instant()))
    for column in (
        sa.Column('cell_x', sa.Integer()),
        sa.Column('cell_y', sa.Integer()),
        sa.Column('address_key', sa.Text()),
    ):
        op.add_column('cases', column)
    op.create_index('ix_cases_cell', 'cases', ['category_id', 'cell_y', 'cell_x'])
    op.create_index('ix_cases_address_key', 'cases', ['category_id', 'address_key'])
    for name in ('live_events', 'live_cases'):
        op.execute(f"DROP VIEW {name}")
    op.execute("CREATE VIEW live_cases AS SELECT * FROM cases WHERE undone_at IS NULL")
    op.execute(
        "CREATE VIEW live_events AS SELECT e.* FROM case_events e WHERE NOT EXISTS ("
        "SELECT 1 FROM case_events u"
        " WHERE u.kind = 'undone' AND u.case_id = e.case_id AND u.event_id >= e.event_id)"
    )
