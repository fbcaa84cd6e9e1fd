"""A company that nothing goes right for: each fault is drawn from the seed, and none may leave a trace in the books.

- cut off before the commit: the power goes while something happens; on waking it is done again;
- cut off after the commit: it is done, but whoever did it never heard so;
- asked again: the same form, event or click comes twice, one after the other or at the same instant;
- two at once: what was planned one after the other happens at the same instant;
- two wait for each other: the database ends one of them, which wakes and does it again;
- the clock goes back an hour: and forth again;
- the gateway is silent, tells things twice, late and in the wrong order.
"""

import threading
from collections import Counter
from datetime import date, datetime, timedelta
from random import Random
from typing import Any

from django.db import OperationalError, connection, transaction
from django.utils import timezone

from conto.apps.accounts import actions as accounts
from conto.apps.accounts import queries
from conto.apps.audit.models import Fact
from conto.apps.payments.models import Payment
from conto.domain.errors import RuleBroken
from conto.domain.ids import new_id
from conto.flows import checkout, refund_payment
from conto.gateways.payment.protocol import GatewaySilent
from conto.gateways.payment.sandbox.near import NearEvent, NearGateway
from conto.jobs.simulation import Company, Happening, Issued, Part
from conto.jobs.simulation.parts.paying import deliver

FAULTS = {
    "none": 60,
    "cut off before the commit": 6,
    "cut off after the commit": 6,
    "two at once": 14,
    "the clock goes back an hour": 8,
}
RUN_ANEW = {"40001", "40P01"}  # serialization failure, deadlock
# Only of what promises one effect however often it is asked for.
REPEATS = {"asked again": 20, "asked twice at once": 20}
# What a person who comes too late is told; whatever else is refused is a fault of ours.
POLITE = {
    "checkout.nothing_open", "checkout.more_than_open", "refund.more_than_left", "refund.above_paid",
    "early_discount.not_offered", "early_discount.too_little_paid", "credit.nothing_left", "credit.more_than_line",
    "write_off.nothing_open", "write_off.more_than_open", "allocation.more_than_open", "allocation.more_than_credit",
    "allocation.already_reversed", "ledger.over_allocated", "customer.already_archived", "customer.not_archived",
    "deposit.already_deducted", "quote.already_accepted", "quote.expired", "quote.declined", "quote.withdrawn",
    "quote.superseded", "deal.not_open", "activity.already_done", "target.exists", "target.gone", "contract.over",
    "contract.not_running", "contract.no_notice", "contract.asks_nobody",
}  # fmt: skip


class CutOff(Exception):  # noqa: N818 -- named for what happened
    """The power goes off."""


class TroubledGateway(NearGateway):
    """A gateway that is silent now and then, tells things twice, late and in any order."""

    dice = Random(0)

    def take_events(self) -> list[NearEvent]:
        """Return some of the events, shuffled, some of them twice; the others come later."""
        waiting = super().take_events()
        late = [event for event in waiting if self.dice.random() < 0.2]
        self.sandbox.waiting.extend(late)
        told = [event for event in waiting if event not in late]
        told += [event for event in told if self.dice.random() < 0.3]
        self.dice.shuffle(told)
        return told

    def _ask(self, method: str, path: str, fields: dict[str, Any] | None = None, key: str = "") -> dict[str, Any]:
        if self.dice.random() < 0.05:
            raise GatewaySilent("before it heard us")
        answer = super()._ask(method, path, fields, key)
        if self.dice.random() < 0.05:
            raise GatewaySilent("after it did what we asked")
        return answer


class Evening(Part):
    """What the worker does: it asks the gateway, whose late events come at last."""

    def morning(self, day: date) -> None:
        if self.company.gateway.sandbox.waiting or day.day % 5 == 0:
            at = self.company.moment(day, "evening", hours=(23, 23))
            self.company.on(at, "evening", self._ask)

    def _ask(self, at: datetime) -> None:
        deliver(self.company, self.company.gateway.take_events(), at)
        checkout.reconcile(at=at)
        refund_payment.reconcile(at=at)


class Goodwill(Part):
    """A part of a card payment goes back to the card, off the invoice that it settled."""

    def issued(self, document: Issued) -> None:
        if document.kind == "invoice" and self.company.happens(25, "goodwill", document.number):
            at = self.company.moment(document.issued_at.date() + timedelta(days=50), "goodwill", document.number)
            self.company.on(at, f"goodwill {document.number}", lambda at: self._give(document, at))

    def _give(self, document: Issued, at: datetime) -> None:
        paid = Payment.objects.filter(allocations__document_id=document.id).exclude(gateway="").first()
        if paid is not None:
            refund_payment.refund(
                paid,
                refund_id=new_id(),
                amount_minor=max(1, paid.amount_minor // 3),
                method=paid.method,
                refunded_on=at.date(),
                reason="goodwill",
                actor=self.company.finance,
                at=at,
            )


class TroubledCompany(Company):
    """A company under these faults. What happened is noted with it in one transaction, so that waking knows."""

    def __init__(self, *arguments: Any, faults: dict[str, int] | None = None, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.faults = FAULTS if faults is None else faults
        self.repeats = REPEATS if faults is None else {}
        self.met: Counter[str] = Counter()
        self.refused: Counter[str] = Counter()
        self.remembered: set[tuple[str, str, datetime]] = set()

    def moment(self, day: date, *words: object, hours: tuple[int, int] = (0, 23)) -> datetime:
        """Return the moment of an occasion: these people work at all hours, around midnight too."""
        return super().moment(day, *words, hours=hours if hours[0] == hours[1] else (0, 23))

    def live_day(self, day: date, until: datetime | None = None) -> int:
        """Let a day happen; after a cut, wake and go on where the book says."""
        done = 0
        while True:
            try:
                return done + super().live_day(day, until)
            except CutOff:
                done += 1
                self.wake()
            except OperationalError as error:
                # Every act runs anew when the database asks for it; in here the transaction around it is ours.
                if getattr(error.__cause__, "sqlstate", "") not in RUN_ANEW:
                    raise
                self.wake()

    def wake(self) -> None:
        """Forget everything and take up what the book tells."""
        business = queries.business()
        assert business is not None
        assert business.lived_until is not None
        self.lived_until = business.lived_until
        self.forget()

    def do(self, happening: Happening) -> None:
        """Let one thing happen, with the fault that is drawn for it."""
        words = ("trouble", happening.at.isoformat(), happening.key)
        faults = {**self.faults, **(self.repeats if happening.may_repeat else {})}
        fault = self.chance(*words).choices(list(faults), list(faults.values()))[0]
        self.met[fault] += 1
        match fault:
            case "cut off before the commit":
                if ("cut", happening.key, happening.at) in self.remembered:
                    self._once(happening)
                    return
                self.remembered.add(("cut", happening.key, happening.at))
                with transaction.atomic():
                    self._try(happening)
                    raise CutOff
            case "cut off after the commit":
                self._once(happening)
                raise CutOff
            case "asked again":
                self._once(happening)
                before = Fact.objects.exclude(actor_kind="system").count()  # other hands may act meanwhile
                self._try(happening)
                assert Fact.objects.exclude(actor_kind="system").count() == before, f"{happening.key} had two effects"
            case "asked twice at once":
                self._together([happening, happening])
            case "two at once" if self._plan and self._plan[0].at.date() == happening.at.date():
                self._together([happening, self.next_one()])
            case "the clock goes back an hour":
                hour_ago = Happening(happening.at - timedelta(hours=1), happening.key, happening.act)
                try:
                    with transaction.atomic():
                        hour_ago.act(hour_ago.at)
                        self._note(happening.at)
                except RuleBroken as refusal:
                    self.refused[f"an hour back: {refusal.code}"] += 1
                    self._once(happening)
            case _:
                self._once(happening)

    def _once(self, happening: Happening) -> None:
        with transaction.atomic():
            self._try(happening)
            self._note(happening.at)

    def _note(self, at: datetime) -> None:
        accounts.note_life(until=at, clock_ahead=min(timedelta(seconds=-1), at - timezone.now()))
        self.lived_until = at

    def _try(self, happening: Happening) -> None:
        try:
            with transaction.atomic():
                happening.act(happening.at)
        except RuleBroken as refusal:
            if refusal.code not in POLITE:
                raise
            self.refused[refusal.code] += 1

    def _together(self, happenings: list[Happening]) -> None:
        """Let things happen at the same instant, each in a thread with a connection of its own."""
        start = threading.Barrier(len(happenings))
        failures: list[BaseException] = []

        def act(happening: Happening) -> None:
            try:
                start.wait()
                self._try(happening)
            except BaseException as failure:  # noqa: BLE001 -- told in the test's own thread
                failures.append(failure)
            finally:
                connection.close()

        threads = [threading.Thread(target=act, args=[one]) for one in happenings]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        if failures:
            raise failures[0]
        with transaction.atomic():
            self._note(max(one.at for one in happenings))
