"""Triggers that let a table grow and forbid everything else."""

from alembic import op


def forbid_changes(table: str, unique: tuple[str, ...]) -> None:
    """Refuse UPDATE, DELETE, REPLACE and TRUNCATE on a table with these unique columns."""
    if op.get_bind().dialect.name == "sqlite":
        _forbid_in_sqlite(table, unique)
    else:
        _forbid_in_postgresql(table)


def _forbid_in_sqlite(table: str, unique: tuple[str, ...]) -> None:
    for verb in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table} "
            f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
        )
    # INSERT OR REPLACE deletes without firing a delete trigger; refuse the row it would replace.
    for column in unique:
        op.execute(
            f"CREATE TRIGGER {table}_no_replace_{column} BEFORE INSERT ON {table} "
            f"WHEN NEW.{column} IS NOT NULL AND NEW.{column} <> -1 "
            f"AND EXISTS (SELECT 1 FROM {table} WHERE {column} = NEW.{column}) "
            f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
        )


def _forbid_in_postgresql(table: str) -> None:
    op.execute(
        "CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME; END $$"
    )
    op.execute(
        f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
        "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    )


def forbid_going_round(table: str, key: str) -> None:
    """Close what those triggers leave open.

    SQLite: -1 stands for a key not given yet, so a row of that key could be replaced. PostgreSQL:
    in the role of a replica ordinary triggers rest.
    """
    if op.get_bind().dialect.name == "sqlite":
        op.execute(
            f"CREATE TRIGGER {table}_no_planted_{key} AFTER INSERT ON {table} "
            f"WHEN NEW.{key} < 1 BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
        )
    else:
        op.execute(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {table}_append_only")
