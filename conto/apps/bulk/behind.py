"""Long work in transactions one after the other: while one is committed, the next is worked on.

Most of what the database checks is checked when a transaction ends, so a fifth of the time of a mass run is waiting for
commits. Here a second thread waits for them, after it wrote what a step left for its end: no two threads ever work on
one connection.
"""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextvars import ContextVar, copy_context
from dataclasses import dataclass
from functools import partial
from types import TracebackType
from typing import Generic, Self, TypeVar

from django.db import DEFAULT_DB_ALIAS, DatabaseError, OperationalError, connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper

from conto.apps.bulk.retrying import is_to_run_anew, retried

Work = Callable[[], None]
T = TypeVar("T")
P = TypeVar("P")
Step = Callable[[P | None], tuple[T, P | None]]


@dataclass(frozen=True, slots=True)
class _Committing(Generic[T, P]):
    place: P | None  # where its step began
    result: T
    commit: "Future[None]"


_LAST: ContextVar[list[Work] | None] = ContextVar("last", default=None)


def at_the_end(work: Work) -> None:
    """Run work just before the commit of the step that is under way, or at once where none is.

    The second thread does it, after everything else of the step, over the step's connection. So it is for rows that the
    step itself does not read again, and whose refusal has no meaning for it: what the work raises counts as a refused
    commit. It is dropped with a step that is undone, not with a part of one.

    Raises: at once, what the work raises.
    """
    waiting = _LAST.get()
    if waiting is None:
        work()
    else:
        waiting.append(work)


def in_steps(step: Step[P, T]) -> Iterator[T]:
    """Run a step again and again, each in a transaction, and give what each did once it is committed.

    A step gets the place where it begins, nothing for the first, and gives what it did and where the next begins,
    nothing after the last. It may begin before what the one before it did can be seen, so it does not rest on that.

    A step that the database asks to run anew is run anew, so is one whose commit it refuses for that reason. What else
    goes wrong is raised, and a step that was begun meanwhile is undone. In a transaction of the caller's own the steps
    are parts of that.

    Raises: what a step or the database raises.
    """
    if connections[DEFAULT_DB_ALIAS].in_atomic_block:
        yield from _one_by_one(step)
        return
    place: P | None = None
    before: _Committing[T, P] | None = None
    with _Lines() as lines:
        while before is None or place is not None:
            result, following = retried(partial(lines.work, partial(step, place)))
            is_refused = before is not None and _is_refused(before)
            begun = _Committing(place, result, lines.commit())
            if before is not None:
                yield _done_anew(step, before) if is_refused else before.result
            before, place = begun, following
        yield _done_anew(step, before) if _is_refused(before) else before.result


def _is_refused(done: _Committing[T, P]) -> bool:
    """Wait for a commit, and tell whether the database asks to run its step anew."""
    try:
        done.commit.result()
    except OperationalError as error:
        if is_to_run_anew(error):
            return True
        raise
    return False


def _done_anew(step: Step[P, T], done: _Committing[T, P]) -> T:
    return retried(partial(_whole, partial(step, done.place)))[0]


def _one_by_one(step: Step[P, T]) -> Iterator[T]:
    place: P | None = None
    while True:
        result, place = _whole(partial(step, place))
        yield result
        if place is None:
            return


def _whole(step: Callable[[], tuple[T, P | None]]) -> tuple[T, P | None]:
    with transaction.atomic():
        return step()


class _Lines:
    """Two connections to the book in turn: while one commits, the other is worked on; that is opened when needed."""

    def __enter__(self) -> Self:
        self._own = connections[DEFAULT_DB_ALIAS]
        self._other: BaseDatabaseWrapper | None = None
        self._last: list[Work] = []
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="commits")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._thread.shutdown()  # waits for a commit that is under way
        for each in (self._own, self._other):
            if each is not None and each.connection is not None and not each.get_autocommit():
                _undo(each)
        connections[DEFAULT_DB_ALIAS] = self._own
        if self._other is not None:
            self._other.close()

    def work(self, step: Callable[[], T]) -> T:
        """Run a step in a transaction that stays open."""
        line = connections[DEFAULT_DB_ALIAS]
        line.set_autocommit(False)
        self._last = []
        token = _LAST.set(self._last)
        try:
            return step()
        except BaseException:
            _undo(line)
            raise
        finally:
            _LAST.reset(token)

    def commit(self) -> "Future[None]":
        """Begin to commit what was worked on, and go over to the other connection; it has nothing open."""
        line = connections[DEFAULT_DB_ALIAS]
        commit = self._thread.submit(copy_context().run, _commit, line, self._last)
        if self._other is None:
            self._other = connections.create_connection(DEFAULT_DB_ALIAS)
        connections[DEFAULT_DB_ALIAS] = self._other if line is self._own else self._own
        return commit


def _commit(line: BaseDatabaseWrapper, last: Sequence[Work]) -> None:
    line.inc_thread_sharing()
    connections[DEFAULT_DB_ALIAS] = line
    try:
        if last:
            with transaction.atomic():
                for work in last:
                    work()
        line.commit()
        line.set_autocommit(True)
    except BaseException:
        _undo(line)
        raise
    finally:
        line.dec_thread_sharing()


def _undo(line: BaseDatabaseWrapper) -> None:
    """Roll back, or drop a connection that cannot even do that, as Django does."""
    try:
        line.rollback()
        line.set_autocommit(True)
    except DatabaseError:
        line.close()
