"""The first day: the book is set up, its people get their log-ins, the shelf is stocked."""

from datetime import datetime, timedelta

from django.db import transaction

from conto.apps.accounts import actions as accounts
from conto.apps.catalog import actions as catalog
from conto.domain.facts import SYSTEM
from conto.flows.set_up_book import Numbers, set_up_book
from conto.jobs.simulation.cast import Cast


@transaction.atomic
def found(cast: Cast, *, at: datetime, clock_ahead: timedelta) -> None:
    """Found the company of a cast in an empty book whose clock shows `at`."""
    for login in cast.logins:
        accounts.add_member(
            email=login.email,
            name=login.name,
            role=login.role,
            password=cast.password,
            language="en",
            actor=SYSTEM,
            at=at,
        )
    entity = set_up_book(
        seller=cast.seller,
        bank_account=cast.accounts[0],
        numbers=Numbers(prefix=cast.number_prefix),
        actor=SYSTEM,
        at=at,
        is_sandbox=True,
        clock_ahead=clock_ahead,
    )
    for account in cast.accounts[1:]:
        accounts.set_bank_account(legal_entity_id=entity.id, details=account, actor=SYSTEM, at=at)
    _stock_the_shelf(cast, at)


def _stock_the_shelf(cast: Cast, at: datetime) -> None:
    for goods in cast.goods.values():
        item = catalog.add_item(new=goods.new, actor=SYSTEM, at=at)
        for currency, amount in goods.prices.items():
            catalog.set_price(item=item, currency=currency, amount=amount, valid_from=at.date(), actor=SYSTEM, at=at)
        for language, name in goods.names.items():
            catalog.set_item_text(item=item, language=language, name=name, actor=SYSTEM, at=at)
