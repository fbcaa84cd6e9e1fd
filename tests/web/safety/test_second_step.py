"""Signing in by two steps: codes of an app, recovery codes, passkeys; and what happens to wrong ones."""

import json
import re
from typing import Any

import pytest
from django.test import Client

from conto.apps.accounts.models import Member
from conto.apps.audit.models import Fact
from conto.domain.ids import new_id
from tests.apps.factors.virtual import Device, code_of
from tests.web.safety.people import PASSWORD, People, inside, meet

pytestmark = pytest.mark.django_db


@pytest.fixture
def people() -> People:
    return meet()


def add_app(client: Client) -> tuple[str, list[str]]:
    """Add an app as a member does and return its secret and the recovery codes that were shown."""
    shown = client.get("/profile/security/app").content.decode()
    found = re.search(r"secret=([A-Z2-7]+)", shown)
    assert found is not None
    answer = client.post("/profile/security/app", {"code": code_of(found[1])})
    assert answer.status_code == 200, answer.content.decode()
    return found[1], re.findall(r"<li>(\d{5} \d{5})</li>", answer.content.decode())


def add_passkey(client: Client, device: Device, name: str = "Laptop") -> Any:
    question = client.post("/profile/security/passkeys/question").json()
    form = {"name": name, "credential": json.dumps(device.make(question))}
    return client.post("/profile/security/passkeys/new", form)


def give_password(email: str = "olga@example.com", **more: str) -> tuple[Client, Any]:
    """Return a new browser at the door, and the answer to the right password."""
    client = Client(SERVER_NAME="localhost")
    return client, client.post("/sign-in", {"email": email, "password": PASSWORD, **more})


def is_in(client: Client) -> bool:
    return client.get("/profile").status_code == 200


def kinds() -> list[str]:
    return list(Fact.objects.order_by("id").values_list("kind", flat=True))


def test_without_a_second_step_the_password_lets_in(people: People) -> None:
    del people
    client, answer = give_password()
    assert answer.headers["Location"] == "/"
    assert is_in(client)


def test_with_an_app_the_password_lets_nobody_in(people: People) -> None:
    add_app(inside(people.olga))
    client, answer = give_password(next="/customers/")
    assert answer.headers["Location"] == "/sign-in/second-step?next=%2Fcustomers%2F"
    assert not is_in(client)
    assert "_auth_user_id" not in client.session


def test_a_code_of_the_app_lets_in_and_leads_on(people: People) -> None:
    secret, _codes = add_app(inside(people.olga))
    client, _answer = give_password()
    assert "Your password was right" in client.get("/sign-in/second-step").content.decode()
    answer = client.post("/sign-in/second-step", {"code": code_of(secret, steps_ahead=1), "next": "/customers/"})
    assert answer.headers["Location"] == "/customers/"
    assert is_in(client)
    assert kinds()[-1] == "member_signed_in"


def test_a_code_works_once(people: People) -> None:
    secret, _codes = add_app(inside(people.olga))
    code = code_of(secret, steps_ahead=1)
    first, _answer = give_password()
    assert first.post("/sign-in/second-step", {"code": code}).status_code == 303
    second, _answer = give_password()
    assert second.post("/sign-in/second-step", {"code": code}).status_code == 422
    assert not is_in(second)


def test_the_code_that_added_the_app_is_used_up(people: People) -> None:
    client = inside(people.olga)
    shown = client.get("/profile/security/app").content.decode()
    secret = re.search(r"secret=([A-Z2-7]+)", shown)[1]  # type: ignore[index]
    code = code_of(secret)
    client.post("/profile/security/app", {"code": code})
    other, _answer = give_password()
    assert other.post("/sign-in/second-step", {"code": code}).status_code == 422


def test_wrong_codes_lock_the_door_even_for_who_knows_the_password(people: People) -> None:
    secret, _codes = add_app(inside(people.olga))
    for _try in range(5):
        client, _answer = give_password()  # the right password gives no fresh tries
        assert client.post("/sign-in/second-step", {"code": "000000"}).status_code == 422
    people.olga.refresh_from_db()
    assert people.olga.failed_sign_ins == 5
    assert people.olga.locked_until is not None
    assert client.post("/sign-in/second-step", {"code": code_of(secret, steps_ahead=1)}).status_code == 422
    _client, answer = give_password()
    assert answer.status_code == 422
    failed = Fact.objects.filter(kind="member_sign_in_failed").order_by("id").last()
    assert failed is not None
    assert failed.payload.body["reason"] == "code"


def test_a_recovery_code_lets_in_once(people: People) -> None:
    _secret, codes = add_app(inside(people.olga))
    assert len(set(codes)) == 10
    client, _answer = give_password()
    assert client.post("/sign-in/second-step", {"code": codes[3]}).status_code == 303
    assert is_in(client)
    again, _answer = give_password()
    assert again.post("/sign-in/second-step", {"code": codes[3].replace(" ", "")}).status_code == 422
    assert again.post("/sign-in/second-step", {"code": codes[4].replace(" ", "-")}).status_code == 303
    used = Fact.objects.filter(kind="recovery_code_used").order_by("id")
    assert [fact.payload.body["left"] for fact in used] == [9, 8]


def test_new_recovery_codes_end_the_old_ones(people: People) -> None:
    client = inside(people.olga)
    _secret, old = add_app(client)
    shown = client.post("/profile/security/codes")
    new = re.findall(r"<li>(\d{5} \d{5})</li>", shown.content.decode())
    assert len(new) == 10
    assert not set(new) & set(old)
    assert "no-store" in shown.headers["Cache-Control"]
    other, _answer = give_password()
    assert other.post("/sign-in/second-step", {"code": old[0]}).status_code == 422
    assert other.post("/sign-in/second-step", {"code": new[0]}).status_code == 303


def test_who_waits_too_long_begins_again(people: People) -> None:
    secret, _codes = add_app(inside(people.olga))
    client, _answer = give_password()
    session: Any = client.session
    session["second_step"] = {**session["second_step"], "since": session["second_step"]["since"] - 601}
    session.save()
    answer = client.post("/sign-in/second-step", {"code": code_of(secret, steps_ahead=1)})
    assert answer.headers["Location"].startswith("/sign-in?")
    assert not is_in(client)


def test_a_new_password_ends_a_sign_in_that_is_half_done(people: People) -> None:
    secret, _codes = add_app(inside(people.olga))
    client, _answer = give_password()
    people.olga.set_password("another long one 77")
    people.olga.save()
    answer = client.post("/sign-in/second-step", {"code": code_of(secret, steps_ahead=1)})
    assert answer.headers["Location"].startswith("/sign-in?")


def test_nobody_reaches_the_second_step_without_the_first(people: People) -> None:
    secret, _codes = add_app(inside(people.olga))
    client = Client(SERVER_NAME="localhost")
    code = {"code": code_of(secret, steps_ahead=1)}
    assert client.post("/sign-in/second-step", code).headers["Location"].startswith("/sign-in?")
    assert client.post("/sign-in/second-step/question").status_code == 409
    assert client.post("/sign-in/second-step/passkey").headers["Location"].startswith("/sign-in?")


def test_a_member_who_left_is_refused_at_the_second_step(people: People) -> None:
    secret, _codes = add_app(inside(people.olga))
    client, _answer = give_password()
    Member.objects.filter(id=people.olga.id).update(is_active=False)
    answer = client.post("/sign-in/second-step", {"code": code_of(secret, steps_ahead=1)})
    assert answer.headers["Location"].startswith("/sign-in?")


def test_a_passkey_lets_in_without_a_password(people: People) -> None:
    device = Device()
    shown = add_passkey(inside(people.olga), device)
    assert "They are shown this once" in shown.content.decode()
    client = Client(SERVER_NAME="localhost")
    question = client.post("/sign-in/passkey/question").json()
    form = {"credential": json.dumps(device.show(question)), "next": "/customers/"}
    assert client.post("/sign-in/passkey", form).headers["Location"] == "/customers/"
    assert is_in(client)


def test_a_passkey_is_a_second_step_after_the_password(people: People) -> None:
    device = Device()
    add_passkey(inside(people.olga), device)
    client, answer = give_password()
    assert answer.headers["Location"].startswith("/sign-in/second-step")
    question = client.post("/sign-in/second-step/question").json()
    form = {"credential": json.dumps(device.show(question))}
    assert client.post("/sign-in/second-step/passkey", form).status_code == 303
    assert is_in(client)


@pytest.mark.parametrize("what", ["nothing", "no json", "a list", "another key", "another origin", "unverified", "old"])
def test_a_wrong_answer_of_a_passkey_opens_nothing(people: People, what: str) -> None:
    device = Device()
    add_passkey(inside(people.olga), device)
    client = Client(SERVER_NAME="localhost")
    question = client.post("/sign-in/passkey/question").json()
    device.is_verified = what != "unverified"
    if what == "another origin":
        device.origin = "https://localhost.evil.example"
    if what == "another key":
        device.key = Device().key
    right = json.dumps(device.show(question))
    if what == "old":
        client.post("/sign-in/passkey/question")  # a new question: the answer to the last one is worth nothing
    given = {"nothing": "", "no json": "{", "a list": "[]"}.get(what, right)
    answer = client.post("/sign-in/passkey", {"credential": given})
    assert answer.headers["Location"] == "/sign-in"
    assert not is_in(client)
    people.olga.refresh_from_db()
    assert people.olga.failed_sign_ins == 0  # whoever names a member does not lock them out


def test_an_answer_works_once(people: People) -> None:
    device = Device()
    add_passkey(inside(people.olga), device)
    client = Client(SERVER_NAME="localhost")
    form = {"credential": json.dumps(device.show(client.post("/sign-in/passkey/question").json()))}
    assert client.post("/sign-in/passkey", form).headers["Location"] == "/"
    other = Client(SERVER_NAME="localhost")
    other.post("/sign-in/passkey/question")
    assert other.post("/sign-in/passkey", form).headers["Location"] == "/sign-in"


def test_a_copy_of_a_passkey_is_noticed_by_its_count(people: People) -> None:
    device = Device()
    add_passkey(inside(people.olga), device)
    for expected in ("/", "/sign-in"):
        client = Client(SERVER_NAME="localhost")
        device.count = 6
        form = {"credential": json.dumps(device.show(client.post("/sign-in/passkey/question").json()))}
        assert client.post("/sign-in/passkey", form).headers["Location"] == expected
    assert kinds()[-1] == "passkey_distrusted"


def test_a_passkey_of_another_member_opens_only_theirs(people: People) -> None:
    mine, theirs = Device(), Device()
    add_passkey(inside(people.olga), mine)
    add_passkey(inside(people.sven), theirs)
    theirs.user = mine.user
    client = Client(SERVER_NAME="localhost")
    form = {"credential": json.dumps(theirs.show(client.post("/sign-in/passkey/question").json()))}
    assert client.post("/sign-in/passkey", form).headers["Location"] == "/sign-in"
    theirs.user = new_id().hex.encode()
    form = {"credential": json.dumps(theirs.show(client.post("/sign-in/passkey/question").json()))}
    assert client.post("/sign-in/passkey", form).headers["Location"] == "/sign-in"


def test_a_locked_member_is_refused_with_a_passkey_too(people: People) -> None:
    device = Device()
    add_passkey(inside(people.olga), device)
    for _try in range(5):
        Client().post("/sign-in", {"email": "olga@example.com", "password": "wrong"})
    client = Client(SERVER_NAME="localhost")
    form = {"credential": json.dumps(device.show(client.post("/sign-in/passkey/question").json()))}
    assert client.post("/sign-in/passkey", form).headers["Location"] == "/sign-in"
