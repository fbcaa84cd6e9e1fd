"""A field that a role does not see is found nowhere: on no page, in no file, search, story or answer (O-10).

Each kind of record holds a value that only owners and administrators see, written twice, so that facts tell a before
and an after. Every limited role asks for everything that it may.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from pytest_django.plugin import DjangoDbBlocker

from conto.api.operations import RULES
from conto.apps.accounts.models import Member
from conto.apps.fields import actions as fields
from conto.apps.fields.entry import Record
from conto.apps.integrations import actions as integrations
from conto.apps.integrations import queries as hooks
from conto.apps.integrations.models import WebhookDelivery
from conto.domain.facts import SYSTEM, Actor
from conto.domain.fields import LIMITED, FieldKind, FieldRule, Subject
from conto.domain.permissions import Role, is_granted
from tests.api.programs import Program
from tests.api.test_sweep import ASKED as ASKED_OF_API
from tests.api.test_sweep import operations
from tests.sweeping import SweptBook
from tests.web.living import NOW, add_customer, visits
from tests.web.test_leaks import PARTS

WORD, LABEL, MADE = b"Zackenbarsch", b"Kugelfisch", b"Seeteufel"
RECORDS = {
    Subject.CUSTOMER: "customer_id", Subject.CONTACT: "contact_id", Subject.LEAD: "lead_id", Subject.DEAL: "deal_id",
    Subject.QUOTE: "quote_id", Subject.INVOICE: "document_id",
}  # fmt: skip
MORE = {
    "customers": ["?order=own.kugelfisch", "?own.kugelfisch=Zacken", "?own.seeteufel=Zacken", "?q=zacken"],
    "customers_export": ["?own.kugelfisch=Zacken"],
    "leads": ["?own.kugelfisch=Zacken"], "deals_list": ["?own.kugelfisch=Zacken"],
    "quotes": ["?own.kugelfisch=Zacken"], "invoices": ["?own.kugelfisch=Zacken"], "search": ["?q=zacken"],
}  # fmt: skip


@dataclass
class Hidden:
    """The book, and whose ids stand in it."""

    book: SweptBook

    def asked(self, role: Role) -> Iterator[tuple[str, str]]:
        """Give the addresses of all pages that a role may open."""
        for visit in visits(self.book.living):
            if visit.needs is None or not (visit.needs == "member" or is_granted(role, visit.needs)):
                continue
            yield visit.name, visit.address
            if "?" not in visit.address:
                yield from ((visit.name, visit.address + more) for more in MORE.get(visit.name, ()))


@pytest.fixture
def hidden(made_canary: SweptBook, django_db_blocker: DjangoDbBlocker, settings: Any) -> Iterator[Hidden]:
    settings.API_REQUESTS_OF_KEY = settings.API_REQUESTS_OF_ADDRESS = 100_000
    with django_db_blocker.unblock(), made_canary.opened() as book:
        for subject, name in RECORDS.items():
            only: dict[str, Any] = {"seen_by": frozenset(), "is_listed": True, "label": LABEL.decode()}
            _add(subject, FieldRule(key="", kind=FieldKind.TEXT, **only))
            made = FieldRule(
                key="", label=MADE.decode(), kind=FieldKind.FORMULA, formula="kugelfisch", is_listed=True
            )  # fmt: skip
            _add(subject, made)
            customer_id = None if subject is Subject.LEAD else book.living.customer.id
            of = Record(subject=subject, id=book.living.ids[name], currency="EUR", customer_id=customer_id)
            for word in (f"{WORD.decode()} A", f"{WORD.decode()} B"):
                fields.set_values(of=of, given={"kugelfisch": word}, actor=SYSTEM, at=NOW)
        yield Hidden(book)


def _add(subject: Subject, rule: FieldRule) -> None:
    fields.add_field(subject=subject, field=rule, actor=SYSTEM, at=NOW)


def _body(answer: Any) -> bytes:
    body: bytes = b"".join(answer.streaming_content) if getattr(answer, "streaming", False) else answer.content
    return body


@pytest.mark.parametrize("role", LIMITED)
def test_o10_o12_no_page_shows_a_field_to_who_does_not_see_it(hidden: Hidden, role: Role) -> None:
    client, wrong, shown = hidden.book.client(role), [], 0
    for name, address in hidden.asked(role):
        for headers in ({}, {"HX-Request": "true"}) if name in PARTS else ({},):
            answer = client.get(address, headers=headers)
            body = _body(answer).replace(address.encode(), b"")
            shown += answer.status_code == 200
            wrong += [f"{name} {address} tells {word.decode()}" for word in _told(body, name)]
    assert wrong == []
    assert shown > 30


def _told(body: bytes, name: str) -> list[bytes]:
    # The record of who did what names fields to its readers; what they hold it names to nobody who does not see them.
    is_record = name.startswith("audit") or "audit" in name
    return [word for word in ((WORD,) if is_record else (WORD, LABEL, MADE)) if word in body]


@pytest.mark.parametrize("role", LIMITED)
def test_o10_o12_no_operation_tells_a_field_to_who_does_not_see_it(hidden: Hidden, role: Role) -> None:
    program, wrong, asked = Program(hidden.book.tokens[role]), [], 0
    for name, method, address, _body_of in operations(hidden.book.living):
        needs = RULES[name].needs
        if method != "GET" or (needs is not None and not is_granted(role, needs)):
            continue
        for more in ("", *ASKED_OF_API.get(name, [])):
            answer = program.get(address + more)
            asked += answer.status_code == 200
            of_record = name == "list_facts"
            wrong += [
                f"{name} {address}{more} tells {word.decode()}"
                for word in ((WORD,) if of_record else (WORD, LABEL, MADE, LABEL.lower()))
                if word in _body(answer)
            ]
    assert wrong == []
    assert asked > 15


def test_o10_owners_find_it_everywhere(hidden: Hidden) -> None:
    ids = hidden.book.living.ids
    client, program = hidden.book.client(Role.OWNER), Program(hidden.book.tokens[Role.OWNER])
    for address in (
        f"/customers/{ids['customer_id']}/", f"/customers/{ids['customer_id']}/people", f"/leads/{ids['lead_id']}/",
        f"/deals/{ids['deal_id']}/", f"/quotes/{ids['quote_id']}", f"/invoices/{ids['document_id']}", "/customers/",
        "/leads/", "/quotes/", "/invoices/", "/settings/audit",
    ):  # fmt: skip
        assert WORD in _body(client.get(address)), address
    for address in (f"/customers/{ids['customer_id']}", f"/leads/{ids['lead_id']}", f"/deals/{ids['deal_id']}"):
        assert WORD in _body(program.get(address)), address


def test_o10_a_list_is_neither_narrowed_nor_sorted_by_what_is_not_seen(hidden: Hidden) -> None:
    other = add_customer(2)
    name = other.name.rpartition("& ")[2].encode()
    client = hidden.book.client(Role.SALES)
    for address in ("/customers/?own.kugelfisch=Nothing", "/customers/?own.seeteufel=Nothing"):
        assert name in _body(client.get(address)), address
        assert name not in _body(hidden.book.client(Role.OWNER).get(address)), address
    program = Program(hidden.book.tokens[Role.SALES])
    for key in ("kugelfisch", "seeteufel"):
        answer = program.get(f"/customers?own={key}:Zackenbarsch")
        assert answer.status_code == 422
        assert answer.json()["errors"][0]["detail"] == f"There is no field with the key “{key}”."
        assert name not in answer.content


def test_o10_a_program_that_writes_what_it_does_not_see_is_refused_in_plain_words(hidden: Hidden) -> None:
    customer_id = add_customer(2).id
    _add(Subject.CUSTOMER, FieldRule(key="", label="Rank", kind=FieldKind.TEXT, edited_by=frozenset()))
    program = Program(hidden.book.tokens[Role.SALES])
    answer = program.ask("PATCH", f"/customers/{customer_id}", {"own": {"kugelfisch": "Mine", "rank": "1"}})
    assert answer.status_code == 422
    assert {each["detail"] for each in answer.json()["errors"]} == {
        "There is no field with the key “kugelfisch”.", "Your role may read “Rank” and not change it.",
    }  # fmt: skip
    owner = Program(hidden.book.tokens[Role.OWNER])
    assert owner.ask("PATCH", f"/customers/{customer_id}", {"own": {"rank": "1"}}).status_code == 200
    assert program.get(f"/customers/{customer_id}").json()["own"]["rank"] == "1"


def test_o12_an_endpoint_is_told_the_values_that_its_member_sees(hidden: Hidden) -> None:
    members, ids = hidden.book.living.members, hidden.book.living.ids
    told = {}
    for role in (Role.SALES, Role.OWNER):
        member = Member.objects.get(id=members[role].id)
        actor = Actor(member.id, "member", member.name)
        told[role] = integrations.add_endpoint(
            url=f"https://example.com/{role}", description="", types=[], actor=actor, at=NOW
        ).endpoint.id
    of = Record(
        subject=Subject.CUSTOMER, id=ids["customer_id"], currency="EUR", customer_id=hidden.book.living.customer.id
    )
    fields.set_values(of=of, given={"kugelfisch": f"{WORD.decode()} C"}, actor=SYSTEM, at=NOW)
    integrations.relay_facts(at=NOW)
    heard = {
        role: [
            hooks.readable_content(row)
            for row in WebhookDelivery.objects.filter(endpoint_id=endpoint, kind="own_values_changed")
        ]
        for role, endpoint in told.items()
    }
    assert heard[Role.SALES]
    assert not any(WORD.decode() in text or LABEL.decode() in text for text in heard[Role.SALES])
    assert any(f"{WORD.decode()} C" in text for text in heard[Role.OWNER])
