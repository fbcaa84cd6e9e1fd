"""Who sees which deals, activities and customers where a role is limited (V-3 … V-5)."""

import pytest

from conto.apps.accounts import actions as accounts
from conto.apps.accounts.models import Member
from conto.apps.crm import actions as crm
from conto.apps.crm import queries as customers
from conto.apps.deals import actions as deals
from conto.apps.deals import queries
from conto.apps.deals.entry import NewActivity
from conto.domain.facts import SYSTEM, Actor
from conto.domain.permissions import Role
from conto.domain.sight import Area, Reach
from tests.apps.deals.conftest import Shop
from tests.scene import NOW

pytestmark = pytest.mark.django_db


@pytest.fixture
def rita(shop: Shop) -> Member:
    return accounts.add_member(
        email="rita@example.com", name="Rita", role=Role.SALES, password="correct horse 9", actor=SYSTEM, at=NOW
    )


def limit(area: Area) -> None:
    accounts.set_reaches(wanted={(Role.SALES, area): Reach.OWN}, actor=SYSTEM, at=NOW)


def names(member: Member) -> set[str]:
    member = Member.objects.get(id=member.id)
    return {deal.name for deal in queries.visible_to(member)}


def test_v4_a_seller_sees_their_own_deals_and_those_they_follow_or_are_mentioned_in(shop: Shop, rita: Member) -> None:
    shop.deal("Own")
    theirs = shop.deal("Theirs")
    deals.hand_over_deal(deal=theirs, owner_id=rita.id, actor=shop.actor, at=NOW)
    deals.unfollow_deal(deal=theirs, member_id=shop.seller.id, actor=shop.actor, at=NOW)
    assert names(rita) == names(shop.seller) == {"Own", "Theirs"}
    limit(Area.DEALS)
    assert names(rita) == {"Theirs"}
    said = Actor(rita.id, "member", rita.name)
    deals.add_comment(deal=theirs, text=f"Help me, @{shop.seller.name}", actor=said, at=NOW)
    assert names(shop.seller) == {"Own", "Theirs"}
    deals.unfollow_deal(deal=theirs, member_id=shop.seller.id, actor=shop.actor, at=NOW)
    assert names(shop.seller) == {"Own"}


def test_v5_an_activity_is_seen_with_its_deal_with_its_customer_and_by_who_does_it(shop: Shop, rita: Member) -> None:
    customer = shop.scene.customer
    crm.set_owner(customer=customer, owner_id=shop.seller.id, actor=SYSTEM, at=NOW)
    for title, deal in (("Of a deal", shop.deal()), ("Of a customer", None)):
        deals.add_activity(customer=customer, new=NewActivity(title=title), deal=deal, actor=shop.actor, at=NOW)
    asked = NewActivity(title="For Rita", owner_id=rita.id)
    deals.add_activity(customer=customer, new=asked, actor=shop.actor, at=NOW)

    def titles(member: Member) -> set[str]:
        return {each.title for each in queries.activities(Member.objects.get(id=member.id))}

    assert titles(rita) == {"Of a deal", "Of a customer", "For Rita"}
    limit(Area.DEALS)
    assert titles(rita) == {"Of a customer", "For Rita"}
    limit(Area.CUSTOMERS)
    assert titles(rita) == {"For Rita"}
    assert titles(shop.seller) == {"Of a deal", "Of a customer", "For Rita"}


def test_v3_customers_of_nobody_are_seen_by_everybody(shop: Shop, rita: Member) -> None:
    customer = shop.scene.customer
    limit(Area.CUSTOMERS)
    assert customers.customer_for(rita, customer.id) is not None
    crm.set_owner(customer=customer, owner_id=shop.seller.id, actor=SYSTEM, at=NOW)
    assert customers.customer_for(rita, customer.id) is None
    seller = Member.objects.get(id=shop.seller.id)
    assert customers.customer_for(seller, customer.id) is not None
