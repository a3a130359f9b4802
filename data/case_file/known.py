"""A case by its number, if it lies in a scope."""

from typing import Any

from sqlalchemy import Connection, Row, Select, select

from data.schema import live_cases
from data.scope import cases_within
from data.terms import OutOfScope, Refused, Scope


def known_case(
    conn: Connection, case_no: str, scope: Scope, query: Select | None = None
) -> Row[Any]:
    """The row of a case, of `live_cases` or of a query on it.

    Raises Refused for an unknown number, and in the same words for a case beyond the scope.
    """
    query = select(live_cases) if query is None else query
    query = query.where(live_cases.c.case_no == case_no)
    row = conn.execute(query.where(*cases_within(scope))).first()
    if row is None:
        refusal = OutOfScope if conn.execute(query).first() else Refused
        raise refusal("case.unknown", case_no=case_no)
    return row
