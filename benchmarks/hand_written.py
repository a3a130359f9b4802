"""Metrics as somebody would write them by hand in SQL, for one window seen from its end.

Each statement gives a row of whole numbers (or hours) that the named figures are made of.
"""

from dataclasses import dataclass

ENDING = "'close', 'reject', 'withdraw', 'merge'"
CROSSING = f"'report', 'reopen', {ENDING}"
IN_WINDOW = "e.at >= :start AND e.at < :until"


def _next(column: str, condition: str) -> str:
    return f"""(
        SELECT {column} FROM live_events n
        WHERE n.case_id = e.case_id AND {condition}
            AND (n.at, n.source_order, n.event_id) > (e.at, e.source_order, e.event_id)
        ORDER BY n.at, n.source_order, n.event_id LIMIT 1
    )"""


# Looked up by index: quicker on both databases than windows over all events.
NEXT_STATE = _next("n.to_state", "n.to_state IS NOT NULL")
NEXT_HANDED = _next("n.to_state", "n.to_state IN ('dispatched', 'reported')")
NEXT_CROSSING = _next("n.at", f"n.kind IN ({CROSSING})")
ACCEPTED_AT = _next("CASE WHEN n.to_state = 'in_progress' THEN n.at END", "n.to_state IS NOT NULL")
DISPATCHES = f"""
    FROM live_events e JOIN live_cases c ON c.case_id = e.case_id
    WHERE e.to_state = 'dispatched' AND {IN_WINDOW} AND c.state <> 'rejected' AND (
        e.kind IN ('dispatch', 'reassign', 'escalate') OR e.is_transfer OR (
            SELECT b.to_state FROM live_events b
            WHERE b.case_id = e.case_id AND b.to_state IS NOT NULL
                AND (b.at, b.source_order, b.event_id) < (e.at, e.source_order, e.event_id)
            ORDER BY b.at DESC, b.source_order DESC, b.event_id DESC LIMIT 1
        ) IS DISTINCT FROM 'dispatched'
    )"""


@dataclass(frozen=True)
class Hand:
    """A statement, and which figure each column is: a value, or `name/` and `/name` of a share."""

    figures: tuple[str, ...]
    sql: str


def statements(is_sqlite: bool) -> dict[str, Hand]:
    """By what they are about; the few words in which the databases differ are filled in."""
    words = SQLITE if is_sqlite else POSTGRESQL
    found = {about: Hand(hand.figures, hand.sql.format(**words)) for about, hand in BOTH.items()}
    return found | {"handling": HANDLING_SQLITE if is_sqlite else HANDLING_POSTGRESQL}


SQLITE = {
    "month_before": "(m.opened_at - 2592000000000)",
    "within_a_month": "t.next_at - t.at <= 2592000000000",
}
POSTGRESQL = {
    "month_before": "(m.opened_at - interval '720 hours')",
    "within_a_month": "t.next_at - t.at <= interval '720 hours'",
}


def _last_told(column: str, good: str, valid: str) -> str:
    return f"""
        SELECT count(CASE WHEN r.told IN ({good}) THEN 1 END), count(*)
        FROM (
            SELECT e.case_id, e.{column} AS told, row_number() OVER (
                PARTITION BY e.case_id ORDER BY e.at DESC, e.source_order DESC, e.event_id DESC
            ) AS place
            FROM live_events e WHERE e.{column} IS NOT NULL AND {IN_WINDOW}
        ) r JOIN live_cases c ON c.case_id = r.case_id
        WHERE r.place = 1 AND r.told IN ({valid}) AND c.state <> 'rejected'"""


BOTH = {
    "ledger": Hand(
        ("opened_count", "reopened_count", "closed_count", "withdrawn_count", "merged_count"),
        f"""
        SELECT count(CASE WHEN e.kind = 'report' THEN 1 END),
            count(CASE WHEN e.kind = 'reopen' THEN 1 END),
            count(CASE WHEN e.kind = 'close' THEN 1 END),
            count(CASE WHEN e.kind = 'withdraw' THEN 1 END),
            count(CASE WHEN e.kind = 'merge' THEN 1 END)
        FROM live_events e JOIN live_cases c ON c.case_id = e.case_id
        WHERE e.kind IN ('report', 'reopen', 'close', 'withdraw', 'merge') AND {IN_WINDOW}
            AND c.state <> 'rejected'""",
    ),
    "carried in": Hand(
        ("carried_in_count",),
        f"""
        SELECT count(*) FROM live_cases c
        WHERE c.opened_at < :start AND (c.ended_at IS NULL OR c.ended_at >= :start)
            AND c.state <> 'rejected' AND (c.reopen_count = 0 OR (
                SELECT e.kind FROM live_events e
                WHERE e.case_id = c.case_id AND e.at < :start AND e.kind IN ({CROSSING})
                ORDER BY e.at DESC, e.source_order DESC, e.event_id DESC LIMIT 1
            ) IN ('report', 'reopen'))""",
    ),
    "carried out": Hand(
        ("backlog_count",), "SELECT count(*) FROM live_cases WHERE ended_at IS NULL"
    ),
    "due": Hand(
        ("closure_rate_due/", "/closure_rate_due", "on_time_rate/", "extension_rate/"),
        """
        SELECT count(CASE WHEN c.state = 'closed' THEN 1 END), count(*),
            count(CASE WHEN c.state = 'closed' AND c.closed_at <= c.due_at THEN 1 END),
            count(CASE WHEN c.case_id IN (
                SELECT e.case_id FROM live_events e
                WHERE e.kind = 'approve_extension' AND e.at <= (
                    SELECT b.due_at FROM live_events b
                    WHERE b.case_id = e.case_id AND b.at < e.at AND b.due_at IS NOT NULL
                    ORDER BY b.at DESC, b.source_order DESC, b.event_id DESC LIMIT 1
                )
            ) THEN 1 END)
        FROM live_cases c
        WHERE c.due_at >= :start AND c.due_at < :end AND c.state NOT IN ('rejected', 'merged')
            AND NOT (c.state = 'withdrawn' AND c.ended_at < c.due_at)
            AND NOT (c.state = 'paused' AND c.due_at > c.paused_at)""",
    ),
    "cohort": Hand(
        ("closure_rate_cohort/", "/closure_rate_cohort", "escalation_rate/"),
        """
        SELECT count(CASE WHEN c.state = 'closed' THEN 1 END), count(*),
            count(CASE WHEN c.escalation_count > 0 THEN 1 END)
        FROM live_cases c WHERE c.opened_at >= :start AND c.opened_at < :until
            AND c.state NOT IN ('rejected', 'withdrawn', 'merged')""",
    ),
    "overdue now": Hand(
        ("overdue_now_count",),
        """
        SELECT count(*) FROM live_cases c WHERE c.ended_at IS NULL AND c.due_at < :as_of
            AND NOT (c.state = 'paused' AND c.due_at > c.paused_at)""",
    ),
    "dispatches": Hand(
        ("acceptance_rate/", "/acceptance_rate", "return_rate/"),
        f"""
        SELECT count(CASE WHEN {NEXT_STATE} = 'in_progress' THEN 1 END), count(*),
            count(CASE WHEN {NEXT_HANDED} = 'reported' THEN 1 END)
        {DISPATCHES}""",
    ),
    "acceptance in time": Hand(
        ("timely_acceptance_rate/", "/timely_acceptance_rate"),
        f"""
        SELECT count(CASE WHEN d.accepted_at <= d.accept_due_at THEN 1 END), count(*)
        FROM (SELECT e.accept_due_at, {ACCEPTED_AT} AS accepted_at {DISPATCHES}) d
        WHERE d.accept_due_at IS NOT NULL
            AND (d.accepted_at IS NOT NULL OR d.accept_due_at <= :as_of)""",
    ),
    "transfers": Hand(
        ("transfer_count",),
        f"""
        SELECT count(*) FROM live_events e JOIN live_cases c ON c.case_id = e.case_id
        WHERE e.is_transfer AND {IN_WINDOW} AND c.state <> 'rejected'""",
    ),
    "checks": Hand(
        ("rework_rate/", "/rework_rate"),
        f"""
        SELECT count(CASE WHEN e.kind = 'fail_check' THEN 1 END), count(*)
        FROM live_events e JOIN live_cases c ON c.case_id = e.case_id
        WHERE e.kind IN ('pass_check', 'fail_check') AND {IN_WINDOW}
            AND c.state <> 'rejected'""",
    ),
    "closings": Hand(
        ("reopen_rate/", "/reopen_rate"),
        f"""
        SELECT count(CASE WHEN {{within_a_month}} THEN 1 END), count(*)
        FROM (
            SELECT e.at, {NEXT_CROSSING} AS next_at
            FROM live_events e JOIN live_cases c ON c.case_id = e.case_id
            WHERE e.kind = 'close' AND {IN_WINDOW} AND c.state <> 'rejected'
        ) t""",
    ),
    "outcomes": Hand(
        ("resolution_rate/", "/resolution_rate"),
        _last_told("outcome", "'resolved'", "'resolved', 'partly', 'unresolved'"),
    ),
    "satisfaction": Hand(
        ("satisfaction_rate/", "/satisfaction_rate"),
        _last_told("satisfaction", "'satisfied', 'mostly'", "'satisfied', 'mostly', 'not'"),
    ),
    "mediation": Hand(
        ("mediation_success_rate/", "/mediation_success_rate"),
        _last_told("mediation", "'agreed'", "'agreed', 'failed'"),
    ),
    "repeats": Hand(
        ("repeat_rate/", "/repeat_rate"),
        """
        WITH grids AS (
            SELECT area_id FROM areas
            WHERE level = (SELECT max(level) FROM areas WHERE level LIKE 'grid%')
        )
        SELECT count(CASE WHEN EXISTS (
                SELECT 1 FROM live_cases o
                WHERE o.category_id = m.category_id AND o.state <> 'rejected'
                    AND o.opened_at < m.opened_at AND o.opened_at >= {month_before}
                    AND o.cell_y IN (m.cell_y - 1, m.cell_y, m.cell_y + 1)
                    AND o.cell_x BETWEEN m.cell_x - 1 AND m.cell_x + 1
                    AND 111194.926644 * sqrt(
                        (o.lon - m.lon) * cos(radians((o.lat + m.lat) / 2.0))
                        * (o.lon - m.lon) * cos(radians((o.lat + m.lat) / 2.0))
                        + (o.lat - m.lat) * (o.lat - m.lat)
                    ) <= 50
            ) OR EXISTS (
                SELECT 1 FROM live_cases o
                WHERE o.category_id = m.category_id AND o.state <> 'rejected'
                    AND o.opened_at < m.opened_at AND o.opened_at >= {month_before}
                    AND o.address_key = m.address_key AND (o.lon IS NULL OR m.lon IS NULL)
            ) OR m.area_id IN (SELECT area_id FROM grids) AND EXISTS (
                SELECT 1 FROM live_cases o
                WHERE o.category_id = m.category_id AND o.state <> 'rejected'
                    AND o.opened_at < m.opened_at AND o.opened_at >= {month_before}
                    AND o.area_id = m.area_id AND (o.lon IS NULL OR m.lon IS NULL)
                    AND (o.address_key IS NULL OR m.address_key IS NULL)
            ) THEN 1 END), count(*)
        FROM live_cases m
        WHERE m.opened_at >= :start AND m.opened_at < :until
            AND m.state NOT IN ('rejected', 'withdrawn', 'merged') AND (
                m.lon IS NOT NULL OR m.address_key IS NOT NULL
                OR m.area_id IN (SELECT area_id FROM grids)
            )""",
    ),
}
HANDLED = """
    FROM live_cases c WHERE c.state = 'closed' AND c.opened_at >= :start AND c.opened_at < :until"""
HANDLING_POSTGRESQL = Hand(
    ("handling_hours_median", "handling_hours_p90"),
    f"""
    SELECT extract(epoch FROM percentile_cont(0.5) WITHIN GROUP (ORDER BY closed_at - opened_at))
            / 3600,
        extract(epoch FROM percentile_cont(0.9) WITHIN GROUP (ORDER BY closed_at - opened_at))
            / 3600
    {HANDLED}""",
)
HANDLING_SQLITE = Hand(
    ("handling_hours_median", "handling_hours_p90"),
    f"""
    WITH ranked AS (
        SELECT (closed_at - opened_at) / 3600000000.0 AS hours,
            row_number() OVER (ORDER BY closed_at - opened_at) - 1 AS place,
            count(*) OVER () - 1 AS last
        {HANDLED}
    )
    SELECT sum(CASE place WHEN last * 50 / 100 THEN hours * (1 - last * 50 % 100 / 100.0)
                WHEN last * 50 / 100 + 1 THEN hours * (last * 50 % 100 / 100.0) END),
        sum(CASE place WHEN last * 90 / 100 THEN hours * (1 - last * 90 % 100 / 100.0)
                WHEN last * 90 / 100 + 1 THEN hours * (last * 90 % 100 / 100.0) END)
    FROM ranked WHERE place IN (last * 50 / 100, last * 50 / 100 + 1, last * 90 / 100,
        last * 90 / 100 + 1)""",
)
