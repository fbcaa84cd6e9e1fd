"""A book with two members, and how they sign in."""

import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.test import Client

from conto.apps.accounts import actions
from conto.apps.accounts.models import LegalEntity, Member
from conto.apps.accounts.queries import SellerDetails
from conto.domain.facts import SYSTEM

NOW = datetime(2026, 11, 20, 9, tzinfo=UTC)
PASSWORD = "correct-horse-battery"


@dataclass
class People:
    """Who works in the book."""

    olga: Member
    sven: Member
    entity: LegalEntity


def meet() -> People:
    """Set a book up with an owner and a salesman."""
    olga = actions.add_first_owner(email="olga@example.com", name="Olga", password=PASSWORD, at=NOW)
    seller = SellerDetails(name="Kestrel", country="DE", currency="EUR", zone="Europe/Berlin")
    entity = actions.set_up_business(seller=seller, bank_account=None, actor=SYSTEM, at=NOW)
    sven = actions.add_member(
        email="sven@example.com", name="Sven", role="sales", password=PASSWORD, actor=SYSTEM, at=NOW
    )
    return People(olga, sven, entity)


def inside(member: Member) -> Client:
    """Return a browser in which a member has just signed in."""
    client = Client(SERVER_NAME="localhost")
    client.force_login(member)
    return client


def grow_stale(client: Client, seconds: int = 16 * 60) -> None:
    """Let time pass since the member last showed who they are."""
    session: Any = client.session
    session["proved_at"] = int(time.time()) - seconds
    session.save()
