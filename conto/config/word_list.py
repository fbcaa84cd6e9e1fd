"""Collect the texts that are translated: `./dev words` brings the translations up to date with pages and code.

Texts stand in templates, in calls of gettext, and in refusals and findings, which the domain writes as plain English
templates that a page translates when it shows them. What is translated stays; what is new comes in empty.
"""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import django
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po, write_po
from django.conf import settings
from django.utils.translation.template import templatize

from conto.config.words import LOCALE
from conto.domain.tax import reason_texts

PACKAGE = LOCALE.parent
LANGUAGES = ("de", "fr")

# What a customer receives or opens; French needs no more than this.
FOR_CUSTOMERS = (
    "apps/invoicing/actions/corrections.py",
    "apps/invoicing/actions/links.py",
    "apps/late/words.py",
    "apps/payments/actions/checkout.py",
    "apps/payments/actions/saving.py",
    "apps/plans/words.py",
    "apps/projects/words.py",
    "apps/quotes/actions/answers.py",
    "apps/quotes/recurring_words.py",
    "apps/quotes/words.py",
    "domain/price/describe.py",
    "domain/price/explain.py",
    "domain/quote/",
    "domain/tax/",
    "flows/accept_quote.py",
    "flows/answer_customer.py",
    "flows/answer_quote.py",
    "flows/charge_words.py",
    "flows/checkout.py",
    "flows/collect_invoices.py",
    "flows/offer_renewals.py",
    "flows/receive_lead.py",
    "flows/save_method.py",
    "flows/send_document.py",
    "flows/send_pro_forma.py",
    "flows/send_quote.py",
    "flows/take_payment.py",
    "flows/withdraw_consent.py",
    "web/components/copy.html",
    "web/components/error_summary.html",
    "web/components/field.html",
    "web/errors/",
    "web/formats.py",
    "web/portal/",
    "web/shell.html",
    "web/states.py",
    "web/templatetags/",
)

_GETTEXT = frozenset({"_", "_g", "gettext", "gettext_lazy", "gettext_noop"})
_PLURAL = frozenset({"ngettext", "ngettext_lazy"})
_IN_CONTEXT = frozenset({"pgettext", "pgettext_lazy"})
# Written here, since the dates and names that Babel would add make two people's changes collide.
_HEADER = """msgid ""
msgstr ""
"Language: {language}\\n"
"MIME-Version: 1.0\\n"
"Content-Type: text/plain; charset=utf-8\\n"
"Content-Transfer-Encoding: 8bit\\n"
"Plural-Forms: {plural}\\n"

"""

_MESSAGES = frozenset({"RuleBroken", "NotAllowed", "Conflict", "Finding", "_block", "_warn"})
_FOR_DEVELOPERS = frozenset({"gallery", "migrations", "sandbox", "node_modules"})
_CODE = re.compile(r"[a-z_]+\.[a-z_]+")
_QUOTED = r"""u?('(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")"""
_IN_TEMPLATE = re.compile(rf"\b(?:n?gettext|_)\(\s*{_QUOTED}(?:\s*,\s*{_QUOTED})?")
_MEANT_IN_TEMPLATE = re.compile(rf"\bpgettext\(\s*{_QUOTED}\s*,\s*{_QUOTED}")


@dataclass(frozen=True, slots=True, order=True)
class Text:
    """One text to translate, its plural where it counts something, and what it means where English has one word."""

    one: str
    many: str = ""
    meaning: str = ""


def collect(package: Path = PACKAGE) -> dict[Text, list[str]]:
    """Collect every text with the files that it stands in."""
    found: dict[Text, list[str]] = {}
    for path in sorted((*package.rglob("*.html"), *package.rglob("*.py"))):
        inside = path.relative_to(package)
        if _FOR_DEVELOPERS & {*inside.parts}:
            continue
        read = _in_template if path.suffix == ".html" else _in_code
        _note(found, read(path.read_text(encoding="utf-8")), inside.as_posix())
    _note(found, map(Text, reason_texts()), "domain/tax/decision.py")
    return found


def update(language: str, texts: dict[Text, list[str]], folder: Path = LOCALE) -> tuple[int, int]:
    """Bring one translation up to date; return how many texts it has and how many of them are translated."""
    target = folder / language / "LC_MESSAGES" / "django.po"
    template = Catalog()
    for text, files in sorted(texts.items()):
        words = (text.one, text.many) if text.many else text.one
        template.add(words, locations=[(file, 1) for file in files], context=text.meaning or None)
    catalog = Catalog(locale=language)
    if target.exists():
        with target.open("rb") as file:
            catalog = read_po(file, locale=language)
    catalog.update(template, no_fuzzy_matching=True)
    _write(catalog, target, language)
    entries = [entry for entry in catalog if entry.id]
    return len(entries), sum(1 for entry in entries if entry.string and all(_strings(entry.string)))


def _write(catalog: Catalog, target: Path, language: str) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    with target.open("wb") as file:
        file.write(_HEADER.format(language=language, plural=catalog.plural_forms).encode())
        write_po(file, catalog, width=120, omit_header=True, ignore_obsolete=True, include_lineno=False)


def _strings(translated: str | tuple[str, ...] | list[str]) -> tuple[str, ...]:
    return (translated,) if isinstance(translated, str) else tuple(translated)


def _note(found: dict[Text, list[str]], texts: Iterator[Text], file: str) -> None:
    for text in texts:
        files = found.setdefault(text, [])
        if file not in files:
            files.append(file)


def _in_template(source: str) -> Iterator[Text]:
    for one, many in _IN_TEMPLATE.findall(templatize(source)):
        yield Text(ast.literal_eval(one), ast.literal_eval(many) if many else "")
    for meaning, one in _MEANT_IN_TEMPLATE.findall(templatize(source)):
        yield Text(ast.literal_eval(one), meaning=ast.literal_eval(meaning))


def _in_code(source: str) -> Iterator[Text]:
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name), args=[first, *_]) if name in _GETTEXT:
                yield from map(Text, _literals(first))
            case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name), args=[one, many, *_]) if name in _PLURAL:
                yield from map(Text, _literals(one), _literals(many))
            case ast.Call(
                func=ast.Name(id=name) | ast.Attribute(attr=name), args=[ast.Constant(value=str(meaning)), one]
            ) if name in _IN_CONTEXT:
                yield from (Text(each, meaning=meaning) for each in _literals(one))
            case ast.Call(func=ast.Name(id=name), args=[_, message, *_]) if name in _MESSAGES:
                yield from map(Text, _literals(message))
            case ast.Tuple(elts=[ast.Constant(value=str(code)), ast.Constant(value=str(message))]):
                if (
                    _CODE.fullmatch(code) and " " in message and "\n" not in message
                ):  # the refusals of the database's constraints
                    yield Text(message)


def _literals(node: ast.expr) -> Iterator[str]:
    for inner in ast.walk(node):
        if isinstance(inner, ast.Constant) and isinstance(inner.value, str) and inner.value:
            yield inner.value


def main() -> None:
    """Update every translation and say what is still to translate."""
    if not settings.configured:
        settings.configure()  # what reads templates asks for the settings' language tags
        django.setup()
    texts = collect()
    for language in LANGUAGES:
        total, translated = update(language, texts)
        print(f"{language}: {translated} of {total} texts are translated")


if __name__ == "__main__":
    main()
