"""Asking addresses that members give: what is refused, what is cut off, and that a name is believed once."""

import socket
import threading
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from conto.gateways.outgoing import NoAnswer, Outgoing
from tests.gateways.outgoing.receiver import GIGABYTE, SECONDS_FOR_A_HEAD, Receiver, certified, open_receiver
from tests.waiting import PATIENCE_SECONDS

PUBLIC = "93.184.215.14"
SHORT_SECONDS = 0.3  # for who must run into it
patient = partial(Outgoing, seconds=PATIENCE_SECONDS)


class Names:
    """A resolver that answers what it is told, each time the next."""

    def __init__(self, *answers: list[str]) -> None:
        self.answers = list(answers)
        self.asked: list[tuple[str, int]] = []

    def __call__(self, name: str, port: int) -> list[str]:
        self.asked.append((name, port))
        return self.answers.pop(0)


class Wires:
    """Connects to the receiver whatever number is dialed, and remembers the numbers."""

    def __init__(self, receiver: Receiver) -> None:
        self.port = receiver.port
        self.dialed: list[tuple[str, int]] = []

    def __call__(self, number: str, port: int, seconds: float) -> socket.socket:
        self.dialed.append((number, port))
        return socket.create_connection(("127.0.0.1", self.port), seconds)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with open_receiver() as opened:
        yield opened


@pytest.fixture
def near() -> Outgoing:
    """A client that may ask this machine, as an administrator may allow."""
    return patient(allow_private=True)


def ask(client: Outgoing, url: str) -> NoAnswer:
    with pytest.raises(NoAnswer) as failure:
        client.ask("POST", url, {})
    return failure.value


def test_a_request_arrives_as_it_was_sent(receiver: Receiver, near: Outgoing) -> None:
    answer = near.ask("POST", receiver.url("/hooks?a=1"), {"Content-Type": "application/json"}, b'{"a": 1}')
    assert (answer.status, answer.body, answer.cut) == (200, b"taken", "")
    (taken,) = receiver.taken
    assert (taken.path, taken.body) == ("/hooks?a=1", b'{"a": 1}')
    assert taken.headers["host"] == f"127.0.0.1:{receiver.port}"
    assert taken.headers["user-agent"].startswith("Conto/")


def test_a_name_that_changes_its_mind_is_believed_once(receiver: Receiver, tmp_path: Path) -> None:
    given = certified("hooks.example.com", tmp_path)
    with open_receiver(given.shows) as secured:
        names, wires = Names([PUBLIC], ["127.0.0.1"]), Wires(secured)
        client = patient(resolve=names, dial=wires, context=given.trusts)
        assert client.ask("POST", "https://hooks.example.com/x", {}).status == 200
    assert names.asked == [("hooks.example.com", 443)], "resolved once"
    assert wires.dialed == [(PUBLIC, 443)], "connected to the number that was checked"
    assert secured.taken[0].headers["host"] == "hooks.example.com"


@pytest.mark.parametrize(
    "numbers",
    [
        ["127.0.0.1"],
        [PUBLIC, "10.0.0.1"],
        ["169.254.169.254"],
        ["::1"],
        ["::ffff:7f00:1"],
        ["64:ff9b::7f00:1"],
        ["fe80::1%2"],
    ],
)
def test_a_name_that_stands_for_a_private_number_is_not_asked(receiver: Receiver, numbers: list[str]) -> None:
    wires = Wires(receiver)
    failure = ask(patient(resolve=Names(numbers), dial=wires), "https://hooks.example.com/")
    assert failure.reason == "address"
    assert wires.dialed == []


@pytest.mark.parametrize(
    "url", ["https://127.0.0.1/", "http://example.com/", "https://a@example.com/", "https://2130706433/"]
)
def test_a_bad_spelling_is_not_even_resolved(receiver: Receiver, url: str) -> None:
    names, wires = Names([PUBLIC]), Wires(receiver)
    assert ask(patient(resolve=names, dial=wires), url).reason == "address"
    assert (names.asked, wires.dialed) == ([], [])


def test_the_certificate_must_be_for_the_name(tmp_path: Path) -> None:
    given = certified("other.example.com", tmp_path)
    with open_receiver(given.shows) as secured:
        client = patient(resolve=Names([PUBLIC]), dial=Wires(secured), context=given.trusts)
        failure = ask(client, "https://hooks.example.com/")
    assert failure.reason == "unsafe"
    assert "certificate" in str(failure)
    assert secured.taken == []


def test_the_certificate_must_be_trusted_and_in_force(tmp_path: Path) -> None:
    given, old = certified("hooks.example.com", tmp_path), certified("old.example.com", tmp_path, days=-1)
    with open_receiver(given.shows) as secured:
        client = patient(resolve=Names([PUBLIC]), dial=Wires(secured))
        assert ask(client, "https://hooks.example.com/").reason == "unsafe"
    with open_receiver(old.shows) as secured:
        client = patient(resolve=Names([PUBLIC]), dial=Wires(secured), context=old.trusts)
        assert ask(client, "https://old.example.com/").reason == "unsafe"


def test_a_receiver_without_tls_gets_nothing(receiver: Receiver) -> None:
    client = Outgoing(resolve=Names([PUBLIC]), dial=Wires(receiver), seconds=1.0)
    assert ask(client, "https://hooks.example.com/").reason in {"unsafe", "late"}
    assert receiver.taken == []


def test_a_redirect_is_an_answer_and_is_not_followed(receiver: Receiver, near: Outgoing) -> None:
    answer = near.ask("POST", receiver.url("/redirect"), {})
    assert answer.status == 302
    assert answer.headers["location"].endswith("/secret")
    assert receiver.on("/secret") == []


@pytest.mark.parametrize("path", ["/hang", "/drip-head"])
def test_no_answer_takes_longer_than_it_may(receiver: Receiver, path: str) -> None:
    client = Outgoing(allow_private=True, seconds=SHORT_SECONDS)
    assert ask(client, receiver.url(path)).reason == "late"
    assert receiver.ended == [], "given up while the other side still hangs or drips"


def test_a_body_that_drips_is_cut_off_in_time(receiver: Receiver) -> None:
    client = Outgoing(allow_private=True, seconds=SECONDS_FOR_A_HEAD)
    answer = client.ask("POST", receiver.url("/drip-body"), {})
    assert (answer.status, answer.cut) == (200, "time")
    assert 0 < len(answer.body) < 100
    assert receiver.ended == [], "cut off while the other side still drips"


def test_of_a_gigabyte_only_the_first_64_kilobytes_are_read(receiver: Receiver, near: Outgoing) -> None:
    answer = near.ask("POST", receiver.url("/gigabyte"), {})
    assert (answer.status, answer.cut, len(answer.body)) == (200, "size", 64 * 1024)
    assert receiver.sent_bytes < GIGABYTE / 50, "the rest was not even sent"


@pytest.mark.parametrize("path", ["/nonsense", "/break", "/endless-head"])
def test_what_is_not_http_is_no_answer(receiver: Receiver, near: Outgoing, path: str) -> None:
    assert ask(near, receiver.url(path)).reason == "broken"


def test_nobody_listens(near: Outgoing) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    assert ask(near, f"http://127.0.0.1:{port}/").reason == "refused"


def test_a_name_that_is_not_known_or_never_answered_is_no_answer() -> None:
    def unknown(_name: str, _port: int) -> list[str]:
        raise socket.gaierror(-2, "Name or service not known")

    is_over = threading.Event()

    def silent(_name: str, _port: int) -> list[str]:
        is_over.wait()
        return [PUBLIC]

    assert ask(patient(resolve=unknown), "https://hooks.example.com/").reason == "name"
    try:
        failure = ask(Outgoing(resolve=silent, seconds=SHORT_SECONDS), "https://hooks.example.com/")
    finally:
        is_over.set()
    assert failure.reason == "late", "given up while the resolver still thinks"


def test_the_next_number_is_tried_where_the_first_does_not_answer(tmp_path: Path) -> None:
    given = certified("hooks.example.com", tmp_path)
    with open_receiver(given.shows) as secured:
        wires = Wires(secured)

        def first_is_down(number: str, port: int, seconds: float) -> socket.socket:
            if not wires.dialed:
                wires.dialed.append((number, port))
                raise ConnectionRefusedError(111, "Connection refused")
            return wires(number, port, seconds)

        client = patient(resolve=Names([PUBLIC, "8.8.8.8"]), dial=first_is_down, context=given.trusts)
        assert client.ask("POST", "https://hooks.example.com/", {}).status == 200
    assert wires.dialed == [(PUBLIC, 443), ("8.8.8.8", 443)]


def test_no_proxy_is_taken_from_the_environment(
    receiver: Receiver, near: Outgoing, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    assert near.ask("POST", receiver.url(), {}).status == 200


def test_a_header_cannot_start_another(receiver: Receiver, near: Outgoing) -> None:
    with pytest.raises(ValueError, match="Invalid header value"):
        near.ask("POST", receiver.url(), {"X-A": "b\r\nHost: evil"})
    assert receiver.taken == []
