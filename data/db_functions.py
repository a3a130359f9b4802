"""Functions of time and place that SQLite and PostgreSQL write differently."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Float
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from data.db import Instant


class hours_between(FunctionElement[float]):  # noqa: N801 - reads as a function
    """SQL: real hours from an earlier instant to a later one."""

    type = Float()
    inherit_cache = True


@compiles(hours_between, "sqlite")
def _hours_between_sqlite(element: FunctionElement[float], compiler: SQLCompiler, **kw: Any) -> str:
    earlier, later = (compiler.process(clause, **kw) for clause in element.clauses)
    return f"(({later} - {earlier}) / 3600000000.0)"


@compiles(hours_between, "postgresql")
def _hours_between_postgresql(
    element: FunctionElement[float], compiler: SQLCompiler, **kw: Any
) -> str:
    earlier, later = (compiler.process(clause, **kw) for clause in element.clauses)
    return f"(extract(epoch from ({later} - {earlier}))::float8 / 3600.0)"


class microseconds_of(FunctionElement[int]):  # noqa: N801 - reads as a function
    """SQL: an instant as microseconds since 1970 UTC; thousands of them are read in no time."""

    type = BigInteger()
    inherit_cache = True


@compiles(microseconds_of, "sqlite")
def _microseconds_of_sqlite(element: FunctionElement, compiler: SQLCompiler, **kw: Any) -> str:
    return compiler.process(element.clauses, **kw)


@compiles(microseconds_of, "postgresql")
def _microseconds_of_postgresql(element: FunctionElement, compiler: SQLCompiler, **kw: Any) -> str:
    return f"(extract(epoch from {compiler.process(element.clauses, **kw)}) * 1000000)::bigint"


class hours_earlier(FunctionElement[datetime]):  # noqa: N801 - reads as a function
    """SQL: the instant a number of real hours before another."""

    type = Instant()
    inherit_cache = True


@compiles(hours_earlier, "sqlite")
def _hours_earlier_sqlite(element: FunctionElement, compiler: SQLCompiler, **kw: Any) -> str:
    instant, hours = (compiler.process(clause, **kw) for clause in element.clauses)
    return f"({instant} - {hours} * 3600000000)"


@compiles(hours_earlier, "postgresql")
def _hours_earlier_postgresql(element: FunctionElement, compiler: SQLCompiler, **kw: Any) -> str:
    instant, hours = (compiler.process(clause, **kw) for clause in element.clauses)
    return f"({instant} - {hours} * interval '1 hour')"


class metres_between(FunctionElement[float]):  # noqa: N801 - reads as a function
    """SQL: metres between two near points, given as lon, lat, lon, lat in degrees.

    On a plane that touches a sphere of 6,371 km; right to a millimetre within 50 m.
    """

    type = Float()
    inherit_cache = True


@compiles(metres_between)
def _metres_between(element: FunctionElement[float], compiler: SQLCompiler, **kw: Any) -> str:
    lon, lat, lon_2, lat_2 = (compiler.process(clause, **kw) for clause in element.clauses)
    east = f"(({lon_2} - {lon}) * cos(radians(({lat} + {lat_2}) / 2.0)))"
    north = f"({lat_2} - {lat})"
    return f"(sqrt({east} * {east} + {north} * {north}) * 111194.926644)"
