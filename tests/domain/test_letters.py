"""Where a letter belongs, said by its headers alone."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from conto.domain.letters import (
    LARGEST_FILE,
    MOST_REFERENCES,
    Alike,
    Place,
    bare_subject,
    check_sizes,
    filled,
    forwarded_sender,
    gaps_in,
    is_unsafe,
    message_ids,
    outside,
    place,
    split_quote,
    tokens_of,
    type_of_file,
    unknown_places,
    with_token,
)
from tests.domain.refusals import refused

NOW = datetime(2026, 11, 20, 9, tzinfo=UTC)
EVA = frozenset({"eva@kupfer.example"})


PDF = b"%PDF-1.7"


@pytest.mark.parametrize(
    ("name", "content", "wanted"),
    [
        ("offer.pdf", PDF, "application/pdf"),
        ("offer.pdf", b"MZ\x90", "letter.file_unsafe"),
        ("photo.png", PDF, "letter.file_is_another"),
        ("run.bat", b"echo", "letter.file_unsafe"),
        ("notes.unknown", b"words", "application/octet-stream"),
        ("notes", b"words", "application/octet-stream"),
        ("empty.txt", b"", "letter.file_empty"),
    ],
)
def test_e9_a_file_is_what_its_name_and_its_first_bytes_say(name: str, content: bytes, wanted: str) -> None:
    if "/" in wanted:
        assert type_of_file(name, content) == wanted
        return
    with refused(wanted):
        type_of_file(name, content)


def test_e9_a_letter_carries_so_many_files_of_so_many_bytes() -> None:
    check_sizes([LARGEST_FILE, LARGEST_FILE])
    for sizes in ([LARGEST_FILE + 1], [LARGEST_FILE, LARGEST_FILE, 1]):
        with refused("letter.files_too_large"):
            check_sizes(sizes)
    with refused("letter.too_many_files"):
        check_sizes([1] * 11)


def test_e1_ids_are_read_once_and_in_order() -> None:
    assert message_ids("<a@x> garbage <b@x>\t<a@x> <>") == ("a@x", "b@x")
    many = message_ids(" ".join(f"<{n}@x>" for n in range(300)))
    assert (len(many), many[0], many[-1]) == (MOST_REFERENCES, "0@x", "299@x")


def test_e2_references_come_before_the_address_and_the_address_before_the_subject() -> None:
    one, two, three = uuid4(), uuid4(), uuid4()
    alike = [Alike(three, EVA, NOW)]

    def placed(**more: object) -> Place:
        given = {"referred": [], "by_token": None, "alike": alike, "people": EVA, "is_answer": True, **more}
        return place(subject_key="hours", at=NOW, **given)  # type: ignore[arg-type]

    assert placed(referred=[one, two, one], by_token=three) == Place(one, "reference", (two,))
    assert placed(by_token=two) == Place(two, "token")
    assert placed() == Place(three, "subject")
    assert placed(is_answer=False).how == "new"
    assert placed(people=frozenset({"somebody@else.example"})).how == "new"
    assert placed(alike=[Alike(three, EVA, NOW - timedelta(days=61))]).how == "new"


@pytest.mark.parametrize(
    "subject", ["Hours", "Re: Hours", "AW: WG: Hours", "RE[2]: hours", "Fwd:  Hóurs", "Re: [l] Re: HOURS"]
)  # fmt: skip
def test_e3_a_subject_is_the_same_with_and_without_its_marks(subject: str) -> None:
    assert bare_subject(subject) == ("hours", subject != "Hours")


def test_e2_an_address_names_a_conversation_only_at_its_own_mailbox() -> None:
    assert with_token("post@berg.example", "ab12") == "post+ab12@berg.example"
    given = ["POST+AB12@Berg.example", "post@berg.example", "other+x@berg.example", "post+y@else.example"]
    assert tokens_of(given, "post@berg.example") == ("ab12",)


def test_e5_a_forwarded_mail_says_who_wrote_it() -> None:
    text = (
        "FYI\n\n---------- Forwarded message ---------\nFrom: Eva Kupfer <Eva@Kupfer.example>\nDate: x\nSubject: Hours"
    )
    found = forwarded_sender(text)
    assert found is not None
    assert (found[0].address, found[0].name, found[1]) == ("eva@kupfer.example", "Eva Kupfer", "Hours")
    german = forwarded_sender("-----Ursprüngliche Nachricht-----\nVon: eva@kupfer.example\nBetreff: Stunden\n")
    assert german is not None
    assert (german[0].address, german[1]) == ("eva@kupfer.example", "Stunden")
    assert forwarded_sender("Hello\n" * 200 + "From: eva@kupfer.example") is None
    assert forwarded_sender("No head at all") is None


def test_e6_gaps_are_the_numbers_that_hold_nothing() -> None:
    assert gaps_in([3, 4, 7, 9], first=3, before=11) == ((5, 6), (8, 8), (10, 10))
    assert gaps_in([], first=5, before=5) == ()
    assert gaps_in([1, 2, 99], first=5, before=2**32) == ((5, 98), (100, 2**32 - 1))


def test_e7_places_are_filled_in_once() -> None:
    assert filled("Dear {contact}, {member}", {"contact": "{member}", "member": "Ada"}) == "Dear {member}, Ada"
    assert unknown_places("{contact} {password}") == ("password",)
    assert filled("{password}", {"password": "x"}) == "{password}"


def test_e8_programs_are_known_by_their_names() -> None:
    assert [is_unsafe(name) for name in ("a.pdf", "a.pdf.EXE", "run.js ", "plan.docx")] == [False, True, True, False]


def test_an_address_of_ours_is_ours_with_a_plus_too() -> None:
    own = frozenset({"post@berg.example"})
    assert outside(["post+x@berg.example", "post@berg.example", "eva@kupfer.example"], own) == EVA


def test_what_a_letter_repeats_is_set_apart() -> None:
    new, old = split_quote("Yes, please.\n\nOn Mon, 2 Nov 2026 Ada wrote:\n> Shall we?\n")
    assert (new, old.startswith("On Mon")) == ("Yes, please.", True)
    assert split_quote("Yes.\n\n> Shall we?\n> Really?") == ("Yes.", "> Shall we?\n> Really?")
    assert split_quote("> only a quote") == ("> only a quote", "")
