"""The cards of the closure rates: one rate on its bases, side by side, and why they differ."""

from dataclasses import replace

from components.formats import format_fraction
from components.kpis import Card
from components.mount import Bit, Line, sentence
from data.closure_rates import ClosureRates
from data.closure_rates.rates import COHORT, THROUGHPUT
from data.config import settings
from data.metrics.figure import Figure
from data.standings import DUE, ON_TIME
from data.terms import Lamp
from data.words import word
from pages.parts.behind import opening
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
    missing = opening(MISSING, answer.figures[DUE].missing or 0)
    before = opening("opened_before", answer.bridge.opened_before)
    return sentence("closure.why.closure_rate_due", missing=missing, before=before)


def _why_opened(answer: ClosureRates) -> Line:
    left_out = _opened(answer.figures["cohort_left_out_count"])
    not_yet = opening("not_yet_due", answer.bridge.not_yet_due)
    return sentence("closure.why.closure_rate_cohort", not_yet=not_yet, left_out=left_out)


def _why_in_time(answer: ClosureRates) -> Line:
    late, still = (_opened(answer.figures[f"overdue_{one}_count"]) for one in ("closed", "open"))
    return sentence("closure.why.on_time_rate", late=late, still=still)


def _opened(figure: Figure) -> Bit:
    return opening(figure.metric.name, int(figure.value or 0))
