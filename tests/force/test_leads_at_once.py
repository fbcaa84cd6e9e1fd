"""A lead becomes one customer with one deal, whoever converts it how often at once and dies on the way."""

import pytest
from django.db import connection

from conto.apps.accounts.models import Business
from conto.apps.audit.models import Fact
from conto.apps.crm.models import Contact, Customer
from conto.apps.deals import actions as deals
from conto.apps.deals.models import Deal
from conto.apps.leads import actions as leads
from conto.apps.leads.entry import NewLead
from conto.apps.leads.models import Lead
from conto.domain.facts import SYSTEM
from tests.house import FreshBook
from tests.scene import NOW, set_scene

LEADS = 4


@pytest.mark.force
def test_l2_killed_on_the_way_and_converted_at_once_each_lead_becomes_one_customer(fresh_book: FreshBook) -> None:
    Business.objects.create(
        name="Nordlicht", country="DE", currency="EUR", zone="Europe/Berlin", set_up_at=NOW, changed_at=NOW
    )
    set_scene()
    deals.open_first_pipeline(language="en", actor=SYSTEM, at=NOW)
    for n in range(LEADS):
        leads.add_lead(new=NewLead(name=f"Mara {n}", company=f"Lindt {n}"), actor=SYSTEM, at=NOW)
    before = Customer.objects.count()
    assert fresh_book.start("-m", "tests.force.lead_race", "4").wait(timeout=120) == 0
    assert Customer.objects.count() == before + LEADS
    assert Contact.objects.filter(name__startswith="Mara").count() == LEADS
    assert Fact.objects.filter(kind="lead_converted").count() == LEADS
    became = Lead.objects.filter(state="converted").values_list("deal_id", flat=True)
    assert sorted(map(str, became)) == sorted(map(str, Deal.objects.values_list("id", flat=True)))
    connection.close()
