"""The story of a document: its facts in the reader's words."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from conto.apps.fields.queries import told_body
from conto.web.customers.icons import ICONS
from conto.web.customers.words import telling

if TYPE_CHECKING:
    from conto.apps.audit.models import Fact
    from conto.web.reading import Here


@dataclass(frozen=True, slots=True)
class Told:
    """One fact as the page shows it."""

    at: datetime
    title: str
    note: str
    icon: str
    who: str
    kind: str


def story_of(facts: "Iterable[Fact]", here: "Here") -> list[Told]:
    """Return the facts in words for who reads them, in the order given; changes in a row are one."""
    rows: list[Told] = []
    for fact in facts:
        if rows and fact.kind == "document_changed" and rows[-1].kind == fact.kind:
            continue  # an editor saves often; the newest change stands for those just before it
        words = telling(fact.kind, told_body(fact.kind, fact.body, here.business, here.member.role), fact.actor_name)
        icon = ICONS.get(fact.kind, "circle")
        rows.append(Told(fact.at, words.title, words.note, icon, fact.actor_name, fact.kind))
    return rows
