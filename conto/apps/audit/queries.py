"""Reads of facts."""

from uuid import UUID

from django.db.models import QuerySet

from conto.apps.audit.models import Fact


def facts_of_customer(customer_id: UUID) -> QuerySet[Fact]:
    """Return what happened with a customer, the latest first, each with its payload."""
    return Fact.objects.filter(customer_id=customer_id).select_related("payload").order_by("-at", "-id")


def facts_of_subject(subject_id: UUID) -> QuerySet[Fact]:
    """Return what happened with one record, the latest first, each with its payload."""
    return Fact.objects.filter(subject_id=subject_id).select_related("payload").order_by("-at", "-id")


def latest_facts() -> QuerySet[Fact]:
    """Return what happened in this book, the latest first, each with its payload."""
    return Fact.objects.select_related("payload").order_by("-at", "-id")
