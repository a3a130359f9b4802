"""Batches that can be taken back, and what each delivery looked like"""

import sqlalchemy as sa
from alembic import op

from data.db import Instant

revision = '0002'
down_revision = '0001'

Json = sa.JSON(none_as_null=True)
Key = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')


def upgrade() -> None:
    for column in (
        sa.Column('source', sa.Text()),
        sa.Column('sheet', sa.Text()),
        sa.Column('declared_rows', sa.Integer()),
        sa.Column('filled_count', sa.Integer()),
        sa.Column('cell_count', sa.Integer()),
        sa.Column('columns', Json),
        sa.Column('ignored', Json),
        sa.Column('notices', Json),
        sa.Column('newest_at', Instant()),
        sa.Column('seconds', sa.Float()),
        sa.Column('undone_by', sa.Text()),
    ):
        op.add_column('imports', column)
    op.add_column('quarantine', sa.Column('hint', sa.Text()))
    op.add_column('cases', sa.Column('undone_at', Instant()))
    op.create_index('ix_case_events_batch', 'case_events', ['batch_id', 'case_id'])
    op.create_table(
        'mappings',
        sa.Column('name', sa.Text(), primary_key=True),
        sa.Column('kind', sa.Text(), nullable=False),
        sa.Column('text', sa.Text(), nullable=False),
        sa.Column('saved_by', sa.Text(), nullable=False),
        sa.Column('saved_at', Instant(), nullable=False),
    )
    op.create_table(
        'overwritten',
        sa.Column('overwritten_id', Key, primary_key=True),
        sa.Column('batch_id', Key, nullable=False),
        sa.Column('case_id', Key, nullable=False),
        sa.Column('values', Json, nullable=False),
        sa.ForeignKeyConstraint(['batch_id'], ['imports.batch_id'], name='fk_overwritten_batch_id'),
        sa.ForeignKeyConstraint(['case_id'], ['cases.case_id'], name='fk_overwritten_case_id'),
    )
    op.create_index('ix_overwritten_batch_id', 'overwritten', ['batch_id'])
    undone = sa.text("kind = 'undone'")
    op.create_index(
        'ix_case_events_undone', 'case_events', ['case_id', 'event_id'],
        sqlite_where=undone, postgresql_where=undone,
    )
    op.execute("CREATE VIEW live_cases AS SELECT * FROM cases WHERE undone_at IS NULL")
    op.execute(
        "CREATE VIEW live_events AS SELECT e.* FROM case_events e WHERE NOT EXISTS ("
        "SELECT 1 FROM case_events u"
        " WHERE u.kind = 'undone' AND u.case_id = e.case_id AND u.event_id >= e.event_id)"
    )
