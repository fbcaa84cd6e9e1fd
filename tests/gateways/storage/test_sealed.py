"""A sealed file opens whole, unchanged and with its key, or not at all."""

import io
import json
import os
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conto.domain.errors import RuleBroken
from conto.gateways.storage import sealed
from conto.gateways.storage.keys import BackupKey, Opener, Passphrase
from conto.gateways.storage.sealed import DUMP, END, KEYS, MANIFEST, SealedWriter, read_header, read_parts

KEY = BackupKey(bytes(range(32)))
SMALL = 64


def _sealed(content: bytes, opener: Opener = KEY, chunk: int = SMALL) -> bytes:
    """Seal, in chunks so small that a short file has many."""
    before, sealed.CHUNK_BYTES = sealed.CHUNK_BYTES, chunk
    try:
        file = io.BytesIO()
        writer = SealedWriter(file, opener, {"book": "shop", "made_at": "2026-11-22"})
        writer.add(KEYS, b'{"field_keys": {}}')
        for at in range(0, len(content), 50):
            writer.add_dump(content[at : at + 50])
        writer.add(MANIFEST, b'{"tables": {}}')
        writer.finish()
        return file.getvalue()
    finally:
        sealed.CHUNK_BYTES = before


def _opened(file: bytes, opener: Opener = KEY) -> bytes:
    source = io.BytesIO(file)
    header = read_header(source)
    parts = list(read_parts(source, header, opener))
    assert parts[-1][0] == END
    return b"".join(content for kind, content in parts if kind == DUMP)


WHOLE = _sealed(os.urandom(700))


@given(st.binary(max_size=2000))
@settings(max_examples=60, deadline=None)
def test_what_was_sealed_comes_out_as_it_was(content: bytes) -> None:
    assert _opened(_sealed(content)) == content


@given(st.integers(min_value=0, max_value=len(WHOLE) - 1))
@settings(max_examples=300, deadline=None)
def test_a_file_cut_off_anywhere_is_refused(length: int) -> None:
    with pytest.raises(RuleBroken):
        _opened(WHOLE[:length])


@given(st.integers(min_value=0, max_value=len(WHOLE) - 1), st.integers(min_value=0, max_value=7))
@settings(max_examples=400, deadline=None)
def test_a_file_with_one_bit_flipped_is_refused(at: int, bit: int) -> None:
    changed = bytearray(WHOLE)
    changed[at] ^= 1 << bit
    with pytest.raises(RuleBroken):
        _opened(bytes(changed))


def test_a_file_with_something_added_is_refused() -> None:
    with pytest.raises(RuleBroken) as refused:
        _opened(WHOLE + b"\0")
    assert refused.value.code == "backup.damaged"


def _chunks(file: bytes) -> tuple[bytes, list[bytes]]:
    source = io.BytesIO(file)
    head = read_header(source).framed()
    found = []
    while prefix := source.read(4):
        found.append(prefix + source.read(int.from_bytes(prefix, "big")))
    return head, found


@pytest.mark.parametrize(
    "disorder",
    [
        lambda chunks: [chunks[1], chunks[0], *chunks[2:]],
        lambda chunks: [chunks[0], *chunks],
        lambda chunks: [*chunks[:3], *chunks[4:]],
        lambda chunks: [*chunks, chunks[-1]],
        lambda chunks: chunks[:-1],
        lambda chunks: chunks[:0],
    ],
    ids=["swapped", "repeated", "left out", "ended twice", "without end", "empty"],
)
def test_chunks_in_another_order_are_refused(disorder: Callable[[list[bytes]], list[bytes]]) -> None:
    head, chunks = _chunks(WHOLE)
    with pytest.raises(RuleBroken) as refused:
        _opened(head + b"".join(disorder(chunks)))
    assert refused.value.code == "backup.damaged"


def test_a_chunk_of_another_file_of_the_same_key_is_refused() -> None:
    head, chunks = _chunks(WHOLE)
    _, others = _chunks(_sealed(b"other" * 100))
    with pytest.raises(RuleBroken):
        _opened(head + chunks[0] + others[1] + b"".join(chunks[2:]))


def test_a_header_that_says_something_else_is_refused() -> None:
    source = io.BytesIO(WHOLE)
    header = read_header(source)
    raw = json.dumps({**header.fields, "book": "bank"}, sort_keys=True).encode()
    with pytest.raises(RuleBroken):
        _opened(sealed.MAGIC + len(raw).to_bytes(4, "big") + raw + source.read())


def test_another_key_is_named_plainly() -> None:
    with pytest.raises(RuleBroken) as refused:
        _opened(WHOLE, BackupKey(bytes(32)))
    assert refused.value.code == "backup.wrong_key"
    assert KEY.id in str(refused.value)


def test_a_passphrase_opens_what_it_has_sealed_and_no_other_does() -> None:
    file = _sealed(b"secret", Passphrase("correct horse battery staple"))
    assert _opened(file, Passphrase("correct horse battery staple")) == b"secret"
    for opener, code in (
        (Passphrase("correct horse battery stable"), "backup.wrong_passphrase"),
        (KEY, "backup.needs_passphrase"),
    ):
        with pytest.raises(RuleBroken) as refused:
            _opened(file, opener)
        assert refused.value.code == code
    with pytest.raises(RuleBroken) as refused:
        _opened(WHOLE, Passphrase("correct horse battery staple"))
    assert refused.value.code == "backup.needs_key"


def test_a_file_of_a_newer_format_is_refused_before_anything_is_read() -> None:
    raw = json.dumps({"format": 2}).encode()
    with pytest.raises(RuleBroken) as refused:
        read_header(io.BytesIO(sealed.MAGIC + len(raw).to_bytes(4, "big") + raw))
    assert refused.value.code == "backup.newer"


def test_something_else_is_not_taken_for_a_backup() -> None:
    with pytest.raises(RuleBroken) as refused:
        read_header(io.BytesIO(b"PK\3\4 something of quite another kind"))
    assert refused.value.code == "backup.not_one"


@given(st.binary(min_size=32, max_size=32))
def test_a_printed_key_is_read_back_however_it_is_typed(secret: bytes) -> None:
    key = BackupKey(secret)
    assert BackupKey.read(key.printed()) == key
    assert BackupKey.read(f"  {key.printed().lower().replace('-', ' ')}\n") == key


@given(st.binary(min_size=32, max_size=32), st.integers(min_value=0, max_value=55))
def test_a_printed_key_with_one_letter_wrong_is_refused(secret: bytes, at: int) -> None:
    text = BackupKey(secret).printed().replace("-", "").removeprefix("CONTO")
    wrong = text[:at] + ("A" if text[at] != "A" else "C") + text[at + 1 :]
    with pytest.raises(RuleBroken) as refused:
        BackupKey.read(f"CONTO{wrong}")
    assert refused.value.code == "backup.key_misread"
