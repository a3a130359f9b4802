"""What the form of a report offers: the lowest categories, areas in reach, channels."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection, Table, select

from data.case_list.choices import Names, all_channels, paths
from data.reports import areas_open, leaves
from data.schema import areas, categories
from data.scope import Conditions, named_within
from data.terms import DISTRICT, NOTHING, Scope


@dataclass(frozen=True, slots=True)
class ReportChoices:
    """Codes with their names, of trees with the path to them; in the order to be offered."""

    categories: Names
    areas: Names
    channels: Names


def report_choices(conn: Connection, day: date, scope: Scope = DISTRICT) -> ReportChoices:
    """What may be named in a report on a day; for who acts for no unit, but should, no area."""
    reach = [] if scope == NOTHING else [*areas_open(day), *named_within(areas, scope)]
    return ReportChoices(
        categories=_offered(conn, categories, leaves(categories)),
        areas=_offered(conn, areas, reach) if reach else (),
        channels=all_channels(conn),
    )


def _offered(conn: Connection, tree: Table, conditions: Conditions) -> Names:
    offered = set(conn.execute(select(tree.c.code).where(*conditions)).scalars())
    return tuple((code, path) for code, path in paths(conn, tree) if code in offered)
