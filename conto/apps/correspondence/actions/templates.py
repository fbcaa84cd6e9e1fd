"""Words to begin letters with."""

from collections.abc import Iterable
from dataclasses import asdict
from datetime import datetime
from uuid import UUID

from django.db import transaction

from conto.apps.audit import actions as audit
from conto.apps.correspondence.models import LetterTemplate
from conto.domain import facts
from conto.domain.errors import Conflict, RuleBroken
from conto.domain.facts import Actor, changes_between
from conto.domain.ids import new_id
from conto.domain.letters import unknown_places
from conto.domain.preset import PresetLetter

MOST_TEMPLATES = 200
LONGEST_TEXT = 20_000


@transaction.atomic
def save_template(
    *, template_id: UUID | None, name: str, language: str, subject: str, text: str, actor: Actor, at: datetime
) -> LetterTemplate:
    """Add a template, or change one.

    Raises: RuleBroken for one without words, with an unknown place, or with the name of another (E-7).
    """
    row = _locked(template_id) if template_id else LetterTemplate(id=new_id())
    before = {"name": row.name, "language": row.language, "subject": row.subject, "text": row.text}
    after = {
        "name": " ".join(name.split())[:100], "language": language, "subject": " ".join(subject.split())[:300],
        "text": text.replace("\r\n", "\n").strip(),
    }  # fmt: skip
    _check(row, after)
    changes = changes_between(before, after)
    if not changes:
        return row
    row.name, row.language, row.subject, row.text = after["name"], language, after["subject"], after["text"]
    row.changed_at = at
    row.save()
    audit.record(facts.LetterTemplateChanged(subject_id=row.id, name=row.name, changes=changes), actor=actor, at=at)
    return row


@transaction.atomic
def begin_templates(*, letters: Iterable[PresetLetter], actor: Actor, at: datetime) -> int:
    """Add many templates at once; where a name is taken in its language, what is there stays. Return how many came.

    Source: PS-2.
    """
    taken = set(LetterTemplate.objects.filter(is_archived=False).values_list("name", "language"))
    wanted = [letter for letter in letters if (letter.name, letter.language) not in taken]
    rows = [LetterTemplate(id=new_id(), changed_at=at, **asdict(letter)) for letter in wanted]
    LetterTemplate.objects.bulk_create(rows)
    told = []
    for row, letter in zip(rows, wanted, strict=True):
        changes: facts.Changes = {name: ["", words] for name, words in asdict(letter).items()}
        told.append((facts.LetterTemplateChanged(subject_id=row.id, name=row.name, changes=changes), at))
    audit.record_many(told, actor=actor)
    return len(rows)


def _check(row: LetterTemplate, after: dict[str, str]) -> None:
    if not after["name"] or not after["subject"] or not after["text"]:
        raise RuleBroken("letter_template.empty", "A template has a name, a subject and words.")
    if len(after["text"]) > LONGEST_TEXT:
        raise RuleBroken("entry.too_long", "At most %(most)s characters.", most=LONGEST_TEXT)
    if unknown := unknown_places(after["subject"] + after["text"]):
        raise RuleBroken(
            "letter_template.unknown_place", "{%(place)s} is no place that is filled in.", place=unknown[0]
        )
    others = LetterTemplate.objects.filter(is_archived=False).exclude(id=row.id)
    if others.filter(name=after["name"], language=after["language"]).exists():
        raise RuleBroken("letter_template.name_taken", "Another template in this language has this name.")
    if others.count() >= MOST_TEMPLATES:
        raise RuleBroken("letter_template.too_many", "At most %(most)s templates.", most=MOST_TEMPLATES)


@transaction.atomic
def archive_template(*, template_id: UUID, actor: Actor, at: datetime) -> None:
    """Put a template away."""
    row = _locked(template_id)
    row.is_archived, row.changed_at = True, at
    row.save(update_fields=["is_archived", "changed_at"])
    changes: facts.Changes = {"is_archived": [False, True]}
    audit.record(facts.LetterTemplateChanged(subject_id=row.id, name=row.name, changes=changes), actor=actor, at=at)


def _locked(template_id: UUID) -> LetterTemplate:
    row = LetterTemplate.objects.select_for_update().filter(id=template_id, is_archived=False).first()
    if row is None:
        raise Conflict("letter_template.gone", "This template is not there any more.")
    return row
