"""Components and tags: what they draw, and the house rules they keep."""

import re
from datetime import UTC, date, datetime
from pathlib import Path
from types import SimpleNamespace

import pytest
from django.template import engines
from django.test import RequestFactory
from django.utils import translation
from django_cotton.compiler_regex import CottonCompiler

from conto.web import built, states
from conto.web.gallery.forms import SampleForm

WEB = Path(built.__file__).parent
TEMPLATES = sorted(WEB.rglob("*.html"))


def draw(source: str, **context: object) -> str:
    """Draw a piece of template the way a page does, components included."""
    request = RequestFactory().get("/list?state=open&after=x")
    request.at = datetime(2026, 11, 21, 12, tzinfo=UTC)  # type: ignore[attr-defined]
    with translation.override("en"):
        return engines["django"].from_string(CottonCompiler().process(source)).render(context, request)


@pytest.mark.parametrize("path", sorted((WEB / "components").glob("*.html")), ids=lambda path: path.stem)
def test_every_component_says_its_parameters_in_its_head(path: Path) -> None:
    assert path.read_text().startswith(("{#", "{% comment %}"))


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(WEB)))
def test_no_template_carries_inline_script_or_style(path: Path) -> None:
    text = re.sub(r"{% comment %}.*?{% endcomment %}|{#.*?#}", "", path.read_text(), flags=re.DOTALL)
    assert not re.search(r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son[a-z]+=|hx-on|javascript:", text), path


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(WEB)))
def test_a_comment_on_one_line_ends_on_it(path: Path) -> None:
    for number, line in enumerate(path.read_text().splitlines(), 1):
        assert line.count("{#") == line.count("#}"), f"{path}:{number} would be printed on the page"


@pytest.mark.skipif(not built.BUILD.exists(), reason="the front end is not built")
def test_every_icon_that_a_template_or_state_names_exists() -> None:
    pattern = re.compile(r'(?:{% icon |\bicon=)"([a-z0-9-]+)"')
    named = {look.icon for look in states.LOOKS.values() if look.icon}
    named |= {name for path in TEMPLATES for name in pattern.findall(path.read_text())}
    assert not [name for name in named if not built.icon_address(name)]


def test_what_people_typed_is_escaped_in_every_way_it_can_reach_a_component() -> None:
    evil = '"><script>alert(1)</script>'
    text = draw(
        '<c-fact what="{{ x }}" :why="x" href="/?{{ x }}">{{ x }}</c-fact><c-button data-x="{{ x }}">{{ x }}</c-button>'
        '<c-state of="open" :label="x" /><c-copy :value="x" /><c-page-head :title="x" :avatar="x" />'
        '<c-empty :title="x">{{ x }}</c-empty>'
        "{% state_chip x x %}",
        x=evil,
    )
    assert "<script" not in text


def test_attributes_with_what_people_typed_are_escaped_too() -> None:
    for evil in ('"><b', "'><b", "\"'><b"):
        text = draw('<c-button :data-x="x" disabled :data-y="none">Go</c-button>', x=evil, none=None)
        assert "><b" not in text
        assert " disabled" in text
        assert "data-y" not in text


def test_no_component_writes_its_other_attributes_unescaped() -> None:
    assert not [path for path in TEMPLATES if "{{ attrs" in path.read_text()]


def test_money_is_tabular_with_a_true_minus() -> None:
    assert draw('{% money -45000 "EUR" %}') == '<span class="money">−€450.00</span>'
    assert "is-late" in draw('{% money 1 "EUR" "owed" %}')
    assert draw('{% money nothing "EUR" %}', nothing=None) == ""


def test_lateness_counts_days_of_the_book() -> None:
    assert "3 days late" in draw("{% lateness due %}", due=date(2026, 11, 18))
    assert "1 day late" in draw("{% lateness due %}", due=date(2026, 11, 20))
    assert "due today" in draw("{% lateness due %}", due=date(2026, 11, 21))
    assert "due in 9 days" in draw("{% lateness due %}", due=date(2026, 11, 30))


def test_a_state_is_always_a_word_and_an_unknown_one_shows_its_own() -> None:
    assert "Overdue" in draw('{% state_chip "overdue" %}')
    assert "Half baked" in draw('{% state_chip "half_baked" %}')


def test_the_address_keeps_the_filters_and_drops_the_cursor() -> None:
    assert draw('{% query_with sort="due" %}') == "?state=open&amp;sort=due"
    assert draw("{% query_with state=none %}", none=None) == "/list"


def test_a_wrong_field_is_tied_to_its_error_and_its_help() -> None:
    form = SampleForm({"name": "", "amount": "x", "terms": "14", "kind": "company"})
    text = draw('<c-field :field="form.name" />', form=form)
    assert 'aria-describedby="id_name_helptext id_name_error"' in text
    assert 'aria-invalid="true"' in text
    assert 'id="id_name_error"' in text
    assert '<label for="id_name">' in text


def test_the_summary_links_to_the_wrong_fields() -> None:
    form = SampleForm({"name": "", "amount": "x", "terms": "14", "kind": "company"})
    text = draw('<c-form :form="form">x</c-form>', form=form)
    assert "2 things are still needed" in text
    assert 'href="#id_amount"' in text
    assert "csrfmiddlewaretoken" in text


def test_a_permission_can_be_asked_in_a_template() -> None:
    source = '{% if who|can:"invoice:issue" %}yes{% else %}no{% endif %}'
    assert draw(source, who=SimpleNamespace(role="finance")) == "yes"
    assert draw(source, who=SimpleNamespace(role="sales")) == "no"
    assert draw(source, who=None) == "no"
