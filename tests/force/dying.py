"""Stories that processes live at once, and that one of them does not survive."""

import os
import signal
from collections.abc import Callable

from django.db import connections


def killed(*_args: object, **_more: object) -> None:
    """Be killed here and now, as by a power cut; stands in for the step at which it happens."""
    os.kill(os.getpid(), signal.SIGKILL)


def then_killed(story: Callable[[], None]) -> Callable[[], None]:
    """Return a story that is killed when all of it is committed and no answer was given."""

    def lived() -> None:
        story()
        killed()

    return lived


def ends(*stories: Callable[[], None]) -> list[int]:
    """Run stories at once, each in a process of its own, and return how they ended."""
    connections.close_all()
    children = []
    for story in stories:
        child = os.fork()
        if not child:
            story()
            os._exit(0)
        children.append(child)
    return [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children]


def wrong_step(*, die_on_the_way: Callable[[], None], story: Callable[[], None], is_untouched: Callable[[], bool],
               processes: int) -> int:  # fmt: skip
    """Return at which step something was wrong; 0 when nothing was.

    Killed on the way, nothing is left; all at once, nobody fails; once more, and killed after the last commit.
    """
    if ends(die_on_the_way) != [-signal.SIGKILL]:
        return 1
    if not is_untouched():
        return 2
    if any(ends(*[story] * processes)):
        return 3
    return 0 if ends(then_killed(story)) == [-signal.SIGKILL] else 4
