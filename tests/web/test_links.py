"""Every address that a template names is an address of the app."""

import re
from pathlib import Path

import pytest
from django.urls import Resolver404, resolve

TEMPLATES = Path(__file__).resolve().parents[2] / "conto" / "web"
NAMED = re.compile(r"""(?:href|action|hx-get|hx-post|totals_url|post)="(/[^"]*)\"""")
A_KEY = "0190a5b0-0000-7000-8000-000000000000"
BY_SLUG = ("/settings/", "/help/", "/ui")  # names, not ids, stand in their addresses


def addresses() -> list[tuple[str, str]]:
    found = set()
    for template in sorted(TEMPLATES.rglob("*.html")):
        if "components" in template.parts:
            continue
        for address in NAMED.findall(template.read_text()):
            plain = re.sub(r"\{\{[^}]*\}\}", A_KEY, re.sub(r"\{%[^%]*%\}", "", address)).split("?")[0].split("#")[0]
            if not plain.startswith(BY_SLUG) and not plain.startswith("/static/"):
                found.add((str(template.relative_to(TEMPLATES)), plain))
    return sorted(found)


@pytest.mark.parametrize(("template", "address"), addresses())
def test_a_link_leads_somewhere(template: str, address: str) -> None:
    try:
        resolve(address)
    except Resolver404:
        pytest.fail(f"{template} links to {address}, which is no address of the app")
