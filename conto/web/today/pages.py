"""The home page, and the rows behind each of its figures."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal, cast
from zoneinfo import ZoneInfo

from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from conto.apps.crm import queries as crm
from conto.apps.deals import queries as deals
from conto.apps.invoicing.queries import today as invoices
from conto.apps.leads import queries as leads
from conto.apps.messaging import queries as messaging
from conto.apps.payments.queries import collecting as charged
from conto.apps.payments.queries import today as payments
from conto.apps.quotes import queries as quotes
from conto.apps.repeats.queries import today as repeats
from conto.apps.subscriptions.queries import today as subscriptions
from conto.domain.errors import RuleBroken
from conto.domain.permissions import Permission
from conto.domain.preset import HomePart
from conto.web.access import may, member_only, needs
from conto.web.formats import number_text
from conto.web.payments.collecting import REASON_WORDS
from conto.web.reading import Here, book, words_of
from conto.web.today.parts import part_of, shown_parts

# Whether the first step of a part is done.
_BEGINS: dict[HomePart, Callable[[Any], bool]] = {
    HomePart.DEALS: lambda member: deals.visible_to(member).exists(),
    HomePart.WEEK: lambda member: deals.visible_to(member).exists(),
    HomePart.QUOTES: lambda member: quotes.quotes(member).exists(),
    HomePart.LEADS: lambda member: bool(leads.forms(member)),
}
# What has something to show before the first invoice is issued.
_BEGUN = (HomePart.DEALS, HomePart.QUOTES, HomePart.LEADS, HomePart.WEEK)
TITLES = {
    "owed": gettext_lazy("Owed to me"),
    "late": gettext_lazy("Late"),
    "coming": gettext_lazy("Coming in 30 days"),
    "collected": gettext_lazy("Collected this month"),
}


@dataclass(frozen=True, slots=True)
class Task:
    """One line of the work queue."""

    rank: int
    tone: str
    icon: str
    title: str
    note: str
    href: str
    act: str
    amount_minor: int | None = None
    currency: str = ""


@dataclass(frozen=True, slots=True)
class FirstSteps:
    """What a new book still lacks."""

    has_customer: bool
    has_invoice: bool
    has_mail_server: bool
    is_own_mail: bool  # whether this member may connect one
    begun: frozenset[HomePart] = frozenset()  # parts of the first page that have something to show for the first time

    @property
    def are_done(self) -> bool:
        """Tell whether nothing is left of them for this member, so that there is work instead."""
        return self.has_customer and self.has_invoice and (self.has_mail_server or not self.is_own_mail)


@member_only
def today(request: HttpRequest) -> HttpResponseBase:
    """Show what is owed, late and coming, then what to do, by what is at stake."""
    here = book(request)
    names = shown_parts(here)
    standing = invoices.standing(here.member, here.today)
    waiting = invoices.work(
        here.member,
        here.at,
        ZoneInfo(here.business.zone),
        more=[*subscriptions.waiting(here.member), *repeats.waiting(here.member), *charged.waiting(here.member)],
    )
    if not standing and not invoices.has_documents():
        steps = first_steps(here, has_invoice=any(each.kind == "draft" for each in waiting))
        if not (steps.are_done and waiting):
            sales = _sorted([*_billing_tasks(waiting), *_quote_tasks(here, waiting), *_deal_tasks(here, waiting)])
            filled = [part for name in _BEGUN if name in names and (part := part_of(here, name)).rows]
            begun = {"steps": steps, "tasks": sales, "parts": filled, "names": names}
            return render(request, "today/beginning.html", begun)
    context: dict[str, Any] = {"parts": [part_of(here, name) for name in names]}
    if HomePart.MONEY in names:
        collected = payments.collected(here.member, here.today.replace(day=1), here.today)
        context["figures"] = _figures(here, standing, collected)
    if HomePart.QUEUE in names:
        context["tasks"] = _sorted(_tasks(here, waiting))
    return render(request, "today/today.html", context)


def _sorted(tasks: list[Task]) -> list[Task]:
    return sorted(tasks, key=lambda task: (task.rank, -(task.amount_minor or 0)))


def first_steps(here: Here, *, has_invoice: bool) -> FirstSteps:
    """Return what a new book has and lacks."""
    return FirstSteps(
        has_customer=crm.customers(here.member).exists(),
        has_invoice=has_invoice,
        has_mail_server=messaging.mail_server() is not None,
        is_own_mail=may(here.member, Permission.SETTINGS_EDIT),
        begun=frozenset(name for name in shown_parts(here) if name in _BEGINS and _BEGINS[name](here.member)),
    )


@needs(Permission.INVOICE_VIEW)
def figure(request: HttpRequest, name: str, currency: str) -> HttpResponseBase:
    """Show the documents that a figure is made of; they add up to it."""
    here = book(request)
    if name not in {"owed", "late", "coming"}:
        raise Http404
    rows = invoices.rows_of(here.member, cast("invoices.Figure", name), currency, here.today)
    context = {
        "title": TITLES[name],
        "rows": rows,
        "currency": currency,
        "total_minor": sum(row.open_minor for row in rows),
    }
    return render(request, "today/figure.html", context)


@needs(Permission.PAYMENT_VIEW)
def collected(request: HttpRequest, currency: str) -> HttpResponseBase:
    """Show the payments of this month; they add up to the figure."""
    here = book(request)
    rows = payments.payments_between(here.member, currency, here.today.replace(day=1), here.today)
    context = {
        "title": TITLES["collected"],
        "rows": rows,
        "currency": currency,
        "total_minor": sum(row.amount_minor for row in rows),
    }
    return render(request, "today/collected.html", context)


def _figures(
    here: Here, standing: list[invoices.Standing], collected: list[payments.Collected]
) -> list[dict[str, Any]]:
    """Return the four figures in the business's currency, with the other currencies in words below."""
    home = here.business.currency
    kinds: tuple[tuple[Literal["owed", "late", "coming"], str], ...] = (("owed", ""), ("late", "late"), ("coming", ""))
    figures = [
        _figure(
            kind, tone, home, [(s.currency, getattr(s, f"{kind}_minor"), getattr(s, f"{kind}_count")) for s in standing]
        )
        for kind, tone in kinds
    ]
    if may(here.member, Permission.PAYMENT_VIEW):
        figures.append(_figure("collected", "", home, [(c.currency, c.amount_minor, c.count) for c in collected]))
    return figures


def _figure(kind: str, tone: str, home: str, sums: list[tuple[str, int, int]]) -> dict[str, Any]:
    at_home = next(((minor, count) for currency, minor, count in sums if currency == home), (0, 0))
    count = at_home[1]
    if kind == "collected":
        words = ngettext("%(n)d payment", "%(n)d payments", count) % {"n": count}
    else:
        words = ngettext("%(n)d invoice", "%(n)d invoices", count) % {"n": count}
    return {
        "word": TITLES[kind],
        "amount_minor": at_home[0],
        "currency": home,
        "href": f"/today/{kind}/{home}",
        "why": words,
        "tone": tone if at_home[0] else "",
        "others": [
            (currency, minor, f"/today/{kind}/{currency}") for currency, minor, _n in sums if currency != home and minor
        ],
    }


def _tasks(here: Here, waiting: list[invoices.Work]) -> list[Task]:
    told = [*_billing_tasks(waiting), *_document_tasks(here, waiting), *_quote_tasks(here, waiting)]
    told += [*_contract_tasks(here, waiting), *_deal_tasks(here, waiting)]
    return [*told, *_mail_tasks(here), *_credit_tasks(here)]


def _document_tasks(here: Here, waiting: list[invoices.Work]) -> list[Task]:
    tasks = []
    for work in waiting:
        href = f"/invoices/{work.subject_id}"
        if work.kind == "question":
            note = f"“{work.words[:110]}”"
            title = _("Answer %(name)s") % {"name": work.customer_name}
            icon = "message-circle-question-mark"
            tasks.append(Task(0, "open", icon, title, note, href, _("Read"), work.amount_minor, work.currency))
        elif work.kind == "late":
            days = (here.today - work.due_on).days if work.due_on else 0
            note = ngettext("%(number)s, %(days)d day late", "%(number)s, %(days)d days late", days) % {
                "number": work.words, "days": days,
            }  # fmt: skip
            title = _("Chase %(name)s") % {"name": work.customer_name}
            tasks.append(Task(2, "late", "clock-alert", title, note, href, _("Open"), work.amount_minor, work.currency))
        elif work.kind == "draft" and may(here.member, Permission.INVOICE_DRAFT):
            note = _("credit note in the making") if work.words == "credit_note" else _("draft, has no number yet")
            title = _("Issue the draft for %(name)s") % {"name": work.customer_name}
            tasks.append(
                Task(3, "draft", "pencil-line", title, note, href, _("Go on"), work.amount_minor, work.currency)
            )
    return tasks


def _billing_tasks(waiting: list[invoices.Work]) -> list[Task]:
    """Return what runs could not bill: a task for each reason, since one remedy helps all that it stops."""
    tasks = []
    for work in waiting:
        if work.kind == "set_aside":
            told = json.loads(work.words)
            why = words_of(RuleBroken(told["code"], told["reason"], **told["params"]))
            title = _("Bill %(name)s") % {"name": work.customer_name}
            note = f"{told['number']}: {why}"
            if work.amount_minor > 1:
                title = ngettext(
                    "%(n)d subscription could not be billed", "%(n)d subscriptions could not be billed",
                    work.amount_minor,
                ) % {"n": work.amount_minor}  # fmt: skip
                note = why
            href = f"/subscriptions/runs/{told['run']}" if told["run"] else f"/subscriptions/{told['subscription']}"
            tasks.append(Task(1, "late", "circle-alert", title, note, href, _("See")))
    return [*tasks, *_repeat_tasks(waiting), *_charge_tasks(waiting)]


def _charge_tasks(waiting: list[invoices.Work]) -> list[Task]:
    """Return the open invoices whose charge did not go through.

    Source: CL-6.
    """
    tasks: list[Task] = []
    for work in waiting:
        if work.kind == "charge_failed":
            told = json.loads(work.words)
            known = {
                "name": work.customer_name,
                "number": told["number"],
                "why": REASON_WORDS.get(told["reason"], told["reason"]),
            }
            note = (
                _("%(number)s: %(why)s. It is up to the customer now.")
                if told["state"] == "customer"
                else _("%(number)s: %(why)s. It is tried again.")
            ) % known
            title = _("The card of %(name)s was not charged") % known
            href = f"/invoices/{work.subject_id}"
            tasks.append(Task(1, "late", "credit-card", title, note, href, _("See"), work.amount_minor, work.currency))
    return tasks


def _repeat_tasks(waiting: list[invoices.Work]) -> list[Task]:
    """Return what of repeating invoices could not be made or sent.

    Source: RI-6.
    """
    tasks: list[Task] = []
    for work in waiting:
        href, known = f"/repeats/{work.subject_id}", {"name": work.customer_name}
        if work.kind == "repeat_held":
            told = json.loads(work.words)
            why = words_of(RuleBroken(told["code"], told["reason"], **told["params"]))
            title = _("Make the repeating invoice for %(name)s") % known
            tasks.append(Task(1, "late", "circle-alert", title, f"{told['title']}: {why}", href, _("See")))
        elif work.kind == "repeat_unsent":
            title = ngettext(
                "%(n)d invoice for %(name)s could not be sent", "%(n)d invoices for %(name)s could not be sent",
                work.amount_minor,
            ) % {**known, "n": work.amount_minor}  # fmt: skip
            tasks.append(Task(1, "late", "mail-x", title, work.words, href, _("See")))
    return tasks


def _quote_tasks(here: Here, waiting: list[invoices.Work]) -> list[Task]:
    tasks = []
    for work in waiting:
        known = {"name": work.customer_name, "number": work.words}
        if work.kind == "quote_question":
            rank, tone, icon, act = 0, "open", "message-circle-question-mark", _("Read")
            title, note = _("Answer %(name)s") % known, f"“{work.words[:110]}”"
        elif work.kind == "quote_approval":
            rank, tone, icon, act = 1, "open", "badge-percent", _("Decide")
            title = _("Approve the discount for %(name)s") % known
            percent = number_text(Decimal(work.words).normalize())
            note = _("%(percent)s %% off: the quote waits for it") % {"percent": percent}
        elif work.kind == "quote_expires":
            rank, tone, icon, act = 2, "soon", "hourglass", _("Open")
            title, days = _("Ask %(name)s about the quote") % known, _days_until(here, work)
            note = _("%(number)s expires today") % known
            if days:
                note = ngettext("%(number)s expires in %(days)d day", "%(number)s expires in %(days)d days", days) % {
                    **known, "days": days}  # fmt: skip
        else:
            continue
        href = f"/quotes/{work.subject_id}"
        tasks.append(Task(rank, tone, icon, title, note, href, act, work.amount_minor, work.currency))
    return tasks


def _contract_tasks(here: Here, waiting: list[invoices.Work]) -> list[Task]:
    tasks = []
    for work in waiting:
        if work.kind == "contract_renews":
            days = _days_until(here, work)
            title = _("Decide about the contract with %(name)s") % {"name": work.customer_name}
            note = _("“%(title)s”: today is the last day") % {"title": work.words}
            if days:
                note = ngettext("“%(title)s”: %(days)d day left", "“%(title)s”: %(days)d days left", days) % {
                    "title": work.words, "days": days}  # fmt: skip
            href = f"/contracts/{work.subject_id}"
            tasks.append(Task(2, "soon", "scroll-text", title, note, href, _("Open")))
    return tasks


def _deal_tasks(here: Here, waiting: list[invoices.Work]) -> list[Task]:
    tasks = []
    for work in waiting:
        ago = -_days_until(here, work)
        known = {"name": work.customer_name, "deal": work.words, "days": ago}
        rank, tone, href = 3, "soon", f"/deals/{work.subject_id}/"
        if work.kind in {"step_of_deal", "step_with_customer"}:
            rank, tone = (2, "late") if ago > 0 else (3, "soon")
            icon, title = "calendar-clock", work.words
            note = ngettext("%(name)s, %(days)d day overdue", "%(name)s, %(days)d days overdue", ago) % known
            note = note if ago > 0 else _("%(name)s, today") % known
            href = href if work.kind == "step_of_deal" else f"/customers/{work.subject_id}/"
        elif work.kind == "deal_no_step":
            icon, title = "calendar-plus", _("Plan what comes next with %(name)s") % known
            note = _("“%(deal)s” has no next step") % known
        elif work.kind == "deal_overdue":
            icon, title = "calendar-clock", _("Ask after the next step with %(name)s") % known
            note = ngettext("“%(deal)s”: %(days)d day overdue", "“%(deal)s”: %(days)d days overdue", ago) % known
        elif work.kind == "deal_silent":
            icon, title = "message-circle", _("Get in touch with %(name)s") % known
            note = ngettext("“%(deal)s”: %(days)d day silent", "“%(deal)s”: %(days)d days silent", ago) % known
        else:
            continue
        tasks.append(Task(rank, tone, icon, title, note, href, _("Open"), work.amount_minor or None, work.currency))
    return tasks


def _days_until(here: Here, work: invoices.Work) -> int:
    return (work.due_on - here.today).days if work.due_on else 0


def _mail_tasks(here: Here) -> list[Task]:
    if not may(here.member, Permission.INVOICE_VIEW):
        return []
    counts = messaging.mail_counts(messaging.visible_to(here.member))
    tasks = []
    lost = counts["bounced"] + counts["failed"]
    if lost:
        title = ngettext("%(n)d mail did not arrive", "%(n)d mails did not arrive", lost) % {"n": lost}
        state = "bounced" if counts["bounced"] else "failed"
        tasks.append(
            Task(
                1, "late", "mail-x", title, _("correct the address and send again"), f"/outbox/?state={state}", _("See")
            )
        )
    if counts["waiting"]:
        title = ngettext("%(n)d mail waits to be sent", "%(n)d mails wait to be sent", counts["waiting"])
        note = _("in the outbox")
        tasks.append(
            Task(4, "soon", "hourglass", title % {"n": counts["waiting"]}, note, "/outbox/?state=waiting", _("See"))
        )
    return tasks


def _credit_tasks(here: Here) -> list[Task]:
    return [
        Task(
            5,
            "settled",
            "split",
            _("Use the credit of %(name)s") % {"name": credit.customer_name},
            _("paid, but settles nothing yet"),
            f"/customers/{credit.customer_id}",
            _("Open"),
            credit.amount_minor,
            credit.currency,
        )
        for credit in payments.credit_left(here.member)
    ]
