"""The judge: its process is kept, replaced when it dies or hangs, and threads may share it."""

import os
import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from conto.gateways.documents.einvoice.cii import cii_xml
from conto.gateways.documents.validate import ValidationUnavailable, Validator
from tests.gateways.documents.generated import generated
from tests.waiting import PATIENCE_SECONDS


@pytest.fixture(scope="module")
def judge() -> Iterator[Validator]:
    validator = Validator(seconds=PATIENCE_SECONDS, first_seconds=PATIENCE_SECONDS)
    yield validator
    validator.close()


@pytest.fixture(scope="module")
def good() -> bytes:
    return cii_xml(generated(0).document)


def test_a_killed_worker_is_replaced_without_the_caller_noticing(judge: Validator, good: bytes) -> None:
    assert judge.validate("cii", good).ok
    killed = judge.worker_pid
    assert killed is not None
    os.kill(killed, signal.SIGKILL)
    assert judge.validate("cii", good).ok
    assert judge.worker_pid not in (None, killed)


def test_threads_share_one_worker_and_get_their_own_answers(judge: Validator, good: bytes) -> None:
    bad = good.replace(b"<ram:InvoiceCurrencyCode>EUR<", b"<ram:InvoiceCurrencyCode>QQQ<")
    assert bad != good
    assert judge.validate("cii", good).ok
    pid = judge.worker_pid
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda n: judge.validate("cii", bad if n % 2 else good).ok, range(40)))
    assert answers == [n % 2 == 0 for n in range(40)]
    assert judge.worker_pid == pid


def test_what_is_no_xml_and_what_is_no_invoice_is_a_finding_and_no_failure(judge: Validator) -> None:
    assert not judge.validate("cii", b"<broken").ok
    assert not judge.validate("ubl", b"<note/>").ok
    laughs = b'<!DOCTYPE a [<!ENTITY b "ha"><!ENTITY c SYSTEM "file:///etc/passwd">]><a>&b;&c;</a>'
    report = judge.validate("cii", laughs)
    assert not report.ok
    assert "root:" not in str(report.to_json())


def test_a_worker_that_hangs_is_given_up_in_time(tmp_path: Path) -> None:
    hanging = tmp_path / "hanging.py"
    woken = tmp_path / "woken"
    hanging.write_text(f"import pathlib, time\ntime.sleep({PATIENCE_SECONDS})\npathlib.Path({str(woken)!r}).touch()\n")
    validator = Validator(seconds=0.2, first_seconds=0.2, program=hanging)
    with pytest.raises(ValidationUnavailable, match="too long"):
        validator.validate("cii", b"<a/>")
    validator.close()
    assert validator.worker_pid is None
    assert not woken.exists(), "it was given up, not waited for"


def test_a_worker_that_cannot_start_says_so(tmp_path: Path) -> None:
    validator = Validator(program=tmp_path / "missing.py")
    with pytest.raises(ValidationUnavailable):
        validator.validate("cii", b"<a/>")
