"""The written rules, the code and the tests name the same ids."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
HEADING = re.compile(r"^## ([A-Z]{1,2})-(\d+)\b", re.MULTILINE)


def written() -> set[str]:
    return {f"{m[1]}-{m[2]}" for page in (ROOT / "docs/rules").glob("*.md") for m in HEADING.finditer(page.read_text())}


def test_every_rule_has_a_test_that_carries_its_id() -> None:
    tested = {
        f"{letter.upper()}-{number}"
        for file in (ROOT / "tests").rglob("test_*.py")
        for name in re.findall(r"def test_((?:[a-z]{1,2}\d+_)+)", file.read_text())
        for letter, number in re.findall(r"([a-z]{1,2})(\d+)_", name)
    }
    assert written() - tested == set()


def test_every_rule_that_the_rules_of_the_code_name_is_written() -> None:
    named = {
        f"{letter}-{number}"
        for file in (ROOT / "conto/domain").rglob("*.py")
        for source in re.findall(r"Source: (.+)", file.read_text())
        for letter, number in re.findall(r"(?<![-\w])([A-Z]{1,2})-(\d+)\b", source)
    }
    assert len(named) > 20
    assert named - written() == set()


def test_every_row_of_the_tax_table_is_written_once() -> None:
    rows = re.findall(r"^\| (T-1\.\d+) \|", (ROOT / "docs/rules/tax.md").read_text(), re.MULTILINE)
    coded = set(re.findall(r'"(T-1\.\d+)"', (ROOT / "conto/domain/tax/decision.py").read_text()))
    assert len(rows) == len(set(rows))
    assert set(rows) == coded
