"""Hostile words in every text field of every form and every operation: refused in words, or text and nothing else.

Each form is found on the page that shows it, each operation in the description of the API, so nothing is listed here.
One text of the corpus goes into each field per round, another one in the next; `./test` sends ROUNDS rounds. All texts
into all fields is a long run of its own: CONTO_HOSTILE=all pytest tests/web/test_hostile_words.py.
"""

import csv
import io
import json
import os
import re
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import quote, urlencode, urljoin

import lxml.html
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection, transaction
from django.test import Client

from conto.api.described import document
from conto.api.operations import RULES
from conto.apps.crm.models import Customer
from conto.apps.invoicing.models.surroundings import Attachment
from conto.domain.permissions import Role
from tests.api.programs import Program, of
from tests.hostile import CORPUS, MARK, core, formulas_in, live_parts, text_of
from tests.web.heads import wrong_in
from tests.web.living import Living, Visit, live, visits

ROUNDS = len(CORPUS) if os.environ.get("CONTO_HOSTILE") == "all" else 1
STEP = 7  # to the next text of the corpus from one field to the next; no divisor of its length
WORDS = list(CORPUS.values())
TEXTS = {"text", "search", "email", "tel", "url", "textarea"}


@pytest.fixture
def book(db: None, settings: Any) -> Living:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    settings.API_REQUESTS_OF_KEY = settings.API_REQUESTS_OF_ADDRESS = 100_000
    return live()


@pytest.fixture
def owner(book: Living) -> Client:
    client = Client(SERVER_NAME="localhost", raise_request_exception=False)
    client.force_login(book.members[Role.OWNER])
    return client


def word(place: int) -> str:
    """Return a text of the corpus."""
    return WORDS[place * STEP % len(WORDS)]


def forms_on(client: Client, address: str) -> Iterator[tuple[str, dict[str, str], list[str]]]:
    """Give each form of a page that is sent by POST: where to, what it holds, and the names of its text fields."""
    answer = client.get(address)
    if answer.streaming or b"<form" not in answer.content:
        return
    for form in lxml.html.fromstring(answer.content.decode()).forms:
        if form.method != "POST":
            continue
        texts = [
            field.name
            for field in form.inputs
            if field.name
            and (field.tag == "textarea" or field.get("type", "text" if field.tag == "input" else "") in TEXTS)
        ]
        if texts:
            yield urljoin(address, form.action or address), dict(form.form_values()), texts


def send(client: Client, where: str, fields: Mapping[str, str]) -> Any:
    """Send a form as bytes, so that what is no text can be sent too."""
    content = urlencode(fields, errors="surrogatepass")
    with transaction.atomic():
        return client.generic("POST", where, content, content_type="application/x-www-form-urlencoded")


def faults_of(answer: Any) -> list[str]:
    """Return what is wrong with an answer to hostile words."""
    kind = answer.headers.get("Content-Type", "")
    if answer.status_code >= 500:
        return [f"status {answer.status_code}"]
    injected = [f"header {name}" for name, value in answer.headers.items() if "evil" in name or "\n" in str(value)]
    if answer.streaming or not kind.startswith("text/html"):
        return injected
    return injected + live_parts(answer.content.decode())


def refused_fields(answer: Any) -> set[str]:
    """Return the names of the fields that an answer calls wrong."""
    if answer.status_code not in {200, 422} or not answer.content.strip():
        return set()
    page = lxml.html.fromstring(answer.content.decode())
    return {field.get("name") for field in page.iter("input", "textarea", "select") if field.get("aria-invalid")}


def fill_everything(
    client: Client, found: list[tuple[str, dict[str, str], list[str]]], rounds: int
) -> tuple[list[str], int]:
    """Send every form with hostile words; what is refused is put right and sent again, so that the rest is kept."""
    wrong, taken, place = [], 0, 0
    for turn in range(rounds):
        for where, fields, texts in found:
            bad = dict(fields)
            for name in texts:
                place += 1
                bad[name] = word(place + turn)
            answer = send(client, where, bad)
            wrong += [f"{where} {sorted(texts)}: {fault}" for fault in faults_of(answer)]
            refused = refused_fields(answer)
            if refused & set(texts):
                answer = send(client, where, bad | {name: fields.get(name, "") for name in refused})
                wrong += [f"{where} {sorted(texts)} again: {fault}" for fault in faults_of(answer)]
            taken += answer.status_code in {200, 204, 302, 303}
    return wrong, taken


DRAWN_FROM_FILES = {
    "sign_out",
    "own_recovery",
    "help_chapter",
    "help",
    "gallery",
    "gallery_error",
    "api_reference_noun",
}


def first_of_each(found: list[Visit]) -> list[Visit]:
    """Return one visit per page."""
    return list({visit.name: visit for visit in reversed(found) if visit.name not in DRAWN_FROM_FILES}.values())


def look_everywhere(client: Client, found: list[Visit]) -> list[str]:
    """Return what came of the hostile words on every page, in every file."""
    wrong = []
    for visit in found:
        if visit.name in DRAWN_FROM_FILES:
            continue
        answer = client.get(visit.address)
        faults = faults_of(answer)
        if answer.headers.get("Content-Type", "").startswith("text/csv") and answer.status_code == 200:
            text = (b"".join(answer) if answer.streaming else answer.content).decode("utf-8-sig")
            faults += [
                f"formula {cell[:60]!r}" for cell in formulas_in(list(csv.reader(io.StringIO(text, newline=""))))
            ]
        wrong += [f"{visit.address}: {fault}" for fault in faults]
    return wrong


def test_every_form_and_every_operation_and_every_page_after_them(book: Living, owner: Client) -> None:
    everything = visits(book) if ROUNDS > 1 else first_of_each(visits(book))
    found, seen = [], set()
    for visit in everything:
        for form in forms_on(owner, visit.address):
            key = (re.sub(r"[0-9a-f-]{36}", "ID", form[0]), tuple(form[2]))
            if key not in seen:
                seen.add(key)
                found.append(form)
    assert len(found) > 40, "forms are not found any more"
    wrong, taken = fill_everything(owner, found, ROUNDS)
    visitor = Client(SERVER_NAME="localhost", raise_request_exception=False)
    public = [
        form
        for visit in everything
        if visit.needs is None and visit.name not in {"sign_out", "worker"}
        for form in forms_on(visitor, visit.address)
    ]
    wrong += fill_everything(visitor, public, 1)[0]
    assert taken > len(found) // 2, "hardly any form was taken: nothing was seen"
    asking = Asking(of(book.members[Role.OWNER]))
    asking.write(book)
    asking.read()
    assert {name for name, *_ in bodies(book)} <= set(RULES)
    assert len(asking.taken) > 12, sorted(asking.taken)
    wrong += asking.wrong
    wrong += look_everywhere(owner, everything)
    wrong += look_everywhere(visitor, [visit for visit in everything if visit.needs is None])
    assert wrong == [], "\n".join(wrong)


# ---- programs


def texts_in(schema: Any, example: Any, parts: Any, fill: Any) -> Any:
    """Return an example of a body with every text that is free replaced."""
    while "$ref" in schema:
        schema = parts[schema["$ref"].rsplit("/", 1)[-1]]
    for choice in schema.get("anyOf", []):
        if choice.get("type") != "null":
            return texts_in(choice, example, parts, fill)
    if isinstance(example, dict):
        known = schema.get("properties", {})
        return {name: texts_in(known.get(name, {}), value, parts, fill) for name, value in example.items()}
    if isinstance(example, list):
        return [texts_in(schema.get("items", {}), value, parts, fill) for value in example]
    is_free = isinstance(example, str) and not {"format", "enum", "pattern", "const"} & schema.keys()
    return fill() if is_free else example


def bodies(book: Living) -> Iterator[tuple[str, str, str, Any, Any, Any]]:
    """Give each operation that takes a body: name, method, address, schema, example, and the named schemas."""
    described = document()
    for path, methods in described["paths"].items():
        address = re.sub(r"{(\w+)}", lambda found: str(book.ids.get(found[1], "billing")), path)
        for method, operation in methods.items():
            media = operation.get("requestBody", {}).get("content", {}).get("application/json")
            if media:
                yield (
                    operation["operationId"], method.upper(), address, media["schema"], media.get("example", {}),
                    described["components"]["schemas"],
                )  # fmt: skip


def not_as_sent(sent: Any, answer: Any) -> list[str]:
    """Return the fields whose text came back as another one."""
    if not isinstance(sent, dict) or not isinstance(answer, dict):
        return []
    return [
        name
        for name, value in sent.items()
        if isinstance(value, str) and MARK in value and isinstance(answer.get(name), str)
        and core(answer[name]).casefold() != core(value).casefold()
    ]  # fmt: skip


class Asking:
    """Sends hostile words to every operation, and keeps what went wrong."""

    def __init__(self, program: Program) -> None:
        self.program, self.wrong, self.taken, self.place = program, list[str](), set[str](), 0

    def next_word(self) -> str:
        """Return the next text of the corpus."""
        self.place += 1
        return word(self.place)

    def send(self, name: str, method: str, address: str, body: Any) -> set[str]:
        """Send a body and return the fields that are refused."""
        with transaction.atomic():
            answer = self.program.ask(method, address, body)
        said = json.loads(answer.content) if answer.content else {}
        if answer.status_code >= 500 or (answer.status_code >= 400 and not said.get("detail")):
            self.wrong.append(f"{name} {answer.status_code}: {answer.content[:200]!r} to {str(body)[:200]!r}")
        elif answer.status_code < 300:
            self.taken.add(name)
            if name not in {"add_tag", "set_item_text"}:  # they answer with the record around it
                self.wrong.extend(f"{name}: {field} came back as another text" for field in not_as_sent(body, said))
        return {part["field"].partition(".")[0] for part in said.get("errors", [])} if isinstance(said, dict) else set()

    def write(self, book: Living) -> None:
        """Send every operation with a body; what is refused is put right, so that the rest is seen."""
        for name, method, address, schema, example, parts in bodies(book):
            for _ in range(ROUNDS):
                body = texts_in(schema, example, parts, self.next_word)
                for _again in range(3):
                    refused = self.send(name, method, address, body) & body.keys()
                    if not refused:
                        break
                    body = {field: example.get(field) if field in refused else value for field, value in body.items()}

    def read(self) -> None:
        """Ask every list, with hostile words for each of its filters."""
        for path, methods in document()["paths"].items():
            if "get" not in methods or "{" in path:
                continue
            names = [each["name"] for each in methods["get"].get("parameters", []) if each["in"] == "query"]
            for name in names:
                asked = urlencode({name: self.next_word()}, errors="surrogatepass")
                status = self.program.get(f"{path}?{asked}").status_code
                self.wrong += [f"{path} {name}: {status}"] if status >= 500 else []
            status = self.program.get(path).status_code
            self.wrong += [f"{path}: {status}"] if status >= 500 else []


def test_a_name_reads_as_it_was_given(book: Living, owner: Client) -> None:
    program, wrong = of(book.members[Role.OWNER]), []
    for title, text in CORPUS.items():
        answer = program.post("/customers", {"name": text, "kind": "company"})
        if answer.status_code in {400, 422}:
            assert answer.json()["detail"], title
            continue
        assert answer.status_code == 201, (title, answer.content)
        customer_id = answer.json()["id"]
        kept = Customer.objects.get(id=customer_id).name
        page = owner.get(f"/customers/{customer_id}/")
        wrong += [f"{title}: {fault}" for fault in faults_of(page)]
        if core(kept) not in core(text_of(page.content.decode())):
            wrong.append(f"{title}: reads otherwise")
        address = f"/search?{urlencode({'q': kept[:80]})}"
        wrong += [f"{title} {address}: {fault}" for fault in faults_of(owner.get(address))]
    assert wrong == [], "\n".join(wrong)
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM crm_customer")
        assert cursor.fetchone()[0] > 10


def test_an_address_with_hostile_words_leads_nowhere(book: Living, owner: Client) -> None:
    wrong = []
    program, visitor = of(book.members[Role.OWNER]), Client(SERVER_NAME="localhost", raise_request_exception=False)
    for place, text in enumerate(CORPUS.values()):
        part = quote(text[:300].encode("utf-8", "surrogatepass"), safe="")
        addresses = [
            (visitor, f"/i/{part}"), (visitor, f"/join/{part}"), (visitor, f"/sign-in?next={part}"),
            (owner, f"/{part}"), (owner, f"/customers/?q={part}&tag={part}&sort={part}"), (owner, f"/search?q={part}"),
        ]  # fmt: skip
        answers = [client.get(address) for client, address in (addresses[place % 3 :: 3] if ROUNDS == 1 else addresses)]
        answers.append(program.ask("DELETE", f"/customers/{book.customer.id}/tags/{part}"))
        wrong += [f"{place} {number}: {fault}" for number, answer in enumerate(answers) for fault in faults_of(answer)]
    nul = [visitor.get("/i/a%00b"), visitor.get("/join/a%00b"), owner.get("/search?q=a%00b"), owner.get("/help/%00")]
    assert [answer.status_code for answer in nul] == [404, 404, 200, 404]
    assert wrong == [], "\n".join(wrong)


def test_a_gateway_and_a_file_with_hostile_words(book: Living, owner: Client) -> None:
    wrong = []
    for title, text in CORPUS.items():
        event = json.dumps({"id": text, "type": text, "data": {"reference": text}}).encode()
        heard = owner.generic(
            "POST", "/webhooks/payment/sandbox", event, headers={"webhook-id": "x", "webhook-signature": "v1,eA=="}
        )
        wrong += [f"{title}: heard {heard.status_code}"] if heard.status_code not in {400, 404} else []
        name = "".join(text.encode("utf-8", "replace").decode().split())[:80].replace("\x00", "")
        file = SimpleUploadedFile(f"{name}.csv", b"a,b\n", content_type="text/csv")
        sent = owner.post(f"/invoices/{book.draft.id}/attachments/", {"file": file})
        wrong += [f"{title}: {fault}" for fault in faults_of(sent)]
    page = owner.get(f"/invoices/{book.draft.id}")
    wrong += faults_of(page)
    for row in Attachment.objects.filter(document_id=book.draft.id):
        given = owner.get(f"/invoices/{book.draft.id}/attachments/{row.id}")
        wrong += [f"{row.name!r}: {given.status_code} {fault}" for fault in wrong_in(given, "file")]
        wrong += [] if row.name.isprintable() else [f"{row.name!r} has letters that are not seen"]
        wrong += (
            [f"{row.name!r}: is shown"] if not given.headers["Content-Disposition"].startswith("attachment") else []
        )
    assert wrong == [], "\n".join(wrong)
