"""The migrations and the tables of the code are one schema."""

from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Engine

from data.migrations import migrate
from data.schema import metadata

ONLY_IN_POSTGRESQL = {"ix_case_events_xid", "ix_audit_events_xid"}  # the horizon of the fold


def test_a_migrated_database_is_the_schema_of_the_code(engine: Engine) -> None:
    with engine.connect() as conn:
        context = MigrationContext.configure(conn, opts={"compare_type": True})
        differences = compare_metadata(context, metadata)

    assert {getattr(thing, "name", thing) for _, thing in differences} <= ONLY_IN_POSTGRESQL


def test_migrating_twice_changes_nothing(engine: Engine) -> None:
    with engine.begin() as conn:
        migrate(conn)
        migrate(conn)
