"""Apply a preset: pipeline, items, letters, words of documents and quotes, first page; in one transaction, once."""

from datetime import datetime
from typing import TYPE_CHECKING

from django.db import transaction

from conto.apps.accounts import actions as accounts
from conto.apps.accounts import queries as sellers
from conto.apps.bulk.retrying import retried
from conto.apps.catalog import actions as catalog
from conto.apps.catalog import queries as items
from conto.apps.catalog.entry import NewItem
from conto.apps.correspondence import actions as correspondence
from conto.apps.deals import actions as deals
from conto.apps.invoicing import actions as invoicing
from conto.apps.invoicing import queries as documents
from conto.apps.quotes import actions as quotes
from conto.apps.quotes import queries as offers
from conto.domain.errors import Conflict
from conto.domain.facts import Actor
from conto.domain.preset import Preset, PresetItem, preset_of

if TYPE_CHECKING:
    from conto.apps.accounts.models import LegalEntity


def apply_preset(*, key: str, with_items: bool, actor: Actor, at: datetime) -> Preset:
    """Bring what a preset names into the book, and return it; what is there already stays as it is.

    Raises: RuleBroken for an unknown preset; Conflict when the book has taken one, or has no business yet.

    Source: PS-2.
    """

    def once() -> Preset:
        with transaction.atomic():
            business = sellers.business()
            if business is None:
                raise Conflict("preset.no_business", "This book has no business yet: finish its set-up first.")
            preset = preset_of(key, business.language)
            accounts.take_preset(key=key, home=preset.home, actor=actor, at=at)
            deals.open_preset_pipeline(
                name=preset.pipeline, stages=preset.stages, lost_reasons=preset.lost_reasons, actor=actor, at=at
            )
            if with_items:
                _bring_items(preset.items, business.language, actor, at)
            correspondence.begin_templates(letters=preset.letters, actor=actor, at=at)
            for entity in sellers.legal_entities():
                _word_papers(entity, preset, actor, at)
            return preset

    return retried(once)


def _bring_items(wanted: tuple[PresetItem, ...], language: str, actor: Actor, at: datetime) -> None:
    """Add items without prices; one whose code is taken is here already."""
    codes = set(items.codes())
    for each in wanted:
        if each.code in codes:
            continue
        name = each.names.get(language, each.names["en"])
        new = NewItem(
            name=name, code=each.code, kind=each.kind, unit_code=each.unit_code, supply=each.supply
        )  # fmt: skip
        item = catalog.add_item(new=new, actor=actor, at=at)
        for other, text in each.names.items():
            if other != language and text != name:
                catalog.set_item_text(item=item, language=other, name=text, actor=actor, at=at)


def _word_papers(entity: "LegalEntity", preset: Preset, actor: Actor, at: datetime) -> None:
    """Give the seller's papers words and columns where nobody has chosen any, and its quotes their terms."""
    template = documents.default_template(entity)
    if template is not None and not template.texts:
        invoicing.save_template(
            legal_entity=entity,
            name=template.name,
            template=template,
            texts=preset.texts,
            columns=template.columns or list(preset.columns),
            actor=actor,
            at=at,
        )
    rules = offers.rules_of(entity)
    if not rules.terms:
        quotes.save_rules(
            legal_entity=entity,
            valid_days=preset.quotes_hold_days,
            discount_limit_percent=rules.discount_limit_percent,
            terms=preset.quote_terms,
            actor=actor,
            at=at,
        )
