"""What of a quote recurs, as programs say and read it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Literal
from uuid import UUID

from django.http import HttpRequest
from pydantic import Field

from conto.api.door import caller_of
from conto.api.fields import Currency, Day, Entry, Flag, Id, Minor
from conto.api.nouns.contracts import Months
from conto.api.nouns.plans import Said, Written
from conto.api.nouns.subscription_entries import ItemKey, Prices, Quantities, written
from conto.api.reading import found
from conto.apps.plans import queries as plans
from conto.apps.quotes.actions import RecurringEntry
from conto.apps.quotes.queries import ShownPart, entries_of
from conto.apps.subscriptions import queries as subscriptions
from conto.domain.plan import MOST_TRIAL_DAYS
from conto.domain.price import describe, plain_english, price_from
from conto.domain.quote import Amount, ChoiceKind, RecurringItem, Step, item_name, part_name
from conto.domain.quote.recurring import MOST_PARTS, kept


class RecurringGiven(Entry):
    """A plan that a quote offers; what is left out is as the plan has it. Accepted, it becomes a subscription."""

    plan_id: Id
    plan_version: Annotated[int | None, Field(ge=1, description="Nothing: as the plan is now.", examples=[None])] = None
    title: Annotated[str, Field(max_length=200, description="Empty: the name of the plan.")] = ""
    quantities: Quantities = {}
    prices: Prices = {}
    item_keys: Annotated[
        list[ItemKey] | None, Field(max_length=50, description="Only these items of the plan.", examples=[None])
    ] = None
    coupon_codes: Annotated[list[Annotated[str, Field(max_length=40)]], Field(max_length=20, examples=[[]])] = []
    trial_days: Annotated[int | None, Field(ge=0, le=MOST_TRIAL_DAYS, examples=[14])] = None
    starts_on: Annotated[
        Day | None, Field(description="Not before the day of acceptance; nothing: on it.", examples=[None])
    ] = None
    months: Annotated[Months, Field(description="Of its term; 0: it goes on.", examples=[12])] = 0
    kind: Annotated[Literal["fixed", "optional", "choice"], Field(description="Whether it counts always.")] = "fixed"
    choice_group: Annotated[str, Field(max_length=100, description="Of a choice: one of each group is taken.")] = ""
    is_chosen: Annotated[Flag, Field(description="Whether it stands chosen beforehand.")] = False
    optional_keys: Annotated[
        list[ItemKey], Field(max_length=50, description="Items that the customer may choose.", examples=[[]])
    ] = []
    chosen_keys: Annotated[
        list[ItemKey], Field(max_length=50, description="Of these, what stands chosen beforehand.", examples=[[]])
    ] = []


RecurringList = Annotated[list[RecurringGiven], Field(max_length=MOST_PARTS)]


@dataclass(frozen=True, slots=True)
class QuotedAmount:
    """What an invoice of a part comes to, by the tax of the day on which the quote is looked at."""

    net_minor: Minor
    tax_minor: Minor
    total_minor: Minor


@dataclass(frozen=True, slots=True)
class QuotedStep:
    """Invoices in a row that come to the same."""

    on: Annotated[date, Field(description="The day of the first of them.")]
    times: Annotated[int, Field(examples=[12])]
    amount: QuotedAmount


@dataclass(frozen=True, slots=True)
class QuotedItem:
    """One thing that a part bills."""

    key: Annotated[str, Field(examples=["seats"])]
    name: str
    quantity: Decimal
    price: Written
    price_in_words: Said
    measure: dict[str, Any] | None
    is_once: bool
    choice: Annotated[str, Field(description="Its name in a choice; empty: it counts always.")]
    is_taken: Annotated[bool, Field(description="Whether the amounts count it.")]


@dataclass(frozen=True, slots=True)
class QuotedRecurring:
    """A plan that a quote offers, with what it bills when the quote is accepted today, or was on its day."""

    plan_version_id: Id
    plan: Annotated[str, Field(examples=["BASIC v1"])]
    title: str
    currency: Currency
    price_mode: Annotated[str, Field(examples=["net"])]
    interval: Annotated[str, Field(examples=["month"])]
    count: int
    starts_on: Annotated[date | None, Field(description="As it is offered; nothing: the day of acceptance.")]
    months: int
    kind: Annotated[str, Field(examples=["fixed"])]
    choice_group: str
    choice: Annotated[str, Field(description="Its name in a choice; empty: it counts always.")]
    is_taken: Annotated[bool, Field(description="Whether it counts.")]
    trial_days: int
    coupon_codes: list[str]
    items: list[QuotedItem]
    begins_on: Annotated[date, Field(description="The first day that the amounts are for.")]
    last_day: date | None
    steps: Annotated[list[QuotedStep], Field(description="The invoices, without what is measured.")]
    usual: Annotated[QuotedAmount, Field(description="What the most of its invoices come to.")]
    year: Annotated[QuotedAmount, Field(description="What the first year comes to, or the term where it is shorter.")]
    monthly_minor: Annotated[Minor, Field(description="What recurs, a month, before discounts, tax and use.")]
    subscription_id: Annotated[UUID | None, Field(description="Of the subscription that it became.")]


def entries(request: HttpRequest, wanted: list[RecurringGiven]) -> list[RecurringEntry]:
    """Return what recurs in the words of quotes."""
    member = caller_of(request).member
    same = ("title", "quantities", "item_keys", "coupon_codes", "trial_days", "starts_on", "months", "kind",
            "choice_group", "is_chosen", "optional_keys", "chosen_keys")  # fmt: skip
    return [
        RecurringEntry(
            plan_version_id=found(plans.version_for(found(plans.plan_for(member, each.plan_id)), each.plan_version)).id,
            prices=written(each.prices),
            **{name: getattr(each, name) for name in same},
        )
        for each in wanted
    ]


def recurring_shapes(
    request: HttpRequest, row: Any, parts: Iterable[ShownPart], *, is_made: bool
) -> list[QuotedRecurring]:
    """Return what of a quote recurs."""
    caller, speech = caller_of(request), plain_english()
    began = {
        each.plan_version_id: each.id
        for each in (subscriptions.visible_to(caller.member).filter(quote_id=row.id) if is_made else ())
    }

    def item(each: RecurringItem, shown: ShownPart) -> QuotedItem:
        price = price_from(kept(each.price), shown.part.currency)
        return QuotedItem(
            each.key, each.name, each.quantity, kept(each.price), describe(price, speech), kept(each.measure),
            each.is_once, item_name(shown.part, each) if each.is_optional else "", each in shown.counting.items,
        )  # fmt: skip

    return [
        QuotedRecurring(
            UUID(shown.part.plan_version), shown.part.plan, shown.part.title, shown.part.currency,
            shown.part.price_mode.value, shown.part.terms.interval.value, shown.part.terms.count,
            shown.part.starts_on, shown.part.months, shown.part.kind.value, shown.part.choice_group,
            "" if shown.part.kind is ChoiceKind.FIXED else part_name(shown.part), shown.is_taken,
            shown.part.terms.trial_days, list(entry.coupon_codes),
            [item(each, shown) for each in shown.part.items], shown.recurrence.starts_on,
            shown.recurrence.last_day, [_step(each) for each in shown.recurrence.steps],
            _amount(shown.recurrence.usual), _amount(shown.recurrence.year), shown.recurrence.monthly_minor,
            began.get(UUID(shown.part.plan_version)) if shown.is_taken else None,
        )
        for shown, entry in zip(parts, entries_of(row), strict=True)
    ]  # fmt: skip


def _step(step: Step) -> QuotedStep:
    return QuotedStep(step.on, step.times, _amount(step.amount))


def _amount(amount: Amount) -> QuotedAmount:
    return QuotedAmount(amount.net_minor, amount.tax_minor, amount.payable_minor)
