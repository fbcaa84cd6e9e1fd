"""Number series and document templates."""

import re
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction

from conto.apps.accounts.models import LegalEntity
from conto.apps.audit import actions as audit
from conto.apps.invoicing.models import DocumentTemplate, NumberCounter, NumberSeries
from conto.domain import facts
from conto.domain.errors import Conflict, RuleBroken
from conto.domain.facts import Actor
from conto.domain.ids import new_id
from conto.domain.numbering import NumberPattern

KINDS = ("invoice", "credit_note", "deposit")
PAPERS = ("a4", "letter")
TEXTS = ("intro", "footer", "terms")
_COLOR = re.compile(r"#[0-9a-fA-F]{6}")


@transaction.atomic
def save_series(  # noqa: PLR0913 -- a series has these parts
    *,
    legal_entity: LegalEntity,
    kind: str,
    prefix: str,
    actor: Actor,
    at: datetime,
    width: int = 5,
    is_yearly: bool = True,
    start_ordinal: int = 1,
    series: NumberSeries | None = None,
    is_default: bool = True,
) -> NumberSeries:
    """Add a series of a kind (invoice, credit_note, deposit) or change one that has given no number yet.

    The start is for the year of `at`, later years start at 1. The default series is where new documents take their
    numbers; the one before loses that place.

    Raises: RuleBroken `series.started`, `series.kind_unknown`, `series.bad_start`, `numbering.bad_prefix`;
        Conflict `series.prefix_taken`.
    """
    NumberPattern(prefix, width, is_yearly)
    if kind not in KINDS:
        raise RuleBroken("series.kind_unknown", "There is no series of %(kind)s.", kind=kind)
    if start_ordinal < 1:
        raise RuleBroken("series.bad_start", "Numbers start at 1 or later, not at %(start)s.", start=start_ordinal)
    wanted = {
        "prefix": prefix,
        "width": width,
        "is_yearly": is_yearly,
        "start_ordinal": start_ordinal,
        "start_year": at.astimezone(legal_entity.timezone).year if start_ordinal > 1 else None,
        "is_default": is_default,
    }
    row = series or NumberSeries(id=new_id(), legal_entity=legal_entity, kind=kind)
    changes = {name: [None if series is None else getattr(row, name), value] for name, value in wanted.items()}
    changes = {name: pair for name, pair in changes.items() if pair[0] != pair[1]}
    if series is not None and changes.keys() - {"is_default"} and NumberCounter.objects.filter(series=row).exists():
        raise RuleBroken(
            "series.started",
            "%(prefix)s has given numbers already, so its pattern stays. Add another series for a new pattern.",
            prefix=row.prefix,
        )
    for name, value in wanted.items():
        setattr(row, name, value)
    if is_default:
        others = NumberSeries.objects.filter(legal_entity=legal_entity, kind=kind, is_default=True)
        others.exclude(id=row.id).update(is_default=False)
    try:
        with transaction.atomic():
            row.save(force_insert=series is None)
    except IntegrityError as error:
        raise Conflict(
            "series.prefix_taken", "%(prefix)s is the prefix of another series already.", prefix=prefix
        ) from error
    audit.record(facts.SeriesChanged(subject_id=row.id, changes=changes), actor=actor, at=at)
    return row


@transaction.atomic
def save_template(
    *,
    legal_entity: LegalEntity,
    name: str,
    actor: Actor,
    at: datetime,
    template: DocumentTemplate | None = None,
    **fields: Any,
) -> DocumentTemplate:
    """Add or change a template: accent_color, paper, columns, texts (by language), is_default.

    Raises: RuleBroken `template.bad_color`, `template.bad_paper`, `template.bad_texts`.
    """
    _check_look(fields)
    row = template or DocumentTemplate(id=new_id(), legal_entity=legal_entity)
    wanted = {"name": name.strip()[:100], **fields}
    changes = {key: [None if template is None else getattr(row, key), value] for key, value in wanted.items()}
    for key, value in wanted.items():
        setattr(row, key, value)
    row.changed_at = at
    if row.is_default:
        others = DocumentTemplate.objects.filter(legal_entity=legal_entity, is_default=True)
        others.exclude(id=row.id).update(is_default=False)
    row.save(force_insert=template is None)
    kept = {key: pair for key, pair in changes.items() if pair[0] != pair[1]}
    audit.record(facts.SettingsChanged(subject_id=row.id, area="template", changes=kept), actor=actor, at=at)
    return row


def _check_look(fields: dict[str, Any]) -> None:
    unknown = fields.keys() - {"accent_color", "paper", "columns", "texts", "is_default"}
    if unknown:
        raise TypeError(f"a template has no {sorted(unknown)}")
    if not _COLOR.fullmatch(fields.get("accent_color", "#000000")):
        raise RuleBroken("template.bad_color", "A color is written like #1f5c46.")
    if fields.get("paper", "a4") not in PAPERS:
        raise RuleBroken("template.bad_paper", "Paper is A4 or Letter.")
    texts = fields.get("texts", {})
    if not all(isinstance(words, dict) and words.keys() <= set(TEXTS) for words in texts.values()):
        raise RuleBroken("template.bad_texts", "The words of a template are intro, terms and footer per language.")
