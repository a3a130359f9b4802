"""The cards of the closure rates: one rate on its bases, side by side, and why they differ."""

from dataclasses import replace

from components.formats import format_count, format_fraction
from components.kpis import Card
from components.mount import Bit, Line
from data.closure_rates import ClosureRates
from data.closure_rates.bases import Bridge
from data.closure_rates.rates import COHORT, THROUGHPUT
from data.config import settings
from data.metrics.figure import Figure
from data.standings import DUE, ON_TIME
from data.terms import Lamp
from data.words import word
from pages.parts.standings import MISSING


def closure_cards(answer: ClosureRates, is_stale: bool) -> list[Card]:
    """By what is due, by what was opened, by the due time; and a ratio that is no closure rate."""
    lamps = settings().lamps
    cards = [
        _card(answer, DUE, _why_due(answer), answer.closure_lamp, lamps.closure_rate_due.target),
        _card(answer, COHORT, _why_opened(answer)),
        _card(
            answer, ON_TIME, _why_in_time(answer), answer.on_time_lamp, lamps.on_time_rate.target
        ),
        replace(_card(answer, THROUGHPUT, word("closure.why.throughput_ratio")), bar=None),
    ]
    return [replace(card, is_stale=is_stale) for card in cards]


def _card(
    answer: ClosureRates,
    name: str,
    why: Line,
    lamp: Lamp = Lamp.NONE,
    target: float | None = None,
) -> Card:
    figure = answer.figures[name]
    label, variant = word(f"closure.base.{name}"), word(f"closure.base.{name}.variant")
    if figure.value is None:
        nothing = word(f"closure.nothing.{name}")
        return Card(name, label, variant, base=[Bit(nothing, is_bold=True)])
    fraction = format_fraction(figure.numerator, figure.denominator)
    return Card(
        key=name,
        label=label,
        variant=variant,
        value_text=figure.text.removesuffix("%"),
        unit_text=word("overview.percent"),
        base=[Bit(fraction, is_bold=True), Bit(word(f"closure.what.{name}"))],
        note=why,
        lamp=lamp,
        bar=figure.value,
        mark=None if target is None else target / 100,
    )


def _why_due(answer: ClosureRates) -> Line:
    missing = answer.figures[DUE].missing
    before = format_count(answer.bridge.opened_before)
    opened = Bit(format_count(missing), key=MISSING if missing else "")
    return _sentence("closure.why.closure_rate_due", missing=opened, before=Bit(before))


def _why_opened(answer: ClosureRates) -> Line:
    left_out = _opened(answer.figures["cohort_left_out_count"])
    not_yet = Bit(format_count(answer.bridge.not_yet_due))
    return _sentence("closure.why.closure_rate_cohort", not_yet=not_yet, left_out=left_out)


def _why_in_time(answer: ClosureRates) -> Line:
    late, still = (_opened(answer.figures[f"overdue_{one}_count"]) for one in ("closed", "open"))
    return _sentence("closure.why.on_time_rate", late=late, still=still)


def _opened(figure: Figure) -> Bit:
    """A count that opens its cases, if there are any."""
    count = int(figure.value or 0)
    return Bit(format_count(count), key=figure.metric.name if count else "")


def _sentence(key: str, **bits: Bit) -> Line:
    """A sentence of the catalogue with these bits in their places."""
    pieces = word(key, **{name: f"\0{name}\0" for name in bits}).split("\0")
    return [bits[piece] if place % 2 else Bit(piece) for place, piece in enumerate(pieces)]


def bridge_text(bridge: Bridge) -> str:
    """From the cases opened to the cases due, step by step; steps of nothing are left out."""
    leaves = ("not_yet_due", "without_due", "elsewhere")
    comes = ("opened_before", "withdrawn", "otherwise")
    steps = [
        word(f"closure.bridge.{name}", count=format_count(getattr(bridge, name)))
        for name in ("opened", *leaves, *comes, "due")
        if getattr(bridge, name) or name in ("opened", "due")
    ]
    return " ".join(steps)
