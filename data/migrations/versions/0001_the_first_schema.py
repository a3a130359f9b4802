"""The first schema"""

import sqlalchemy as sa
from alembic import op

from data.db import Instant
from data.migrations.append_only import forbid_changes

revision = '0001'
down_revision = None


def upgrade() -> None:
    op.create_table('areas',
    sa.Column('area_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('code', sa.Text(), nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('parent_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('level', sa.Text(), nullable=True),
    sa.Column('valid_from', sa.Date(), nullable=True),
    sa.Column('valid_to', sa.Date(), nullable=True),
    sa.Column('boundary', sa.JSON(none_as_null=True), nullable=True),
    sa.Column('datum', sa.Text(), nullable=True),
    sa.ForeignKeyConstraint(['parent_id'], ['areas.area_id'], name=op.f('fk_areas_parent_id')),
    sa.PrimaryKeyConstraint('area_id', name=op.f('pk_areas')),
    sa.UniqueConstraint('code', name=op.f('uq_areas_code'))
    )
    op.create_index(op.f('ix_areas_parent_id'), 'areas', ['parent_id'], unique=False)
    op.create_table('audit_events',
    sa.Column('event_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('at', Instant(), nullable=False),
    sa.Column('actor', sa.Text(), nullable=False),
    sa.Column('kind', sa.Text(), nullable=False),
    sa.Column('object', sa.Text(), nullable=True),
    sa.Column('details', sa.JSON(none_as_null=True), nullable=True),
    sa.Column('xid', sa.BigInteger(), nullable=True),
    sa.PrimaryKeyConstraint('event_id', name=op.f('pk_audit_events'))
    )
    op.create_table('categories',
    sa.Column('category_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('code', sa.Text(), nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('parent_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('limit_hours', sa.Float(), nullable=True),
    sa.Column('accept_hours', sa.Float(), nullable=True),
    sa.Column('needs_check', sa.Boolean(), nullable=False),
    sa.ForeignKeyConstraint(['parent_id'], ['categories.category_id'], name=op.f('fk_categories_parent_id')),
    sa.PrimaryKeyConstraint('category_id', name=op.f('pk_categories')),
    sa.UniqueConstraint('code', name=op.f('uq_categories_code'))
    )
    op.create_table('channels',
    sa.Column('channel_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('code', sa.Text(), nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('is_grid', sa.Boolean(), nullable=False),
    sa.PrimaryKeyConstraint('channel_id', name=op.f('pk_channels')),
    sa.UniqueConstraint('code', name=op.f('uq_channels_code'))
    )
    op.create_table('district_facts',
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('value', sa.Text(), nullable=False),
    sa.PrimaryKeyConstraint('name', name=op.f('pk_district_facts'))
    )
    op.create_table('imports',
    sa.Column('batch_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('kind', sa.Text(), nullable=False),
    sa.Column('file_name', sa.Text(), nullable=False),
    sa.Column('file_sha256', sa.Text(), nullable=False),
    sa.Column('mapping', sa.Text(), nullable=False),
    sa.Column('encoding', sa.Text(), nullable=True),
    sa.Column('actor', sa.Text(), nullable=False),
    sa.Column('imported_at', Instant(), nullable=False),
    sa.Column('row_count', sa.Integer(), nullable=False),
    sa.Column('imported_count', sa.Integer(), nullable=False),
    sa.Column('updated_count', sa.Integer(), nullable=False),
    sa.Column('duplicate_count', sa.Integer(), nullable=False),
    sa.Column('quarantined_count', sa.Integer(), nullable=False),
    sa.Column('reasons', sa.JSON(none_as_null=True), nullable=False),
    sa.Column('undone_at', Instant(), nullable=True),
    sa.PrimaryKeyConstraint('batch_id', name=op.f('pk_imports'))
    )
    op.create_table('seals',
    sa.Column('seal_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('journal', sa.Text(), nullable=False),
    sa.Column('from_mark', sa.BigInteger(), nullable=False),
    sa.Column('to_mark', sa.BigInteger(), nullable=False),
    sa.Column('row_count', sa.Integer(), nullable=False),
    sa.Column('sha256', sa.Text(), nullable=False),
    sa.Column('row_digests', sa.LargeBinary(), nullable=False),
    sa.Column('sealed_at', Instant(), nullable=False),
    sa.PrimaryKeyConstraint('seal_id', name=op.f('pk_seals'))
    )
    op.create_table('quarantine',
    sa.Column('quarantine_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('batch_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('row_number', sa.Integer(), nullable=False),
    sa.Column('column_name', sa.Text(), nullable=True),
    sa.Column('value', sa.Text(), nullable=True),
    sa.Column('rule', sa.Text(), nullable=False),
    sa.Column('fields', sa.JSON(none_as_null=True), nullable=False),
    sa.ForeignKeyConstraint(['batch_id'], ['imports.batch_id'], name=op.f('fk_quarantine_batch_id')),
    sa.PrimaryKeyConstraint('quarantine_id', name=op.f('pk_quarantine'))
    )
    op.create_index(op.f('ix_quarantine_batch_id'), 'quarantine', ['batch_id'], unique=False)
    op.create_table('units',
    sa.Column('unit_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('code', sa.Text(), nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('kind', sa.Text(), nullable=False),
    sa.Column('parent_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('area_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('is_active', sa.Boolean(), nullable=False),
    sa.ForeignKeyConstraint(['area_id'], ['areas.area_id'], name=op.f('fk_units_area_id')),
    sa.ForeignKeyConstraint(['parent_id'], ['units.unit_id'], name=op.f('fk_units_parent_id')),
    sa.PrimaryKeyConstraint('unit_id', name=op.f('pk_units')),
    sa.UniqueConstraint('code', name=op.f('uq_units_code'))
    )
    op.create_table('cases',
    sa.Column('case_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('case_no', sa.Text(), nullable=False),
    sa.Column('district_code', sa.Text(), nullable=False),
    sa.Column('title', sa.Text(), nullable=True),
    sa.Column('address', sa.Text(), nullable=True),
    sa.Column('lon', sa.Float(), nullable=True),
    sa.Column('lat', sa.Float(), nullable=True),
    sa.Column('area_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('category_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('channel_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('severity', sa.Text(), nullable=True),
    sa.Column('repeat_of', sa.Text(), nullable=True),
    sa.Column('state', sa.Text(), nullable=False),
    sa.Column('unit_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('level', sa.Text(), nullable=True),
    sa.Column('opened_at', Instant(), nullable=False),
    sa.Column('due_at', Instant(), nullable=True),
    sa.Column('paused_at', Instant(), nullable=True),
    sa.Column('closed_at', Instant(), nullable=True),
    sa.Column('ended_at', Instant(), nullable=True),
    sa.Column('is_verified', sa.Boolean(), nullable=False),
    sa.Column('transfer_count', sa.Integer(), nullable=False),
    sa.Column('return_count', sa.Integer(), nullable=False),
    sa.Column('reopen_count', sa.Integer(), nullable=False),
    sa.Column('escalation_count', sa.Integer(), nullable=False),
    sa.Column('supervision_count', sa.Integer(), nullable=False),
    sa.Column('extension_count', sa.Integer(), nullable=False),
    sa.Column('failed_check_count', sa.Integer(), nullable=False),
    sa.Column('outcome', sa.Text(), nullable=True),
    sa.Column('satisfaction', sa.Text(), nullable=True),
    sa.Column('mediation', sa.Text(), nullable=True),
    sa.Column('last_event_at', Instant(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('updated_at', Instant(), nullable=True),
    sa.Column('batch_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.ForeignKeyConstraint(['area_id'], ['areas.area_id'], name=op.f('fk_cases_area_id')),
    sa.ForeignKeyConstraint(['batch_id'], ['imports.batch_id'], name=op.f('fk_cases_batch_id')),
    sa.ForeignKeyConstraint(['category_id'], ['categories.category_id'], name=op.f('fk_cases_category_id')),
    sa.ForeignKeyConstraint(['channel_id'], ['channels.channel_id'], name=op.f('fk_cases_channel_id')),
    sa.ForeignKeyConstraint(['unit_id'], ['units.unit_id'], name=op.f('fk_cases_unit_id')),
    sa.PrimaryKeyConstraint('case_id', name=op.f('pk_cases')),
    sa.UniqueConstraint('case_no', name=op.f('uq_cases_case_no'))
    )
    op.create_index('ix_cases_due_at', 'cases', ['due_at'], unique=False)
    op.create_index('ix_cases_ended_at', 'cases', ['ended_at'], unique=False)
    op.create_index('ix_cases_last_event_at', 'cases', ['last_event_at'], unique=False)
    op.create_index('ix_cases_opened_at', 'cases', ['opened_at'], unique=False)
    op.create_table('users',
    sa.Column('login', sa.Text(), nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('password_hash', sa.Text(), nullable=False),
    sa.Column('role', sa.Text(), nullable=False),
    sa.Column('unit_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('is_active', sa.Boolean(), nullable=False),
    sa.Column('failed_sign_in_count', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['unit_id'], ['units.unit_id'], name=op.f('fk_users_unit_id')),
    sa.PrimaryKeyConstraint('login', name=op.f('pk_users'))
    )
    op.create_table('case_events',
    sa.Column('event_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('case_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('at', Instant(), nullable=False),
    sa.Column('source_order', sa.BigInteger(), nullable=False),
    sa.Column('kind', sa.Text(), nullable=False),
    sa.Column('to_state', sa.Text(), nullable=True),
    sa.Column('from_unit_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('to_unit_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('is_transfer', sa.Boolean(), nullable=False),
    sa.Column('level', sa.Text(), nullable=True),
    sa.Column('due_at', Instant(), nullable=True),
    sa.Column('outcome', sa.Text(), nullable=True),
    sa.Column('satisfaction', sa.Text(), nullable=True),
    sa.Column('mediation', sa.Text(), nullable=True),
    sa.Column('reason', sa.Text(), nullable=True),
    sa.Column('note', sa.Text(), nullable=True),
    sa.Column('actor', sa.Text(), nullable=False),
    sa.Column('batch_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('idempotency_key', sa.Text(), nullable=True),
    sa.Column('is_adjusted', sa.Boolean(), nullable=False),
    sa.Column('recorded_at', Instant(), nullable=False),
    sa.Column('xid', sa.BigInteger(), nullable=True),
    sa.ForeignKeyConstraint(['case_id'], ['cases.case_id'], name=op.f('fk_case_events_case_id')),
    sa.PrimaryKeyConstraint('event_id', name=op.f('pk_case_events')),
    sa.UniqueConstraint('idempotency_key', name=op.f('uq_case_events_idempotency_key'))
    )
    op.create_index('ix_case_events_case', 'case_events', ['case_id', 'at', 'source_order', 'event_id'], unique=False)
    op.create_index('ix_case_events_kind', 'case_events', ['kind', 'at'], unique=False)
    op.create_table('sessions',
    sa.Column('session_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('token_sha256', sa.Text(), nullable=False),
    sa.Column('login', sa.Text(), nullable=False),
    sa.Column('opened_at', Instant(), nullable=False),
    sa.Column('expires_at', Instant(), nullable=False),
    sa.Column('revoked_at', Instant(), nullable=True),
    sa.ForeignKeyConstraint(['login'], ['users.login'], name=op.f('fk_sessions_login')),
    sa.PrimaryKeyConstraint('session_id', name=op.f('pk_sessions')),
    sa.UniqueConstraint('token_sha256', name=op.f('uq_sessions_token_sha256'))
    )
    forbid_changes("case_events", unique=("event_id", "idempotency_key"))
    forbid_changes("audit_events", unique=("event_id",))
    forbid_changes("seals", unique=("seal_id",))
    if op.get_bind().dialect.name == "postgresql":
        for journal in ("case_events", "audit_events"):
            op.execute(
                f"ALTER TABLE {journal} ALTER COLUMN xid "
                "SET DEFAULT (pg_current_xact_id()::text::bigint)"
            )
            op.create_index(f"ix_{journal}_xid", journal, ["xid"])

