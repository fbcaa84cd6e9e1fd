"""Mails as they come: broken, huge and hostile ones are read as far as that goes."""

from datetime import UTC, datetime
from email.message import EmailMessage

import pytest

from conto.gateways.mail import parse as parsing
from conto.gateways.mail.parse import parse, text_of_html

NOW = datetime(2026, 11, 20, 9, tzinfo=UTC)


def read(raw: bytes) -> parsing.ReadLetter:
    return parse(raw.replace(b"\n", b"\r\n"), received_at=NOW)


def test_e8_html_becomes_words_and_links() -> None:
    html = (
        "<head><title>x</title></head><style>p{}</style><p>Dear&nbsp;<b>Ada</b>,</p><script>alert(1)</script>"
        "<img src='https://spy.example/1.gif'><ul><li>one<li>two</ul>"
        "<a href='https://kupfer.example/plan'>the plan</a><a href='javascript:alert(1)'>no</a>"
    )
    text = text_of_html(html)
    assert "Dear Ada," in text
    assert "the plan (https://kupfer.example/plan)" in text
    assert not any(word in text for word in ("alert", "spy", "title", "p{}", "javascript"))


def test_e1_headers_are_read_with_names_in_any_script_and_no_name_poses_as_an_address() -> None:
    letter = read(
        b"From: =?utf-8?q?=22ceo=40bank=2Eexample=22?= <Eva@Kupfer.example>\nTo: a@b.example, =?x?q?bad <c@d.example>\n"
        b"Subject: =?utf-8?b?TMO2c3VuZw==?=\n =?iso-8859-1?q?_f=FCr?= =?nope?q?x?=\nMessage-ID: <1@x>\n"
        b"In-Reply-To: <0@x>\nReferences: <r@x>\n <0@x>\nDate: Fri, 20 Nov 2026 08:00:00 +0000\n\nHi"
    )
    assert (letter.sender.address, letter.sender.name) == ("eva@kupfer.example", '"ceo@bank.example"')
    assert letter.subject.startswith("Lösung für")
    assert (letter.message_id, letter.references) == ("1@x", ("r@x", "0@x"))
    assert letter.sent_at == datetime(2026, 11, 20, 8, tzinfo=UTC)
    assert {person.address for person in letter.to} >= {"a@b.example"}


def test_e8_files_are_kept_within_limits_and_programs_only_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parsing, "MOST_FILE", 1000)
    mail = EmailMessage()
    mail.set_content("See below.")
    for name, size in (("plan.pdf", 10), ("../../etc/passwd", 10), ("film.mov", 2000), ("virus.pdf.exe", 10)):
        mail.add_attachment(b"x" * size, maintype="application", subtype="octet-stream", filename=name)
    letter = parse(mail.as_bytes(), received_at=NOW)
    assert [(f.name, f.state, f.content is None) for f in letter.files] == [
        ("plan.pdf", "kept", False), ("passwd", "kept", False), ("film.mov", "too_large", True),
        ("virus.pdf.exe", "unsafe", True),
    ]  # fmt: skip
    assert letter.text == "See below."


BROKEN = {
    "nothing": b"",
    "no header": b"\n\njust words",
    "a lie about its charset": b"Content-Type: text/plain; charset=klingon\n\n\xff\xfehello",
    "half base64": b"Content-Type: text/plain\nContent-Transfer-Encoding: base64\n\nSGVsbG8=\xff%%%",
    "no boundary": b"Content-Type: multipart/mixed\n\nhello",
    "a boundary that never comes": b"Content-Type: multipart/mixed; boundary=x\n\nhello",
    "NUL": b"Subject: a\x00b\nFrom: \x00 <a@b.example>\n\nhel\x00lo",
    "a date of another world": b"Date: Fri, 99 Foo 99999 99:99:99 +9999\n\nhello",
    "a header of a megabyte": b"Subject: " + b"a" * 1_000_000 + b"\nTo: " + b"a@b.example," * 50_000 + b"\n\nhello",
    "a subject in halves": b"Subject: =?utf-8?q?=F0=9F?= =?utf-8?q?=92=A9?= \xed\xa0\x80\n\nhello",
    "deep": b"Content-Type: message/rfc822\n\n" * 2000 + b"hello",
    "wide": b"Content-Type: multipart/mixed; boundary=x\n\n" + b"--x\n\nhello\n" * 3000 + b"--x--",
    "a type that is none": b"Content-Type: ;;;===\nContent-Disposition: attachment; filename*=utf-8''%ff%00\n\nhello",
    "HTML that never ends": b"Content-Type: text/html\n\n" + b"<div><a href=" * 20_000,
}


@pytest.mark.parametrize("raw", BROKEN.values(), ids=BROKEN.keys())
def test_e8_a_broken_mail_is_read_as_far_as_that_goes(raw: bytes) -> None:
    letter = read(raw)
    for text in (letter.subject, letter.text, letter.sender.address, letter.sender.name):
        text.encode()
        assert "\x00" not in text
    assert len(letter.subject) <= 300
    assert len(letter.text) <= parsing.MOST_TEXT
    assert letter.sent_at <= NOW


def test_e5_a_mail_in_a_mail_is_read_with_it() -> None:
    inner = EmailMessage()
    inner["From"], inner["Message-ID"] = "eva@kupfer.example", "<inner@x>"
    inner.set_content("Inside")
    outer = EmailMessage()
    outer.set_content("Outside")
    outer.add_attachment(inner)
    letter = parse(outer.as_bytes(), received_at=NOW)
    assert [(each.message_id, each.text) for each in letter.forwarded] == [("inner@x", "Inside")]
    assert letter.text == "Outside"


def test_e2_addresses_that_only_the_envelope_knows_are_found() -> None:
    letter = read(
        b"Received: from x by y for <post+ab12@berg.example>; Fri\nDelivered-To: Post+CD34@berg.example\n\nhello"
    )
    assert set(letter.delivered_to) == {"post+ab12@berg.example", "post+cd34@berg.example"}
