"""What actions on cases set: reply by, order number, grade, parent; drafts of forms; lists"""

import sqlalchemy as sa
from alembic import op

from data.db import Instant

revision = '0006'
down_revision = '0005'

Json = sa.JSON(none_as_null=True)
Key = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')


def upgrade() -> None:
    for column in (
        sa.Column('until_at', Instant()),
        sa.Column('order_no', sa.Text()),
        sa.Column('grade', sa.Text()),
        sa.Column('parent_id', Key),
    ):
        op.add_column('case_events', column)
    with_parent = sa.text('parent_id IS NOT NULL')
    op.create_index(
        'ix_case_events_parent', 'case_events', ['parent_id'],
        sqlite_where=with_parent, postgresql_where=with_parent,
    )
    op.execute("DROP VIEW live_events")
    op.execute(
        "CREATE VIEW live_events AS SELECT e.* FROM case_events e WHERE NOT EXISTS ("
        "SELECT 1 FROM case_events u"
        " WHERE u.kind = 'undone' AND u.case_id = e.case_id AND u.event_id >= e.event_id)"
    )
    op.create_table(
        'order_numbers',
        sa.Column('year', sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column('last', sa.Integer(), nullable=False),
    )
    op.create_table(
        'drafts',
        sa.Column('login', sa.Text(), primary_key=True),
        sa.Column('subject', sa.Text(), primary_key=True),
        sa.Column('form', sa.Text(), primary_key=True),
        sa.Column('fields', Json, nullable=False),
        sa.Column('saved_at', Instant(), nullable=False),
        sa.ForeignKeyConstraint(['login'], ['users.login'], name='fk_drafts_login'),
    )
    _index_lists()


def _index_lists() -> None:
    """Pages of the list along an index; and cases that a unit has held."""
    is_open, is_ended = sa.text('ended_at IS NULL'), sa.text('ended_at IS NOT NULL')
    op.drop_index('ix_cases_ended_at', 'cases')
    for name, columns, where in (
        ('ix_cases_ended_at', ['ended_at'], is_ended),
        ('ix_cases_open', ['ended_at'], is_open),
        ('ix_cases_open_due', ['due_at', 'case_id'], is_open),
        ('ix_cases_open_opened', ['opened_at', 'case_id'], is_open),
    ):
        op.create_index(name, 'cases', columns, sqlite_where=where, postgresql_where=where)
    op.create_index('ix_cases_transfers', 'cases', ['transfer_count', 'case_id'])
    is_move = sa.text('to_unit_id IS NOT NULL')
    op.create_index(
        'ix_case_events_held', 'case_events', ['to_unit_id', 'case_id'],
        sqlite_where=is_move, postgresql_where=is_move,
    )
