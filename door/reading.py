"""Reading: one immutable answer per data version and question, built once for all sessions.

What a query answers with is frozen before anybody sees it: lists become tuples, dicts read-only
mappings. A DataFrame is handed out as a lazy copy, so that nobody's changes reach anybody else.
A query is a named function with hashable arguments: they are the question.
"""

from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field, is_dataclass
from threading import Lock
from types import MappingProxyType
from typing import Any, Concatenate, ParamSpec, TypeVar

import pandas as pd
from sqlalchemy import Connection

from data.access import Permission, require
from door.database import reading
from door.identity import actor
from door.version import current_version

LIMIT = 256  # answers kept; the one not asked for longest goes first

Asked = ParamSpec("Asked")
Answer = TypeVar("Answer")
Query = Callable[Concatenate[Connection, Asked], Answer]
Key = tuple[str, Callable[..., Any], tuple[Any, ...], tuple[Any, ...]]  # version, query, arguments


@dataclass(slots=True)
class _Snapshots:
    """The answers this process keeps, or is building."""

    lock: Lock = field(default_factory=Lock)
    answers: OrderedDict[Key, Future[Any]] = field(default_factory=OrderedDict)


_snapshots = _Snapshots()


def read(query: Query[Asked, Answer], *args: Asked.args, **kwargs: Asked.kwargs) -> Answer:
    """The answer of query(conn, *args) at the present data version; shared, so never to be changed.

    Raises SignedOut for a stranger and ActionRefused for somebody who may not read cases.
    """
    require(actor(), Permission.READ_CASES)
    key = (current_version(), query, args, tuple(sorted(kwargs.items())))
    answer, is_mine = _place(key)
    if is_mine:
        _build(key, answer, query, args, kwargs)
    return _handed_out(answer.result())


def _place(key: Key) -> tuple[Future[Any], bool]:
    """The place of an answer, and whether it is the caller's to fill."""
    with _snapshots.lock:
        found = _snapshots.answers.get(key)
        if found is not None:
            _snapshots.answers.move_to_end(key)
            return found, False
        _forget(key[0])
        answer = _snapshots.answers[key] = Future()
        return answer, True


def _forget(version: str) -> None:
    """Drop what is of another version, and what is too much."""
    answers = _snapshots.answers
    for old in [key for key in answers if key[0] != version]:
        del answers[old]
    while len(answers) >= LIMIT:
        answers.popitem(last=False)


def _build(
    key: Key, answer: Future[Any], query: Callable[..., Any], args: Any, kwargs: Any
) -> None:
    """Fill a place; a failure is told to everybody who waits and then forgotten."""
    try:
        with reading().connect() as conn:
            answer.set_result(_frozen(query(conn, *args, **kwargs)))
    except BaseException as failure:
        with _snapshots.lock:
            _snapshots.answers.pop(key, None)
        answer.set_exception(failure)
        raise


def _frozen(value: Any) -> Any:
    """The same without a way to change it. Raises TypeError for what cannot be frozen."""
    if isinstance(value, dict):
        return MappingProxyType({key: _frozen(part) for key, part in value.items()})
    if isinstance(value, list | tuple) and not hasattr(value, "_fields"):
        return tuple(_frozen(part) for part in value)
    if isinstance(value, set):
        return frozenset(value)
    if is_dataclass(value) and not getattr(value, "__dataclass_params__").frozen:  # noqa: B009
        raise TypeError(
            f"{type(value).__name__} can be changed; a query answers with frozen values"
        )
    return value


def _handed_out(value: Any) -> Any:
    return value.copy(deep=False) if isinstance(value, pd.DataFrame) else value
