"""Accounts with a scope, sessions that end by idleness, sign-ins counted in a window"""

import sqlalchemy as sa
from alembic import op

from data.db import Instant
from data.migrations.append_only import forbid_going_round

revision = '0005'
down_revision = '0004'

Key = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')


def upgrade() -> None:
    # Everybody signs in again: until now a session knew neither its last visit nor its address.
    op.drop_table('sessions')
    with op.batch_alter_table('users') as users:
        users.drop_column('failed_sign_in_count')
        for column in (
            sa.Column('area_id', Key, sa.ForeignKey('areas.area_id', name='fk_users_area_id')),
            sa.Column(
                'must_change_password', sa.Boolean(), nullable=False, server_default=sa.false()
            ),
            sa.Column('password_changed_at', Instant()),
            sa.Column('signed_in_at', Instant()),
            sa.Column('version', sa.Integer(), nullable=False, server_default='0'),
        ):
            users.add_column(column)
    op.create_table(
        'old_passwords',
        sa.Column('old_password_id', Key, primary_key=True),
        sa.Column('login', sa.Text(), nullable=False),
        sa.Column('password_hash', sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(['login'], ['users.login'], name='fk_old_passwords_login'),
    )
    op.create_index('ix_old_passwords_login', 'old_passwords', ['login'])
    op.create_table(
        'sessions',
        sa.Column('session_id', Key, primary_key=True),
        sa.Column('token_sha256', sa.Text(), nullable=False),
        sa.Column('login', sa.Text(), nullable=False),
        sa.Column('address', sa.Text()),
        sa.Column('opened_at', Instant(), nullable=False),
        sa.Column('last_seen_at', Instant(), nullable=False),
        sa.Column('expires_at', Instant(), nullable=False),
        sa.Column('revoked_at', Instant()),
        sa.ForeignKeyConstraint(['login'], ['users.login'], name='fk_sessions_login'),
        sa.UniqueConstraint('token_sha256', name='uq_sessions_token_sha256'),
    )
    op.create_index('ix_sessions_login', 'sessions', ['login'])
    op.create_table(
        'sign_ins',
        sa.Column('sign_in_id', Key, primary_key=True),
        sa.Column('at', Instant(), nullable=False),
        sa.Column('login', sa.Text()),
        sa.Column('address', sa.Text()),
    )
    op.create_index('ix_sign_ins_login', 'sign_ins', ['login', 'at'])
    op.create_index('ix_sign_ins_address', 'sign_ins', ['address', 'at'])
    for journal, key in (
        ('case_events', 'event_id'), ('audit_events', 'event_id'), ('seals', 'seal_id'),
    ):
        forbid_going_round(journal, key)
