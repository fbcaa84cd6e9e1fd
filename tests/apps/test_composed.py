"""A question that is composed once gives what Django's own question gives, whatever it is asked about."""

from typing import Any

import pytest
from django.db import connection, models, transaction
from django.test.utils import CaptureQueriesContext

from conto.apps.accounts.models import Business, LegalEntity, Member
from conto.apps.audit.models import FactPayload
from conto.apps.bulk.composed import Composed, given
from conto.apps.catalog import queries as catalog
from conto.apps.catalog.models import TaxRate
from conto.apps.invoicing.models import Document, DocumentLine
from tests.web.living import NOW, Living, live

pytestmark = pytest.mark.django_db
_TODAY = NOW.date()

LINES = Composed(
    lambda: DocumentLine.objects.filter(document_id__one_of=given("ids")).order_by("document_id", "position")
)
WITH_SELLER = Composed(lambda: Document.objects.select_related("legal_entity").order_by("id"))
NUMBERS = Composed(lambda: Document.objects.filter(id=given("id")).values_list("number", flat=True))
PAIRS = Composed(lambda: Document.objects.order_by("id").values_list("number", "customer_id"))
FEW_COLUMNS = Composed(lambda: Document.objects.only("number").order_by("id"))
PAYLOADS = Composed(lambda: FactPayload.objects.order_by("fact_id"))
LOCKED = Composed(Business.objects.select_for_update)


@pytest.fixture
def book(settings: Any) -> Living:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    return live()


def columns(row: models.Model) -> dict[str, Any]:
    return {name: value for name, value in row.__dict__.items() if name != "_state"}


def test_rows_are_those_of_the_question_for_any_number_of_values(book: Living) -> None:
    ids = list(Document.objects.values_list("id", flat=True))
    assert len(ids) > 1
    for some in (ids, ids[:1], []):
        plain = DocumentLine.objects.filter(document__in=some).order_by("document_id", "position")
        assert [columns(row) for row in LINES(ids=some)] == [columns(row) for row in plain]


def test_records_come_with_those_they_point_to_and_can_be_saved(book: Living) -> None:
    rows = WITH_SELLER()
    with CaptureQueriesContext(connection) as asked:
        names = [row.legal_entity.name for row in rows]
    assert not asked.captured_queries
    assert names == [row.legal_entity.name for row in WITH_SELLER()]
    seller = rows[0].legal_entity
    seller.website = "https://elsewhere.example"
    seller.save()
    assert LegalEntity.objects.get(id=seller.id).website == "https://elsewhere.example"
    assert WITH_SELLER()[0].legal_entity.website == "https://elsewhere.example"


def test_columns_that_were_left_out_are_read_when_they_are_asked_for(book: Living) -> None:
    row = FEW_COLUMNS()[0]
    assert row.get_deferred_fields()
    assert row.payable_minor == Document.objects.get(id=row.id).payable_minor


def test_values_come_as_they_were_asked_for(book: Living) -> None:
    document = Document.objects.order_by("id")[0]
    assert NUMBERS(id=document.id) == [document.number]
    assert NUMBERS.first(id=book.customer.id) is None
    assert PAIRS()[0] == (document.number, document.customer_id)
    assert [row.body for row in PAYLOADS()] == [row.body for row in FactPayload.objects.order_by("fact_id")]


def test_rates_hold_on_the_day_that_is_given(book: Living) -> None:
    rows = TaxRate.objects.filter(country="DE", valid__contains=_TODAY)
    assert {rate.percent for rate in catalog.rates_for(["DE"], _TODAY)} == {row.percent for row in rows}


def test_it_is_counted_and_asked_with_one_statement(book: Living) -> None:
    for _ in range(7):
        with CaptureQueriesContext(connection) as asked:
            WITH_SELLER()
        assert len(asked.captured_queries) == 1


def test_the_server_keeps_one_plan_however_often_it_is_asked(book: Living) -> None:
    wanted = Composed(lambda: Member.objects.filter(email=given("email")))
    for n in range(7):
        wanted(email=f"{n}@conto.example")
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE '%accounts_member%email%'")
        assert cursor.fetchone()[0] == 1


@pytest.mark.django_db(transaction=True)
def test_what_locks_is_refused_outside_of_a_transaction() -> None:
    with transaction.atomic():
        LOCKED()
    with pytest.raises(transaction.TransactionManagementError):
        LOCKED()
