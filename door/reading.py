"""Reading: one immutable answer per data version and question, built once for all sessions.

A query is a named function of `access.QUERIES` with hashable arguments: they are the question, and
the scope of whoever asks is one of them. What it answers with is frozen before anybody sees it:
lists become tuples, dicts read-only mappings. A DataFrame is handed out as a lazy copy, so that
nobody's changes reach anybody else.
"""

from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field, is_dataclass, replace
from functools import cache
from inspect import signature
from threading import Lock
from types import MappingProxyType
from typing import Any, Concatenate, ParamSpec, TypeVar

import pandas as pd
from sqlalchemy import Connection

from data.access import HARMLESS, OF_THE_DISTRICT, QUERIES, Permission, require_query
from data.metrics.figure import Question
from data.news import Look
from data.terms import ActionRefused, OutOfScope, Scope
from door.database import looking
from door.identity import actor
from door.refusals import name_of, record_once
from door.rollups import counting
from door.version import current_look

LIMIT = 256  # answers kept; the one not asked for longest goes first
ASKED_ANEW = {Permission.KEEP_USERS, Permission.KEEP_SYSTEM}  # no data version tells of those

Asked = ParamSpec("Asked")
Answer = TypeVar("Answer")
Query = Callable[Concatenate[Connection, Asked], Answer]
Key = tuple[int, Callable[..., Any], tuple[Any, ...], tuple[Any, ...]]  # version, query, arguments


@dataclass(slots=True)
class _Snapshots:
    """The answers this process keeps, or is building."""

    lock: Lock = field(default_factory=Lock)
    answers: OrderedDict[Key, Future[Any]] = field(default_factory=OrderedDict)


_snapshots = _Snapshots()


def read(query: Query[Asked, Answer], *args: Asked.args, **kwargs: Asked.kwargs) -> Answer:
    """The answer of query(conn, *args) at the present data version; shared, so never to be changed.

    It tells of what lies in the scope of whoever asks, and of nothing else. Raises SignedOut for a
    stranger; ActionRefused, on record, for a query that they may not ask.
    """
    asker = actor()
    try:
        require_query(asker, name_of(query))
        return _answer(query, *_narrowed(query, asker.scope, args, kwargs))
    except (ActionRefused, OutOfScope) as refusal:
        record_once(asker, name_of(query), refusal)
        raise


def _narrowed(
    query: Callable[..., Any], scope: Scope, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """The arguments with the asker's scope in them. Raises ActionRefused where none goes in."""
    takes_scope, name = _takes(query, "scope"), name_of(query)
    questions = [value for value in (*args, *kwargs.values()) if isinstance(value, Question)]
    is_narrow = takes_scope or questions
    if not (is_narrow or name in HARMLESS or QUERIES[name] in OF_THE_DISTRICT):
        raise ActionRefused("access.not_offered", what=name)
    given = {key: _within(scope, value) for key, value in kwargs.items()}
    if takes_scope:
        given["scope"] = scope
    return tuple(_within(scope, value) for value in args), given


@cache
def _takes(query: Callable[..., Any], name: str) -> bool:
    return name in signature(query).parameters


def _within(scope: Scope, value: Any) -> Any:
    return replace(value, within=scope) if isinstance(value, Question) else value


def _answer(query: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    if QUERIES.get(name_of(query)) in ASKED_ANEW:
        return _asked(query, args, kwargs, Look())
    look = current_look()
    key = (look.version, query, args, tuple(sorted(kwargs.items())))
    answer, is_mine = _place(key)
    if is_mine:
        _build(key, answer, look, query, args, kwargs)
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


def _forget(version: int) -> None:
    """Drop what is of an older version, and what is too much."""
    answers = _snapshots.answers
    for old in [key for key in answers if key[0] < version]:
        del answers[old]
    while len(answers) >= LIMIT:
        answers.popitem(last=False)


def _build(
    key: Key, answer: Future[Any], look: Look, query: Callable[..., Any], args: Any, kwargs: Any
) -> None:
    """Fill a place; a failure is told to everybody who waits and then forgotten."""
    try:
        answer.set_result(_asked(query, args, kwargs, look))
    except BaseException as failure:
        with _snapshots.lock:
            _snapshots.answers.pop(key, None)
        answer.set_exception(failure)
        raise


def _asked(query: Callable[..., Any], args: Any, kwargs: Any, look: Look) -> Any:
    """What the database says at one moment of it, with the rollups where a query counts."""
    with looking().connect() as conn:
        if _takes(query, "source"):
            kwargs = kwargs | {"source": counting(conn, look)}
        return _frozen(query(conn, *args, **kwargs))


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
