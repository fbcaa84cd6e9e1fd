"""Work on what ends soon: a deal with a proposal and a task for its owner, and a reminder to the customer, once each.

A contract that renews by itself is none of it: until its day of notice somebody decides about it (G-3).
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING
from uuid import UUID

from babel.dates import format_date
from babel.numbers import format_decimal
from django.db import IntegrityError, transaction
from django.utils import translation
from django.utils.translation import gettext as _

from conto.apps.accounts import queries as accounts
from conto.apps.catalog import queries as catalog
from conto.apps.contracts import queries as contracts
from conto.apps.crm import queries as crm
from conto.apps.deals import actions as deals
from conto.apps.deals import queries as deals_queries
from conto.apps.deals.entry import LineEntry, NewActivity, NewDeal
from conto.apps.messaging import actions as messaging
from conto.apps.plans import queries as plans
from conto.apps.quotes import queries as quotes
from conto.apps.subscriptions import queries as subscriptions
from conto.apps.usage.queries import entitlements
from conto.domain import renewal
from conto.domain.entitlement import features_from
from conto.domain.facts import SYSTEM
from conto.domain.money import to_minor
from conto.domain.period import local_day
from conto.domain.permissions import Role
from conto.domain.subscription import Item, standing_on

if TYPE_CHECKING:
    from conto.apps.accounts.models import LegalEntity, Member
    from conto.apps.contracts.models import Contract
    from conto.apps.crm.models import Customer
    from conto.apps.quotes.models import QuoteRules
    from conto.apps.subscriptions.models import Subscription

SOURCE = "renewal"
PURPOSE = "renewal"
MONTHS = "MON"  # UN/ECE Recommendation 20


@dataclass(frozen=True, slots=True, kw_only=True)
class _Ending:
    """Something agreed that ends soon."""

    kind: str  # contract | subscription
    id: UUID
    number: str
    title: str
    customer: "Customer"
    owner: "Member | None"
    currency: str
    last_day: date
    contract: "Contract | None" = None
    subscription: "Subscription | None" = None


def offer_renewals(*, at: datetime) -> int:
    """Open a deal for each agreement that ends within the days that the settings name, and return for how many.

    Each end has one deal, one task and one mail, whatever happens and however often this is called.

    Source: G-7.
    """
    if deals_queries.first_stage() is None:
        return 0
    made = 0
    for entity in accounts.legal_entities():
        rules, today = quotes.rules_of(entity), local_day(at, entity.zone)
        if rules.renewal_days:
            for each in _endings(entity, today, renewal.until(today, rules.renewal_days)):
                made += _offer(each, rules, entity, today, at)
    return made


def _endings(entity: "LegalEntity", today: date, until: date) -> Iterator[_Ending]:
    for contract, last_day in contracts.ending(entity, today, until):
        yield _Ending(
            kind="contract", id=contract.family_id, number=contract.number, title=contract.title,
            customer=contract.customer, owner=contract.owner, currency=contract.currency, last_day=last_day,
            contract=contract,
        )  # fmt: skip
    for subscription, last_day in subscriptions.ending(entity, today, until):
        yield _Ending(
            kind="subscription", id=subscription.id, number=subscription.number, title=subscription.title,
            customer=subscription.customer, owner=subscription.owner, currency=subscription.currency,
            last_day=last_day, subscription=subscription,
        )  # fmt: skip


def _offer(ending: _Ending, rules: "QuoteRules", entity: "LegalEntity", today: date, at: datetime) -> bool:
    key = renewal.key_of(ending.kind, ending.id, ending.last_day)
    owner = _who(ending)
    if ending.customer.archived_at or owner is None or deals_queries.imported([key]):
        return False
    with translation.override(owner.language):
        lines, hints = _proposal(ending, today, at)
        known = {"title": ending.title, "number": ending.number, "day": _day(ending.last_day, owner.language)}
        new = NewDeal(
            name=(_("Renewal: %(title)s") % known)[:200], currency=ending.currency, owner_id=owner.id,
            expected_close_on=ending.last_day, source=SOURCE, imported_sha256=key, renews_kind=ending.kind,
            renews_id=ending.id,
        )  # fmt: skip
        about = _("%(number)s ends on %(day)s. The deal has the same items at today's list prices.") % known
        task = NewActivity(
            title=(_("Offer the renewal of %(number)s, which ends on %(day)s") % known)[:200],
            text="\n".join([about, *hints]), due_at=at, owner_id=owner.id,
        )  # fmt: skip
    try:
        with transaction.atomic():
            deal = deals.add_deal(customer=ending.customer, new=new, lines=lines, actor=SYSTEM, at=at)
            deals.add_activity(customer=ending.customer, deal=deal, new=task, actor=SYSTEM, at=at)
            if rules.renewal_mails:
                _remind(ending, entity, at)
    except IntegrityError:
        if not deals_queries.imported([key]):
            raise
        return False  # somebody else worked on it at this moment
    return True


def _who(ending: _Ending) -> "Member | None":
    """Return who works on it: who looks after it, else after the customer, else an owner of the book."""
    found = [each for each in (ending.owner, ending.customer.owner) if each is not None and each.is_active]
    return found[0] if found else accounts.members().filter(role=Role.OWNER.value, is_active=True).first()


def _remind(ending: _Ending, entity: "LegalEntity", at: datetime) -> None:
    """Write to the customer, where they take mail, in their language."""
    customer = ending.customer
    recipients = crm.billing_profile(customer).recipients
    if customer.delivery_method == "post" or not recipients:
        return
    with translation.override(customer.language):
        known = {
            "title": ending.title, "number": ending.number, "seller": entity.name,
            "day": _day(ending.last_day, customer.language),
        }  # fmt: skip
        subject = _("“%(title)s” ends on %(day)s") % known
        text = _(
            "Hello,\n\nour agreement “%(title)s” (%(number)s) ends on %(day)s. If you would like to go on, just answer"
            " this mail: we are glad to make you an offer in time.\n\nKind regards\n%(seller)s"
        ) % known  # fmt: skip
    messaging.write_mail(
        customer=customer, purpose=PURPOSE, subject_id=ending.id, to_address=recipients[0], subject=subject, text=text,
        language=customer.language, actor=SYSTEM, at=at,
    )  # fmt: skip


def _day(day: date, language: str) -> str:
    return format_date(day, "long", locale=language)


def _proposal(ending: _Ending, today: date, at: datetime) -> tuple[list[LineEntry], list[str]]:
    """Return what is offered again at today's list prices, and hints at more, in the language that is set."""
    if ending.contract is not None:
        return _of_contract(ending.contract, today), []
    if ending.subscription is not None:
        return _of_subscription(ending.subscription, ending.last_day, today), _hints(ending.subscription, at)
    return [], []


def _of_contract(contract: "Contract", today: date) -> list[LineEntry]:
    agreed = contracts.lines_of(contract)
    offers = catalog.offers([each.item_id for each in agreed if each.item_id], currency=contract.currency, on=today)
    made = []
    for each in agreed:
        offer = offers.get(each.item_id) if each.item_id else None
        if offer is not None and offer.price is not None and offer.price_mode == "net":
            price, discount = offer.price, Decimal(0)
        elif contract.price_mode == "net":
            price, discount = each.unit_price, each.allowance_percent  # nothing is in the list: as it was agreed
        else:
            price, discount = Decimal(0), Decimal(0)  # known with tax only: whoever makes the quote says it
        made.append(LineEntry(
            name=each.name[:200], unit=each.unit_code, item_id=each.item_id, discount_percent=discount,
            unit_price_minor=to_minor(price, contract.currency),
        ))  # fmt: skip
    return made


def _of_subscription(row: "Subscription", last_day: date, today: date) -> list[LineEntry]:
    """Return a month of what runs, at what its plan costs today, for as long as the term was."""
    loaded = subscriptions.load(row)
    running = {each.item.key: each for each in standing_on(loaded.definition, loaded.changes, today).items}
    listed = _listed(row)
    items = tuple(
        replace(listed.get(each.item.key, replace(each.item, price=each.price)), quantity=each.quantity)
        for each in running.values()
        if each.is_there
    )
    anew = replace(loaded.definition, items=items, coupons=(), trial_days=0)
    monthly_minor = standing_on(anew, (), anew.starts_on).monthly_minor if row.price_mode == "net" else 0
    months = renewal.months_to_offer(row.starts_on, last_day)
    return [LineEntry(name=row.title, quantity=Decimal(months), unit=MONTHS, unit_price_minor=monthly_minor)]


def _listed(row: "Subscription") -> dict[str, Item]:
    version = plans.version_for(row.plan_version.plan) if row.plan_version else None
    if version is None or version.plan.currency != row.currency or version.plan.price_mode != row.price_mode:
        return {}
    return {item.key: item for item in plans.engine_items(plans.items_of(version), row.currency)}


def _hints(row: "Subscription", at: datetime) -> list[str]:
    """Say of which features little is left, and which plan grants more."""
    nearly = renewal.nearly_used(entitlements.of_subscription(row, at=at))
    if not nearly or row.plan_version is None:
        return []
    others = [
        (version.plan, features_from(version.features))
        for version in plans.versions_on_offer(row.currency)
        if version.plan_id != row.plan_version.plan_id
    ]
    made = []
    for each in nearly:
        known = {"feature": each.name, "used": _number(each.used), "limit": _number(each.limit)}
        words = _("They use %(used)s of %(limit)s: %(feature)s.") % known
        plan = renewal.next_plan(others, each.key, each.limit)
        made.append(f"{words} {_('Offer the plan “%(plan)s”.') % {'plan': plan.name}}" if plan else words)
    return made


def _number(value: Decimal) -> str:
    return format_decimal(value, locale=translation.get_language() or "en")
