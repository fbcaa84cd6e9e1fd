"""How often one network address may try the door."""

from datetime import timedelta

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from conto.apps.payments import actions
from conto.apps.payments.queries import visits
from conto.web.reading import address_of

SPAN = timedelta(minutes=10)
MOST_FAILURES = 30  # wrong passwords of one network address, whoever they were for
MOST_LINKS = 60  # links of one network address that are opened or used
MOST_ASKED = 10  # new passwords that one network address asks for
HOUR = timedelta(hours=1)
MOST_ASKED_FOR_ONE = 3  # mails that one member gets in an hour, however many ask


def wait_of_door(request: HttpRequest) -> int:
    """Return how many seconds this address has to wait before it tries a password; mostly 0."""
    return visits.waits(caller=_failing(request), at=timezone.now(), span=SPAN, most=MOST_FAILURES)


def note_failure(request: HttpRequest) -> None:
    """Count a wrong password."""
    actions.count_visit(caller=_failing(request), at=timezone.now(), span=SPAN, most=MOST_FAILURES)


def wait_of_link(request: HttpRequest) -> int:
    """Count a visit by a secret link, and return how many seconds this address has to wait; mostly 0."""
    return actions.count_visit(caller=f"link {address_of(request)}", at=timezone.now(), span=SPAN, most=MOST_LINKS)


def wait_of_asking(request: HttpRequest) -> int:
    """Count a question for a new password, and return how many seconds this address has to wait; mostly 0."""
    return actions.count_visit(caller=f"forgot {address_of(request)}", at=timezone.now(), span=SPAN, most=MOST_ASKED)


def is_asked_too_often(email: str) -> bool:
    """Count that a new password was asked for this mail address, and tell whether that was often enough."""
    caller = f"forgotten {email.strip().lower()}"
    return actions.count_visit(caller=caller, at=timezone.now(), span=HOUR, most=MOST_ASKED_FOR_ONE) > 0


def busy(request: HttpRequest, wait: int) -> HttpResponse:
    """Ask a visitor who comes too often to wait."""
    response = render(request, "accounts/busy.html", {"minutes": -(-wait // 60)}, status=429)
    response.headers["Retry-After"] = str(wait)
    return response


def _failing(request: HttpRequest) -> str:
    return f"wrong password {address_of(request)}"
