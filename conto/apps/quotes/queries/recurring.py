"""What of a quote recurs: of a draft by its plans as they are, priced as subscriptions are."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import date

from conto.apps.catalog.taxing import decided_treatment
from conto.apps.crm import queries as crm
from conto.apps.plans import queries as plans
from conto.apps.quotes.entries import RecurringEntry, recurring_from
from conto.apps.quotes.models import Quote
from conto.domain import quote as rules
from conto.domain.errors import RuleBroken
from conto.domain.invoice import PriceMode
from conto.domain.plan import MOST_TRIAL_DAYS
from conto.domain.quote import ChoiceKind
from conto.domain.quote.recurring import MOST_PARTS, check_months, coupons_written, written
from conto.domain.subscription import Timing
from conto.domain.tax import Rate, TaxTreatment


@dataclass(frozen=True, slots=True)
class ShownPart:
    """A part that recurs, with what it bills when the quote is accepted on the day that is looked at.

    `counting` has of its items only those that count, and the recurrence is theirs.
    """

    part: rules.RecurringPart
    recurrence: rules.Recurrence
    counting: rules.RecurringPart
    is_taken: bool = True


def entries_of(quote: Quote) -> list[RecurringEntry]:
    """Return what recurs as it was typed."""
    return [recurring_from(each) for each in quote.recurring]


def parts_of(
    quote: Quote,
    entries: Collection[RecurringEntry],
    profile: crm.BillingProfile,
    rates: tuple[Rate, ...],
    on: date,
) -> tuple[rules.RecurringPart, ...]:
    """Return what recurs as a quote says it, with the tax of a day.

    Raises: RuleBroken for what no subscription could be begun by.
    Source: Q-12.
    """
    if len(entries) > MOST_PARTS:
        raise RuleBroken("quote.many_recurring", "A quote offers at most %(most)s plans.", most=MOST_PARTS)
    found = tuple(_part(n, each, quote, profile, rates, on) for n, each in enumerate(entries, 1))
    rules.check_parts(found)
    for part in found:
        rules.definition_of(part, rules.begins_on(part, on))  # refuses what the engine refuses
    return found


def shown_parts(content: rules.QuoteContent, on: date, chosen: Collection[str] | None = None) -> tuple[ShownPart, ...]:
    """Return what recurs with its amounts, as if the quote were accepted on a day with a choice.

    Without a choice what stands chosen beforehand counts.

    Raises: RuleBroken as the engine.
    """
    taken = rules.default_recurring(content.recurring) if chosen is None else frozenset(chosen)
    counting = {each.position for each in rules.counting_parts(content.recurring, taken)}
    found = []
    for part in content.recurring:
        tried = rules.with_items(part, taken)
        found.append(ShownPart(part, rules.recurrence_of(tried, on), tried, part.position in counting))
    return tuple(found)


def sums_of(parts: Collection[ShownPart]) -> tuple[rules.RecurringSum, ...]:
    """Return what the parts that count come to together, for each rhythm."""
    return rules.recurring_sums((each.counting, each.recurrence) for each in parts if each.is_taken)


def _part(
    position: int, entry: RecurringEntry, quote: Quote, profile: crm.BillingProfile, rates: tuple[Rate, ...], on: date
) -> rules.RecurringPart:
    version = plans.version_by_id(entry.plan_version_id)
    if version is None:
        raise RuleBroken("quote.no_plan", "There is no such plan.")
    plan, terms = version.plan, plans.terms_of(version)
    check_months(entry.months)
    trial_days = terms.trial_days if entry.trial_days is None else entry.trial_days
    if not 0 <= trial_days <= MOST_TRIAL_DAYS:
        raise RuleBroken("plan.bad_terms", "The rhythm or the trial of this plan is too long.")
    taken = plans.taken_items(
        plans.items_of(version), plan.currency, item_keys=entry.item_keys, quantities=entry.quantities,
        prices=entry.prices,
    )  # fmt: skip
    coupons = plans.given_coupons(entry.coupon_codes, currency=plan.currency, today=on)
    optional = set(entry.optional_keys)
    unknown = sorted(({*optional} - {each.item.key for each in taken}) | (set(entry.chosen_keys) - optional))
    if unknown:
        raise RuleBroken("quote.no_option", "There is no optional item “%(item)s”.", item=unknown[0])

    def taxed(supply: str, rate_class: str) -> TaxTreatment:
        return decided_treatment(
            quote.legal_entity, profile, supply=supply, rate_class=rate_class, rates=rates, on=on,
            language=quote.language,
        )  # fmt: skip

    return rules.RecurringPart(
        position=position,
        plan_version=str(version.id),
        plan=f"{plan.code} v{version.version}",
        title=entry.title or plan.name,
        currency=plan.currency,
        price_mode=PriceMode(plan.price_mode),
        zone=profile.zone or quote.legal_entity.zone,
        terms=replace(terms, trial_days=trial_days),
        items=tuple(_item(each, taxed(each.item.supply, each.item.rate_class), entry) for each in taken),
        tax=taxed("services", "standard"),
        asked_trial_days=terms.trial_days,
        starts_on=entry.starts_on,
        months=entry.months,
        coupons=coupons_written(coupons),
        is_given=plan.archived_at is None,
        kind=ChoiceKind(entry.kind),
        choice_group=entry.choice_group.strip() if entry.kind == ChoiceKind.CHOICE else "",
        is_chosen=entry.is_chosen and entry.kind != ChoiceKind.FIXED,
    )


def _item(each: plans.TakenItem, tax: TaxTreatment, entry: RecurringEntry) -> rules.RecurringItem:
    row = each.item
    is_own = each.price != row.price or list(each.ramp) != list(row.ramp)
    return rules.RecurringItem(
        key=row.key,
        name=row.name,
        price=written(each.price),
        tax=tax,
        quantity=each.quantity,
        timing=Timing(row.timing),
        measure=written(row.measure),
        is_once=row.is_once,
        ramp=written(each.ramp),
        asked_price=written(row.price) if is_own else "",
        asked_ramp=written(row.ramp) if is_own else "",
        unit_code=row.unit_code,
        supply=row.supply,
        rate_class=row.rate_class,
        item=str(row.item_id or ""),
        is_optional=row.key in entry.optional_keys,
        is_chosen=row.key in entry.chosen_keys,
    )
