"""Rollups kept over a restart"""

import sqlalchemy as sa
from alembic import op

from data.db import Instant

revision = '0008'
down_revision = '0007'

Key = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')


def upgrade() -> None:
    op.create_table(
        'checkpoints',
        sa.Column('checkpoint_id', Key, primary_key=True),
        sa.Column('at', Instant(), nullable=False),
        sa.Column('mark', sa.BigInteger(), nullable=False),
        sa.Column('rules', sa.BigInteger(), nullable=False),
        sa.Column('definitions', sa.Text(), nullable=False),
    )
    op.create_table(
        'checkpoint_columns',
        sa.Column('base', sa.Text(), primary_key=True),
        sa.Column('name', sa.Text(), primary_key=True),
        sa.Column('part', sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column('packed', sa.LargeBinary(), nullable=False),
    )
