"""A SQLite file is served by one server at a time; PostgreSQL by any number."""

import pytest

from data.serving import serving_alone
from data.terms import Refused


def test_a_second_server_on_the_same_file_is_refused(sqlite_url: str) -> None:
    with (
        serving_alone(sqlite_url),
        pytest.raises(Refused, match="已由进程"),
        serving_alone(sqlite_url),
    ):
        pass
    with serving_alone(sqlite_url):
        pass  # free again


def test_postgresql_may_be_served_twice(postgres_url: str) -> None:
    with serving_alone(postgres_url), serving_alone(postgres_url):
        pass
