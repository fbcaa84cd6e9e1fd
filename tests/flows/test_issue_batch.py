"""Drafts checked, issued and sent together: each once, also when the worker dies in the middle."""

from collections import Counter
from collections.abc import Callable
from datetime import datetime
from uuid import UUID

import pytest

from conto.apps.audit.models import Fact
from conto.apps.crm import actions as crm
from conto.apps.crm.entry import NewCustomer, PostalAddress
from conto.apps.crm.models import Customer
from conto.apps.invoicing import queries
from conto.apps.invoicing.models import Document, Draft
from conto.apps.messaging.models import Mail
from conto.domain.facts import SYSTEM, Actor
from conto.flows import issue_batch
from tests.domain.refusals import refused
from tests.scene import NOW, Scene, line


class PowerOff(Exception):  # noqa: N818 -- named for what happened
    """The power goes off."""


def dying_after(ticks: int) -> Callable[[], datetime]:
    """Give a clock that is looked at so often, and then the power goes off."""
    left = [ticks]

    def clock() -> datetime:
        left[0] -= 1
        if left[0] < 0:
            raise PowerOff
        return NOW

    return clock


def now() -> datetime:
    return NOW


def buyer(n: int, *, email: str = "") -> Customer:
    place = PostalAddress(country="DE", line1="Weg 1", postcode="10115", city="Berlin")
    new = NewCustomer(name=f"Buyer {n}", email=email, currency="EUR", language="de", billing=place)
    return crm.add_customer(new=new, actor=SYSTEM, at=NOW)


def drafts(scene: Scene, count: int) -> list[Draft]:
    return [scene.draft(line(str(100 + n)), customer=buyer(n, email=f"buyer{n}@example.com")) for n in range(count)]


def test_gu5_a_batch_issues_and_sends_what_is_in_order_and_holds_the_rest(scene: Scene) -> None:
    good = drafts(scene, 2)
    free, mute = scene.draft(line("0")), scene.draft(line("7"), customer=buyer(9))
    actor = Actor(scene.owner.id, "member", scene.owner.name)
    row = issue_batch.begin(draft_ids=[each.id for each in (*good, free, mute)], actor=actor, at=NOW)
    assert issue_batch.run(batch_id=row.id, clock=now) == 2
    assert {each.subject_id for each in Mail.objects.filter(purpose="document")} == {each.id for each in good}
    assert Draft.objects.get().held_for.split()[0] in {"line.zero_price", "check.zero_total"}
    row.refresh_from_db()
    assert row.ended_at == NOW
    assert row.refused[str(mute.id)][0] == "send.no_address"
    assert queries.documents_of_batch(scene.owner, row).count() == 3
    assert Fact.objects.get(kind="issue_batch_ended").subject_id == row.id
    assert issue_batch.run(batch_id=row.id, clock=now) == 0, "a batch that is through stays so"


@pytest.mark.parametrize("ticks", [0, 1, 2, 3, 4, 5, 6, 7, 8])
def test_gu5_a_batch_that_is_cut_off_goes_on_and_sends_nothing_twice(scene: Scene, ticks: int) -> None:
    row = issue_batch.begin(draft_ids=[each.id for each in drafts(scene, 3)], actor=SYSTEM, at=NOW)
    with pytest.raises(PowerOff):
        issue_batch.run(batch_id=row.id, clock=dying_after(ticks))
    issue_batch.run(batch_id=row.id, clock=now)
    assert Document.objects.count() == 3
    assert set(Counter(Mail.objects.values_list("subject_id", flat=True)).values()) == {1}
    assert Mail.objects.count() == 3
    assert Fact.objects.filter(kind="issue_batch_ended").count() == 1


@pytest.mark.django_db
def test_gu5_a_batch_has_drafts_and_not_too_many() -> None:
    with refused("batch.empty"):
        issue_batch.begin(draft_ids=[], actor=SYSTEM, at=NOW)
    with refused("batch.too_large", most=5000):
        issue_batch.begin(draft_ids=[UUID(int=n) for n in range(5001)], actor=SYSTEM, at=NOW)
