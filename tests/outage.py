"""A PostgreSQL database that goes away and comes back."""

from sqlalchemy import create_engine, make_url


def let_in(postgres: str, url: str, is_open: bool) -> None:
    """Shut a database for everybody, or open it again."""
    name = make_url(url).database
    administrator = make_url(postgres).set(drivername="postgresql+psycopg", database="postgres")
    engine = create_engine(administrator, isolation_level="AUTOCOMMIT")
    with engine.connect() as conn:
        conn.exec_driver_sql(f"ALTER DATABASE {name} ALLOW_CONNECTIONS {str(is_open).lower()}")
        conn.exec_driver_sql(
            f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'"
        )
    engine.dispose()
