"""The row of facts under the title of a case."""

from datetime import datetime

from components.facts import Fact
from components.formats import format_instant
from components.mount import Bit, Line
from data.actions.offers import AtHand
from data.case_file import CaseFile
from data.case_file.around import Around
from data.terms import Lamp
from data.words import word
from pages.parts.case_clock import unit_name

PARENT = "parent"  # the fact that opens the case this one was merged into


def case_facts(case: CaseFile, around: Around, hand: AtHand, now: datetime) -> list[Fact]:
    """Stage, holder, whose turn, category, place, channel; then what there is of the rest."""
    line = case.line
    place = " ".join(part for part in (line.area, case.address) if part)
    facts = [
        Fact(word("case.stage"), [Bit(word(f"state.{line.state}"), is_bold=True)]),
        Fact(word("case.holder"), unit_name(line.unit)),
        Fact(word("case.turn"), _turn(case, now)),
        Fact(word("case.category"), case.category_path or word("case.nobody")),
        Fact(word("case.place"), place or word("case.nobody")),
        Fact(word("case.channel"), line.channel or word("case.nobody")),
        Fact(word("case.moves"), _moves(case)),
    ]
    return [*(fact for fact in facts if fact.line), *_more(case, around, hand, now)]


def _turn(case: CaseFile, now: datetime) -> Line:
    """What is awaited of whom, until when; yellow once a time set for it has passed."""
    turn = case.turn
    if turn is None:
        return ""
    what = word(f"turn.{turn.kind}")
    if turn.until_at is None or turn.until_at == case.line.due_at:
        return what
    is_past = turn.until_at < now
    until = word("case.turn_until", at=format_instant(turn.until_at, now))
    return [Bit(f"{what}，"), Bit(until, lamp=Lamp.YELLOW if is_past else Lamp.NONE)]


def _moves(case: CaseFile) -> str:
    counts = {
        "transfers": case.transfer_count,
        "returns": case.return_count,
        "reopens": case.reopen_count,
    }
    told = [word(f"case.moves.{name}", count=count) for name, count in counts.items() if count]
    return "，".join(told)


def _more(case: CaseFile, around: Around, hand: AtHand, now: datetime) -> list[Fact]:
    """Level, grade, extension, orders, repeats, and the case it went into, where there are any."""
    facts = []
    if case.level:
        facts.append(Fact(word("case.level"), word(f"level.{case.level}")))
    if hand.extension is not None:
        facts.append(Fact(word("case.extension"), [Bit(word("case.extension.asked"), True)]))
    elif case.extension_count:
        text = word("case.extension.granted", count=case.extension_count)
        facts.append(Fact(word("case.extension"), text))
    if case.orders:
        facts.append(Fact(word("case.supervisions"), _orders(case, now)))
    if around.repeats.count:
        text = word("case.repeats_text", count=around.repeats.count)
        facts.append(Fact(word("case.repeats"), text))
    if around.parent is not None:
        facts.append(Fact(word("case.parent"), around.parent.case_no, key=PARENT))
    return facts


def _orders(case: CaseFile, now: datetime) -> Line:
    """How many orders there are; and of the last, that its reply is missing."""
    text = word("case.supervisions_text", count=len(case.orders))
    missing = [order for order in case.orders if order.is_open]
    if not missing or not case.is_open:
        return text
    is_late = any(order.is_late(now) for order in missing)
    lamp = Lamp.ORANGE if is_late else Lamp.NONE
    return [Bit(f"{text}，"), Bit(word("case.unanswered", count=len(missing)), lamp=lamp)]
