"""Two browsers at once: who is let in, who stays owner and what works once, whichever of them comes first."""

import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from conto.apps.accounts import actions, queries
from conto.apps.accounts.models import Member, MemberSession
from conto.apps.audit.models import Fact
from conto.apps.factors import actions as factors
from conto.apps.invoicing.models import Draft
from conto.apps.late import actions as late
from conto.apps.late.models import LateCharge
from conto.domain.errors import Conflict, NotAllowed
from conto.domain.facts import SYSTEM, Actor
from conto.domain.permissions import Role
from conto.flows import charge_late
from conto.flows.set_up_book import Numbers, set_up_book
from tests.apps.factors.virtual import code_of
from tests.charged_late import RULE
from tests.house import FreshBook, connect, waiting_for_locks
from tests.scene import NOW as THEN
from tests.scene import line, set_scene
from tests.waiting import PATIENCE_SECONDS, wait_until
from tests.web.living import SELLER

pytestmark = pytest.mark.force
NOW = datetime.now(UTC)  # pages go by the real clock
PASSWORD = "a long pass phrase 42"
NEW = "a-long-new-phrase"


def owner_of_a_book() -> Member:
    set_up_book(seller=SELLER, bank_account=None, numbers=Numbers(), actor=SYSTEM, at=NOW)
    return actions.add_first_owner(email="ada@example.com", name="Ada Lovelace", password=PASSWORD, at=NOW)


def both_at_once(book: FreshBook, held: str, *acts: Callable[[], Any]) -> list[Any]:
    """Let acts run at once: each has come as far as the rows that `held` locks before any of them goes on."""
    done: list[Any] = []

    def run(act: Callable[[], Any]) -> None:
        try:
            done.append(act())
        except Exception as error:  # noqa: BLE001 - what went wrong is what is asked for
            done.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=[act]) for act in acts]
    with connect(book.owner_dsn) as holder, connect(book.admin_dsn) as watcher:
        with holder.transaction():
            holder.execute(held)
            for thread in threads:
                thread.start()
            wait_until(lambda: waiting_for_locks(watcher) == len(acts) or done, "they did not meet")
            assert done == [], "one of them came to no lock"
        for thread in threads:
            thread.join(PATIENCE_SECONDS)
    return done


def posting(address: str, given: dict[str, str], client: Client | None = None) -> Callable[[], int]:
    return lambda: (client or Client(SERVER_NAME="localhost")).post(address, given).status_code


def told(kind: str) -> int:
    return Fact.objects.filter(kind=kind).count()


def test_two_runs_of_late_charges_at_once_charge_each_day_once(fresh_book: FreshBook) -> None:
    scene = set_scene()
    invoice = scene.issued(line("1000"), terms_days=0)
    rule = replace(RULE, counts_from=invoice.due_on)
    late.set_rule(rule=rule, actor=SYSTEM, at=THEN, today=invoice.due_on)
    at = THEN + timedelta(days=30)
    held = "SELECT pg_advisory_xact_lock(hashtext('late_laterule'))"
    done = both_at_once(
        fresh_book,
        held,
        lambda: charge_late.run(actor=SYSTEM, at=at).documents,
        lambda: charge_late.run(actor=SYSTEM, at=at).documents,
    )
    assert sorted(done) == [0, 1]
    assert sorted(LateCharge.objects.values_list("kind", flat=True)) == ["fee", "interest"]
    assert Draft.objects.count() == 1


def test_an_invitation_accepted_in_two_browsers_at_once_makes_one_member(fresh_book: FreshBook) -> None:
    owner_of_a_book()
    _, token = actions.invite_member(email="sam@example.com", name="Sam", role="sales", actor=SYSTEM, at=NOW)
    given = {"name": "Sam", "password": NEW, "language": "en", "zone": "Europe/Vienna"}
    join = posting(f"/join/{token}", given)
    came = both_at_once(fresh_book, "SELECT 1 FROM accounts_invitation FOR UPDATE", join, join)
    assert sorted(came) == [303, 422]
    assert Member.objects.filter(email="sam@example.com").count() == 1
    assert told("invitation_accepted") == 1


def test_of_two_owners_who_demote_each_other_at_once_one_stays(fresh_book: FreshBook) -> None:
    ada = owner_of_a_book()
    ben = actions.add_member(email="ben@example.com", name="Ben", role=Role.OWNER, password=NEW, actor=SYSTEM, at=NOW)

    def demote(whom: Member, by: Member) -> Callable[[], Member]:
        actor = Actor(by.id, "member", by.name)
        return lambda: actions.change_member(member_id=whom.id, role=Role.SALES, actor=actor, at=NOW)

    came = both_at_once(
        fresh_book, "SELECT 1 FROM accounts_member FOR UPDATE", demote(ben, by=ada), demote(ada, by=ben)
    )
    assert sorted(type(each) for each in came if isinstance(each, Exception)) in ([NotAllowed], [Conflict]), came
    assert Member.objects.filter(role=Role.OWNER, is_active=True).count() == 1
    assert told("member_changed") == 1


def test_a_link_to_a_new_password_used_twice_at_once_sets_one(fresh_book: FreshBook) -> None:
    owner = owner_of_a_book()
    made = actions.ask_for_password(email=owner.email, at=NOW)
    assert made is not None
    address = f"/new-password/{made[1]}"
    came = both_at_once(
        fresh_book,
        "SELECT 1 FROM accounts_passwordlink FOR UPDATE",
        posting(address, {"password": "the first of two phrases"}),
        posting(address, {"password": "the second of two phrases"}),
    )
    assert sorted(came) == [303, 422]
    assert told("member_password_changed") == 1


def test_a_recovery_code_shown_twice_at_once_lets_one_browser_in(fresh_book: FreshBook) -> None:
    owner = owner_of_a_book()
    secret = factors.new_secret()
    factors.add_app(member_id=owner.id, secret=secret, code=code_of(secret), actor=SYSTEM, at=NOW)
    code = factors.make_codes(member_id=owner.id, actor=SYSTEM, at=NOW)[0]
    browsers = [Client(SERVER_NAME="localhost") for _ in range(2)]
    for browser in browsers:
        answer = browser.post("/sign-in", {"email": owner.email, "password": PASSWORD})
        assert answer["Location"].startswith("/sign-in/second-step")
    came = both_at_once(
        fresh_book,
        "SELECT 1 FROM accounts_member FOR UPDATE",
        *(posting("/sign-in/second-step", {"code": code}, browser) for browser in browsers),
    )
    assert sorted(came) == [200, 303] or sorted(came) == [303, 422], came
    assert told("recovery_code_used") == 1


def test_a_session_ended_from_two_browsers_at_once_is_ended_once(fresh_book: FreshBook) -> None:
    owner = owner_of_a_book()
    browsers = [Client(SERVER_NAME="localhost") for _ in range(3)]
    for browser in browsers:
        browser.post("/sign-in", {"email": owner.email, "password": PASSWORD})
        browser.get("/profile")
    first, second, third = browsers
    key = third.session.session_key
    gone = next(each for each in MemberSession.objects.all() if bytes(each.key_sha256) == queries.digest_of(str(key)))
    address = f"/profile/sessions/{gone.id}/end"
    came = both_at_once(
        fresh_book,
        f"SELECT 1 FROM accounts_membersession WHERE id = '{gone.id}' FOR UPDATE",
        posting(address, {}, first),
        posting(address, {}, second),
    )
    assert came == [303, 303]
    assert told("session_ended") == 1
    assert third.get("/profile").status_code == 302
    assert first.get("/profile").status_code == 200
