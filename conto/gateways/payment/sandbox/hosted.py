"""The hosted payment page of the sandbox: where a customer types a card that the business never sees."""

from html import escape
from pathlib import Path
from typing import Any

from babel.numbers import format_currency

from conto.domain.money import to_major
from conto.gateways.payment.sandbox.cards import CARDS

_WORDS = {
    "en": {
        "title": "Pay by card",
        "saving": "Save a card",
        "save": "Save",
        "saved_too": "The card is saved and charged for invoices to come.",
        "to": "to",
        "number": "Card number",
        "expiry": "Valid until",
        "code": "Security code",
        "pay": "Pay",
        "back": "Cancel and go back",
        "sandbox": "Sandbox: no real money moves. Take one of these cards:",
        "verify": "Your bank asks: do you confirm this payment?",
        "yes": "Confirm",
        "no": "Do not confirm",
        "silent": "The bank does not answer. Please do not pay again; we will find out what became of it.",
        "over": "This page is no longer open.",
        "return": "Back to the invoice",
    },
    "de": {
        "title": "Mit Karte bezahlen",
        "saving": "Karte speichern",
        "save": "Speichern",
        "saved_too": "Die Karte wird gespeichert und für künftige Rechnungen belastet.",
        "to": "an",
        "number": "Kartennummer",
        "expiry": "Gültig bis",
        "code": "Prüfnummer",
        "pay": "Bezahlen:",
        "back": "Abbrechen und zurück",
        "sandbox": "Testumgebung: Es fließt kein echtes Geld. Nehmen Sie eine dieser Karten:",
        "verify": "Ihre Bank fragt: Bestätigen Sie diese Zahlung?",
        "yes": "Bestätigen",
        "no": "Nicht bestätigen",
        "silent": "Die Bank antwortet nicht. Bitte zahlen Sie nicht noch einmal; wir klären, was daraus wurde.",
        "over": "Diese Seite ist nicht mehr offen.",
        "return": "Zurück zur Rechnung",
    },
    "fr": {
        "title": "Payer par carte",
        "saving": "Enregistrer une carte",
        "save": "Enregistrer",
        "saved_too": "La carte est enregistrée et débitée pour les factures à venir.",
        "to": "à",
        "number": "Numéro de carte",
        "expiry": "Expire le",
        "code": "Code de sécurité",
        "pay": "Payer",
        "back": "Annuler et revenir",
        "sandbox": "Environnement de test : aucun argent réel ne circule. Prenez l’une de ces cartes :",
        "verify": "Votre banque demande : confirmez-vous ce paiement ?",
        "yes": "Confirmer",
        "no": "Ne pas confirmer",
        "silent": "La banque ne répond pas. Ne payez pas une seconde fois ; nous allons vérifier.",
        "over": "Cette page n’est plus ouverte.",
        "return": "Retour à la facture",
    },
}

STYLE = (Path(__file__).parent / "page.css").read_text()


def form_page(session: dict[str, Any], failure: str = "") -> str:
    """Draw the page with the card's fields."""
    words = _words(session)
    failed = f'<p class="late" role="alert">{escape(failure)}</p>' if failure else ""
    cards = "".join(f"<li><code>{_grouped(card.number)}</code> {escape(card.words)}</li>" for card in CARDS)
    return _page(
        session,
        f"""{failed}<form method="post">
<label>{words["number"]}<input name="number" inputmode="numeric" autocomplete="cc-number" required autofocus
 placeholder="4242 4242 4242 4242" maxlength="23"></label>
<div class="two"><label>{words["expiry"]}<input name="expiry" autocomplete="cc-exp" placeholder="12/30" maxlength="7">
</label>
<label>{words["code"]}<input name="code" inputmode="numeric" autocomplete="cc-csc" placeholder="123" maxlength="4">
</label></div>
{_saved_too(session)}<button>{_button(session)}</button></form>
<a class="back" href="{escape(session["asked"]["cancel_url"])}">{words["back"]}</a>
<section class="cards"><p>{words["sandbox"]}</p><ul>{cards}</ul></section>""",
    )


def verify_page(session: dict[str, Any]) -> str:
    """Draw the page on which the customer's bank asks for a confirmation."""
    words = _words(session)
    return _page(
        session,
        f"""<p>{words["verify"]}</p><form method="post" action="/pay/{escape(session["session"])}/verify">
<button name="answer" value="yes">{words["yes"]}</button>
<button class="plain" name="answer" value="no">{words["no"]}</button></form>""",
    )


def silent_page(session: dict[str, Any]) -> str:
    """Draw the page of a bank that says nothing."""
    return _page(session, f'<p class="late" role="alert">{_words(session)["silent"]}</p>{_return(session)}')


def over_page(session: dict[str, Any]) -> str:
    """Draw the page of a session that has ended."""
    return _page(session, f"<p>{_words(session)['over']}</p>{_return(session)}")


def _return(session: dict[str, Any]) -> str:
    return f'<a class="back" href="{escape(session["asked"]["return_url"])}">{_words(session)["return"]}</a>'


def _page(session: dict[str, Any], body: str) -> str:
    words, asked = _words(session), session["asked"]
    title = words["saving"] if _is_saving(session) else words["title"]
    return f"""<!doctype html><html lang="{_language(session)}"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1"><meta name="robots" content="noindex">
<title>{title} · {escape(asked["payee"])}</title><link rel="stylesheet" href="/page.css"></head><body><main>
<h1>{title}</h1><p class="amount">{_amount(session)}</p>
<p class="soft">{words["to"]} {escape(asked["payee"])} · {escape(asked["description"])}</p>
{body}</main></body></html>"""


def _is_saving(session: dict[str, Any]) -> bool:
    return bool(session["asked"].get("kind") == "saving")


def _saved_too(session: dict[str, Any]) -> str:
    return f"<p>{_words(session)['saved_too']}</p>" if session["asked"].get("saves") else ""


def _button(session: dict[str, Any]) -> str:
    words = _words(session)
    return words["save"] if _is_saving(session) else f"{words['pay']} {_amount(session)}"


def _amount(session: dict[str, Any]) -> str:
    asked = session["asked"]
    if _is_saving(session):
        return ""
    amount = to_major(asked["amount_minor"], asked["currency"])
    return escape(format_currency(amount, asked["currency"], locale=_language(session)))


def _language(session: dict[str, Any]) -> str:
    language = str(session["asked"].get("language", "en"))[:2]
    return language if language in _WORDS else "en"


def _words(session: dict[str, Any]) -> dict[str, str]:
    return _WORDS[_language(session)]


def _grouped(number: str) -> str:
    return " ".join(number[i : i + 4] for i in range(0, len(number), 4))
