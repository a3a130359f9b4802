"""Every table, once, for SQLite and PostgreSQL. Instants are UTC."""

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Date,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    false,
    text,
)

from data.db import Instant

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(column_0_label)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)

Json = JSON(none_as_null=True)
# SQLite numbers rows by itself only in a column declared INTEGER.
Key = BigInteger().with_variant(Integer, "sqlite")


def _where(name: str, *columns: str, where: str) -> Index:
    """An index of some rows."""
    return Index(name, *columns, sqlite_where=text(where), postgresql_where=text(where))


areas = Table(
    "areas",
    metadata,
    Column("area_id", Key, primary_key=True),
    Column("code", Text, nullable=False, unique=True),
    Column("name", Text, nullable=False),
    Column("parent_id", Key, ForeignKey("areas.area_id"), index=True),
    Column("level", Text),  # AreaLevel; empty where an import did not say
    Column("valid_from", Date),
    Column("valid_to", Date),  # exclusive
    Column("boundary", Json),  # GeoJSON geometry
    Column("datum", Text),
)

units = Table(
    "units",
    metadata,
    Column("unit_id", Key, primary_key=True),
    Column("code", Text, nullable=False, unique=True),
    Column("name", Text, nullable=False),
    Column("kind", Text, nullable=False),  # UnitKind
    Column("parent_id", Key, ForeignKey("units.unit_id")),  # one level up
    Column("area_id", Key, ForeignKey("areas.area_id")),
    Column("is_active", Boolean, nullable=False, default=True),
)

categories = Table(
    "categories",
    metadata,
    Column("category_id", Key, primary_key=True),
    Column("code", Text, nullable=False, unique=True),
    Column("name", Text, nullable=False),
    Column("parent_id", Key, ForeignKey("categories.category_id")),
    # From opening to due, and from dispatch to acceptance; units are LimitUnit; empty: no limit.
    Column("limit_amount", Integer),
    Column("limit_unit", Text),
    Column("accept_amount", Integer),
    Column("accept_unit", Text),
    Column("needs_check", Boolean, nullable=False, default=False),  # verified before closing
)

calendar_days = Table(
    "calendar_days",
    metadata,
    Column("day", Date, primary_key=True),
    Column("is_worked", Boolean, nullable=False),  # wins over holidays and weekdays
    Column("note", Text),
)

channels = Table(
    "channels",
    metadata,
    Column("channel_id", Key, primary_key=True),
    Column("code", Text, nullable=False, unique=True),
    Column("name", Text, nullable=False),
    Column("is_grid", Boolean, nullable=False, default=False),
)

imports = Table(
    "imports",
    metadata,
    Column("batch_id", Key, primary_key=True),
    Column("kind", Text, nullable=False),  # cases | events | areas
    Column("file_name", Text, nullable=False),
    Column("file_sha256", Text, nullable=False),
    Column("mapping", Text, nullable=False),
    Column("encoding", Text),
    Column("actor", Text, nullable=False),
    Column("imported_at", Instant, nullable=False),
    Column("row_count", Integer, nullable=False),
    Column("imported_count", Integer, nullable=False),
    Column("updated_count", Integer, nullable=False),
    Column("duplicate_count", Integer, nullable=False),
    Column("quarantined_count", Integer, nullable=False),
    Column("reasons", Json, nullable=False),  # rule: count
    Column("undone_at", Instant),
    Column("undone_by", Text),
    # What the delivery looked like; the quality of a source is counted from these.
    Column("source", Text),  # the mapping's name
    Column("sheet", Text),
    Column("declared_rows", Integer),  # by the source itself
    Column("filled_count", Integer),  # cells of mapped columns that say something
    Column("cell_count", Integer),
    Column("columns", Json),  # their header
    Column("ignored", Json),  # their columns that nothing was read from
    Column("notices", Json),  # kind: {"count": n, "rows": the first row numbers}
    Column("newest_at", Instant),  # the newest time that the rows tell of
    Column("seconds", Float),
)

quarantine = Table(
    "quarantine",
    metadata,
    Column("quarantine_id", Key, primary_key=True),
    Column("batch_id", Key, ForeignKey("imports.batch_id"), nullable=False, index=True),
    Column("row_number", Integer, nullable=False),  # as a person counts: the header is row 1
    Column("column_name", Text),  # theirs
    Column("value", Text),
    Column("rule", Text, nullable=False),
    Column("fields", Json, nullable=False),  # the mapped columns of the row, never the raw line
    Column("hint", Text),  # the nearest known name, for the mend
)

cases = Table(
    "cases",
    metadata,
    Column("case_id", Key, primary_key=True),
    Column("case_no", Text, nullable=False, unique=True),
    Column("district_code", Text, nullable=False),
    # What the matter is.
    Column("title", Text),
    Column("address", Text),
    Column("lon", Float),
    Column("lat", Float),
    # Where it lies, to find cases at the same place (data/places.py).
    Column("cell_x", Integer),
    Column("cell_y", Integer),
    Column("address_key", Text),
    Column("area_id", Key, ForeignKey("areas.area_id")),
    Column("category_id", Key, ForeignKey("categories.category_id")),
    Column("channel_id", Key, ForeignKey("channels.channel_id")),
    Column("severity", Text),  # blue | yellow | orange | red
    Column("repeat_of", Text),  # case_no, by the source's own flag
    # Replayed from the events (data/states.py); `verify` proves it.
    Column("state", Text, nullable=False),
    Column("unit_id", Key, ForeignKey("units.unit_id")),  # who holds it
    Column("level", Text),
    Column("opened_at", Instant, nullable=False),
    Column("due_at", Instant),  # the net due time in force
    Column("paused_at", Instant),  # since when it is paused
    Column("closed_at", Instant),  # last closing, also after a reopening
    Column("ended_at", Instant),  # since when it is not open
    Column("is_verified", Boolean, nullable=False, default=False),
    Column("transfer_count", Integer, nullable=False, default=0),
    Column("return_count", Integer, nullable=False, default=0),
    Column("reopen_count", Integer, nullable=False, default=0),
    Column("escalation_count", Integer, nullable=False, default=0),
    Column("supervision_count", Integer, nullable=False, default=0),
    Column("extension_count", Integer, nullable=False, default=0),  # approved
    Column("failed_check_count", Integer, nullable=False, default=0),
    Column("outcome", Text),
    Column("satisfaction", Text),
    Column("mediation", Text),
    Column("last_event_at", Instant, nullable=False),
    Column("version", Integer, nullable=False),  # number of the case's events
    # Where it came from.
    Column("updated_at", Instant),  # the source's own
    Column("batch_id", Key, ForeignKey("imports.batch_id")),
    Column("undone_at", Instant),  # its batch was taken back: it is in no query and no count
    Index("ix_cases_opened_at", "opened_at"),
    Index("ix_cases_due_at", "due_at"),
    # In two halves: SQLite takes all values of an index for equally rare, and would find the open
    # cases, which are many, by an index of both rather than in the order of a list.
    _where("ix_cases_ended_at", "ended_at", where="ended_at IS NOT NULL"),
    _where("ix_cases_open", "ended_at", where="ended_at IS NULL"),
    _where("ix_cases_open_due", "due_at", "case_id", where="ended_at IS NULL"),
    _where("ix_cases_open_opened", "opened_at", "case_id", where="ended_at IS NULL"),
    Index("ix_cases_transfers", "transfer_count", "case_id"),
    Index("ix_cases_last_event_at", "last_event_at"),
    Index("ix_cases_cell", "category_id", "cell_y", "cell_x"),
    Index("ix_cases_address_key", "category_id", "address_key"),
    Index("ix_cases_grid", "category_id", "area_id", "opened_at"),
)

case_events = Table(
    "case_events",
    metadata,
    Column("event_id", Key, primary_key=True),
    Column("case_id", Key, ForeignKey("cases.case_id"), nullable=False),
    Column("at", Instant, nullable=False),  # when it happened
    Column("source_order", BigInteger, nullable=False, default=0),  # breaks ties of `at`
    Column("kind", Text, nullable=False),  # Kind
    Column("to_state", Text),  # empty columns: the event says nothing about that
    Column("from_unit_id", Key),
    Column("to_unit_id", Key),
    Column("is_transfer", Boolean, nullable=False, default=False),
    Column("level", Text),
    Column("due_at", Instant),  # the due time in force from this event on
    Column("accept_due_at", Instant),  # of a dispatch: until when it is to be accepted
    Column("outcome", Text),
    Column("satisfaction", Text),
    Column("mediation", Text),
    Column("reason", Text),
    Column("note", Text),
    Column("until_at", Instant),  # reply by; planned end of a pause; due time asked for
    Column("order_no", Text),  # what asks for a reply, and what answers it
    Column("grade", Text),  # Grade of an escalation
    Column("parent_id", Key),  # the case a merged one was merged into
    Column("actor", Text, nullable=False),
    Column("batch_id", Key),
    Column("idempotency_key", Text, unique=True),
    Column("is_adjusted", Boolean, nullable=False, default=False),  # the intake moved its time
    Column("recorded_at", Instant, nullable=False),
    Column("xid", BigInteger),  # PostgreSQL: the writing transaction, set by a default
    Index("ix_case_events_case", "case_id", "at", "source_order", "event_id"),
    Index("ix_case_events_kind", "kind", "at"),
    _where("ix_case_events_held", "to_unit_id", "case_id", where="to_unit_id IS NOT NULL"),
    _where(
        "ix_case_events_reported",
        "from_unit_id",
        "case_id",
        where="kind = 'report' AND from_unit_id IS NOT NULL",
    ),
    Index("ix_case_events_batch", "batch_id", "case_id"),
    _where("ix_case_events_parent", "parent_id", where="parent_id IS NOT NULL"),
    _where("ix_case_events_undone", "case_id", "event_id", where="kind = 'undone'"),
)

mappings = Table(
    "mappings",
    metadata,
    Column("name", Text, primary_key=True),
    Column("kind", Text, nullable=False),  # cases | events | areas
    Column("text", Text, nullable=False),  # TOML, as in a mapping file
    Column("saved_by", Text, nullable=False),
    Column("saved_at", Instant, nullable=False),
)

# Orders and notes that ask for a reply are numbered through each year: 2026-118.
order_numbers = Table(
    "order_numbers",
    metadata,
    Column("year", Integer, primary_key=True, autoincrement=False),
    Column("last", Integer, nullable=False),
)

# What somebody typed into a form and has not sent yet.
drafts = Table(
    "drafts",
    metadata,
    Column("login", Text, ForeignKey("users.login"), primary_key=True),
    Column("subject", Text, primary_key=True),  # a case number, or what else the form is about
    Column("form", Text, primary_key=True),
    Column("fields", Json, nullable=False),
    Column("saved_at", Instant, nullable=False),
)

overwritten = Table(
    "overwritten",
    metadata,
    Column("overwritten_id", Key, primary_key=True),
    Column("batch_id", Key, ForeignKey("imports.batch_id"), nullable=False, index=True),
    Column("case_id", Key, ForeignKey("cases.case_id"), nullable=False),
    Column("values", Json, nullable=False),  # what a newer row replaced and no event tells of
)

# What figures and lists read: cases without the undone ones, events that no later undoing ended.
_views = MetaData()
live_cases = Table("live_cases", _views, *(Column(c.name, c.type) for c in cases.c))
live_events = Table("live_events", _views, *(Column(c.name, c.type) for c in case_events.c))

audit_events = Table(
    "audit_events",
    metadata,
    Column("event_id", Key, primary_key=True),
    Column("at", Instant, nullable=False),
    Column("actor", Text, nullable=False),
    Column("kind", Text, nullable=False),  # sign_in | sign_out | refused | import | init | …
    Column("object", Text),
    Column("details", Json),
    Column("xid", BigInteger),
)

seals = Table(
    "seals",
    metadata,
    Column("seal_id", Key, primary_key=True),
    Column("journal", Text, nullable=False),  # case_events | audit_events
    Column("from_mark", BigInteger, nullable=False),  # rows with from_mark <= mark < to_mark
    Column("to_mark", BigInteger, nullable=False),
    Column("row_count", Integer, nullable=False),
    Column("sha256", Text, nullable=False),  # over the previous seal and the rows
    Column("row_digests", LargeBinary, nullable=False),  # 4 bytes a row, to name it
    Column("sealed_at", Instant, nullable=False),
)

# The rollups as they were at one moment, so that a server need not count everything at its start.
checkpoints = Table(
    "checkpoints",
    metadata,
    Column("checkpoint_id", Key, primary_key=True),
    Column("at", Instant, nullable=False),
    Column("mark", BigInteger, nullable=False),  # up to where the journal is in it
    Column("rules", BigInteger, nullable=False),  # of calendar and limits
    Column("definitions", Text, nullable=False),  # another program may count otherwise
)

checkpoint_columns = Table(
    "checkpoint_columns",
    metadata,
    Column("base", Text, primary_key=True),
    Column("name", Text, primary_key=True),
    Column("part", Integer, primary_key=True, autoincrement=False),
    Column("packed", LargeBinary, nullable=False),
)

users = Table(
    "users",
    metadata,
    Column("login", Text, primary_key=True),
    Column("name", Text, nullable=False),  # the post, as screens show it
    Column("password_hash", Text, nullable=False),  # bcrypt
    Column("role", Text, nullable=False),  # Role
    # What the account may see: a town with what lies below it, one unit, or the whole district.
    Column("area_id", Key, ForeignKey("areas.area_id")),
    Column("unit_id", Key, ForeignKey("units.unit_id")),
    Column("is_active", Boolean, nullable=False, default=True),
    Column("must_change_password", Boolean, nullable=False, server_default=false()),
    Column("password_changed_at", Instant),
    Column("signed_in_at", Instant),  # last
    Column("version", Integer, nullable=False, server_default="0"),  # counts changes of the row
)

old_passwords = Table(
    "old_passwords",
    metadata,
    Column("old_password_id", Key, primary_key=True),
    Column("login", Text, ForeignKey("users.login"), nullable=False, index=True),
    Column("password_hash", Text, nullable=False),
)

sessions = Table(
    "sessions",
    metadata,
    Column("session_id", Key, primary_key=True),
    Column("token_sha256", Text, nullable=False, unique=True),
    Column("login", Text, ForeignKey("users.login"), nullable=False, index=True),
    Column("address", Text),
    Column("opened_at", Instant, nullable=False),
    Column("last_seen_at", Instant, nullable=False),  # a person did something, to five minutes
    Column("expires_at", Instant, nullable=False),  # whatever it did
    Column("revoked_at", Instant),
)

# Failed ones of the last quarter of an hour, to count them; `audit_events` tells of all.
sign_ins = Table(
    "sign_ins",
    metadata,
    Column("sign_in_id", Key, primary_key=True),
    Column("at", Instant, nullable=False),
    Column("login", Text),  # empty where it does not count against an account
    Column("address", Text),
    Index("ix_sign_ins_login", "login", "at"),
    Index("ix_sign_ins_address", "address", "at"),
)

district_facts = Table(
    "district_facts",
    metadata,
    Column("name", Text, primary_key=True),  # is_demo, …
    Column("value", Text, nullable=False),
)
