"""The demo company: told by the real actions, once, and the same whoever tells it."""

from datetime import UTC, datetime

import pytest

from conto.apps.accounts.models import Member
from conto.apps.invoicing.models import Document, Draft, Question
from conto.apps.messaging.models import Mail
from conto.apps.payments.models import Payment
from conto.jobs import demo

NOW = datetime(2026, 11, 20, 16, tzinfo=UTC)


@pytest.mark.slow
@pytest.mark.django_db
def test_the_demo_company_has_everything_that_a_visitor_looks_for() -> None:
    said: list[str] = []
    demo.fill(say=said.append, at=NOW)
    assert Member.objects.count() == len(demo.LOGINS)
    assert demo.PASSWORD in said[0]
    assert set(Document.objects.values_list("kind", flat=True)) == {"invoice", "deposit", "final", "credit_note"}
    assert set(Document.objects.values_list("currency", flat=True)) == {"EUR", "GBP", "CHF"}
    assert set(Document.objects.values_list("language", flat=True)) == {"en", "de", "fr"}
    assert set(Mail.objects.values_list("state", flat=True)) == {"sent", "waiting", "bounced"}
    assert Draft.objects.count() == 3
    assert Question.objects.filter(answered_at=None).count() == 1
    assert Payment.objects.count() > 20
    count = Document.objects.count()
    demo.fill(say=said.append, at=NOW)
    assert Document.objects.count() == count, "told once"
