"""Set up the business and keep its legal entities, bank accounts and look."""

import io
import math
from collections.abc import Iterable
from dataclasses import asdict, fields
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4, uuid5

from django.db import transaction
from PIL import Image, UnidentifiedImageError

from conto.apps.accounts.actions.members import check_zone
from conto.apps.accounts.models import Business, LegalEntity, SellerBankAccount
from conto.apps.accounts.queries import BankAccountDetails, SellerDetails, bank_account_details, seller_details
from conto.apps.audit import actions as audit
from conto.domain import facts
from conto.domain.contact import check_bic, check_email, check_iban, check_postcode, check_tax_id, normalize_phone
from conto.domain.errors import Conflict, RuleBroken
from conto.domain.facts import Actor
from conto.domain.ids import new_id
from conto.domain.money import minor_digits
from conto.domain.preset import checked_home, home_of

LOGO_BYTES = 2 * 1024 * 1024
LOGO_PIXELS = 24_000_000
LOGO_BOX = (1200, 600)
BOOK = uuid5(UUID(int=0), "conto.book")  # facts about the book itself need a subject


@transaction.atomic
def set_up_business(
    *,
    seller: SellerDetails,
    bank_account: BankAccountDetails | None,
    actor: Actor,
    at: datetime,
    is_sandbox: bool = False,
    clock_ahead: timedelta = timedelta(0),
) -> LegalEntity:
    """Create the business of this book with its first legal entity and, where given, its bank account.

    A demo company begins in the past, `clock_ahead` being negative; its clock moves on as it lives.

    Raises: Conflict when the book has a business already; RuleBroken for details that cannot be right.
    """
    if Business.objects.select_for_update().exists():
        raise Conflict("business.exists", "This book has a business already.")
    Business.objects.create(
        name=seller.name,
        country=seller.country,
        currency=seller.currency,
        zone=check_zone(seller.zone),
        language=seller.language,
        is_sandbox=is_sandbox,
        clock_ahead_seconds=int(clock_ahead.total_seconds()),
        lived_until=at if clock_ahead else None,
        changed_at=at,
    )
    entity = add_legal_entity(seller=seller, actor=actor, at=at)
    if bank_account is not None:
        set_bank_account(legal_entity_id=entity.id, details=bank_account, actor=actor, at=at)
    return entity


@transaction.atomic
def finish_set_up(*, actor: Actor, at: datetime) -> None:
    """Mark the first-run wizard as finished."""
    Business.objects.filter(set_up_at__isnull=True).update(set_up_at=at, changed_at=at)
    audit.record(
        facts.SettingsChanged(subject_id=BOOK, area="set_up", changes={"done": [False, True]}), actor=actor, at=at
    )


@transaction.atomic
def take_preset(*, key: str, home: Iterable[str], actor: Actor, at: datetime) -> None:
    """Note which preset the book takes, and let its first page look as that says: once, whoever else does it now waits.

    Raises: Conflict `preset.taken`.

    Source: PS-2.
    """
    business = Business.objects.select_for_update().get()
    if business.preset:
        raise Conflict("preset.taken", "This book has taken a preset already. What it brought can be changed.")
    before = {"preset": business.preset, "home": business.home}
    business.preset, business.home, business.changed_at = key, checked_home(home), at
    business.save(update_fields=["preset", "home", "changed_at"])
    changes = facts.changes_between(before, {"preset": business.preset, "home": business.home})
    audit.record(facts.SettingsChanged(subject_id=BOOK, area="preset", changes=changes), actor=actor, at=at)


@transaction.atomic
def set_home(*, home: Iterable[str], actor: Actor, at: datetime) -> None:
    """Say which parts the first page shows, in which order.

    Raises: RuleBroken for no part, or one that is not known.

    Source: PS-3.
    """
    wanted = checked_home(home)
    business = Business.objects.select_for_update().get()
    before = [str(part) for part in home_of(business.home)]
    if before == wanted:
        return
    business.home, business.changed_at = wanted, at
    business.save(update_fields=["home", "changed_at"])
    changes: facts.Changes = {"home": [before, wanted]}
    audit.record(facts.SettingsChanged(subject_id=BOOK, area="home", changes=changes), actor=actor, at=at)


@transaction.atomic
def mark_own_fields() -> None:
    """Note that what fields of one's own there are changes; held until the transaction ends, one change at a time."""
    Business.objects.update(own_fields_mark=uuid4())


@transaction.atomic
def change_business(*, name: str, zone: str, language: str, actor: Actor, at: datetime) -> Business:
    """Change how the business is called and which zone and language it thinks in."""
    business = Business.objects.select_for_update().get()
    before = {"name": business.name, "zone": business.zone, "language": business.language}
    if not name.strip():
        raise RuleBroken("business.no_name", "A business needs a name.")
    business.name, business.zone, business.language = name.strip(), check_zone(zone), language
    business.changed_at = at
    business.save(update_fields=["name", "zone", "language", "changed_at"])
    changes = facts.changes_between(before, {"name": business.name, "zone": zone, "language": language})
    if changes:
        audit.record(facts.SettingsChanged(subject_id=BOOK, area="business", changes=changes), actor=actor, at=at)
    return business


@transaction.atomic
def move_clock(*, to: datetime, actor: Actor, at: datetime) -> Business:
    """Move the clock of a sandbox book forward from `at`, which it shows now.

    Raises: Conflict in a book that is not a sandbox, or whose demo company is still living its past; RuleBroken for a
        step back.
    """
    business = Business.objects.select_for_update().get()
    if not business.is_sandbox:
        raise Conflict("business.real_clock", "Only the clock of a sandbox book can be moved.")
    if business.is_being_lived:
        raise Conflict("business.being_lived", "The demo company is still living its past. Try again in a moment.")
    if to <= at:
        raise RuleBroken("business.clock_back", "The clock moves forward only.")
    business.clock_ahead_seconds += math.ceil((to - at).total_seconds())
    business.save(update_fields=["clock_ahead_seconds"])
    audit.record(facts.BookClockMoved(subject_id=BOOK, moved_to=to), actor=actor, at=at)
    return business


@transaction.atomic
def note_practice(*, wish: str, actor: Actor, at: datetime) -> None:
    """Record that somebody wished for a practice book beside this one, or to wipe it; nothing else is written here."""
    changed = facts.SettingsChanged(subject_id=BOOK, area="practice", changes={"practice_book": [None, wish]})
    audit.record(changed, actor=actor, at=at)


@transaction.atomic
def note_life(*, until: datetime, clock_ahead: timedelta) -> None:
    """Note how far the demo company has lived, and let the book's clock show that; it never goes back."""
    business = Business.objects.select_for_update().get(lived_until__isnull=False)
    ahead = min(0, math.ceil(clock_ahead.total_seconds()))
    business.lived_until, business.clock_ahead_seconds = until, max(business.clock_ahead_seconds, ahead)
    business.save(update_fields=["lived_until", "clock_ahead_seconds"])


@transaction.atomic
def add_legal_entity(*, seller: SellerDetails, actor: Actor, at: datetime) -> LegalEntity:
    """Add a seller; the first one is the default."""
    is_first = not LegalEntity.objects.exists()
    entity = LegalEntity.objects.create(id=new_id(), is_default=is_first, changed_at=at, **asdict(_checked(seller)))
    audit.record(
        facts.BusinessAdded(subject_id=entity.id, name=entity.name, country=entity.country, currency=entity.currency),
        actor=actor,
        at=at,
    )
    return entity


@transaction.atomic
def change_legal_entity(*, legal_entity_id: UUID, seller: SellerDetails, actor: Actor, at: datetime) -> LegalEntity:
    """Change a seller's details; documents issued before keep what they printed."""
    entity = LegalEntity.objects.select_for_update().get(id=legal_entity_id)
    before = asdict(seller_details(entity))
    after = asdict(_checked(seller))
    changes = facts.changes_between(before, after)
    if changes:
        for name, value in after.items():
            setattr(entity, name, value)
        entity.changed_at = at
        entity.save()
        audit.record(facts.BusinessChanged(subject_id=entity.id, changes=changes), actor=actor, at=at)
    return entity


@transaction.atomic
def set_bank_account(
    *,
    legal_entity_id: UUID,
    details: BankAccountDetails,
    actor: Actor,
    at: datetime,
    account_id: UUID | None = None,
) -> SellerBankAccount:
    """Add a bank account of a seller, or change the one named; the first of a currency is its default."""
    entity = LegalEntity.objects.select_for_update().get(id=legal_entity_id)
    checked = _checked_account(details)
    accounts = SellerBankAccount.objects.filter(legal_entity=entity)
    account = accounts.get(id=account_id) if account_id else SellerBankAccount(id=new_id(), legal_entity=entity)
    before = asdict(bank_account_details(account)) if account_id else {}
    others = accounts.filter(currency=checked["currency"]).exclude(id=account.id)
    if not others.filter(is_default=True).exists():
        checked["is_default"] = True
    elif checked["is_default"]:
        others.update(is_default=False)
    for name, value in checked.items():
        setattr(account, name, value)
    account.save()
    changes = facts.changes_between(before, checked)
    if changes:
        _note_account(entity, changes, actor=actor, at=at)
    return account


@transaction.atomic
def remove_bank_account(*, legal_entity_id: UUID, account_id: UUID, actor: Actor, at: datetime) -> None:
    """Remove a bank account of a seller; documents issued before keep what they printed."""
    account = SellerBankAccount.objects.select_for_update().get(id=account_id, legal_entity_id=legal_entity_id)
    entity, currency = account.legal_entity, account.currency
    shown = account.iban or account.account_number
    account.delete()
    heir = SellerBankAccount.objects.filter(legal_entity=entity, currency=currency).order_by("name").first()
    if heir is not None and not heir.is_default:
        heir.is_default = True
        heir.save(update_fields=["is_default"])
    _note_account(entity, {"iban": [shown, None]}, actor=actor, at=at)


@transaction.atomic
def set_logo(*, legal_entity_id: UUID, content: bytes, actor: Actor, at: datetime) -> LegalEntity:
    """Give a seller a logo: the picture is drawn anew as PNG, so that nothing else hides in the file.

    Raises: RuleBroken for a file that is too large or is not a picture.
    """
    entity = LegalEntity.objects.select_for_update().get(id=legal_entity_id)
    entity.logo, entity.logo_mime, entity.changed_at = clean_logo(content), "image/png", at
    entity.save(update_fields=["logo", "logo_mime", "changed_at"])
    change = {"logo": [None, f"{len(entity.logo)} bytes"]}
    audit.record(facts.BusinessChanged(subject_id=entity.id, changes=change), actor=actor, at=at)
    return entity


@transaction.atomic
def remove_logo(*, legal_entity_id: UUID, actor: Actor, at: datetime) -> LegalEntity:
    """Take a seller's logo away."""
    entity = LegalEntity.objects.select_for_update().get(id=legal_entity_id)
    entity.logo, entity.logo_mime, entity.changed_at = None, "", at
    entity.save(update_fields=["logo", "logo_mime", "changed_at"])
    audit.record(facts.BusinessChanged(subject_id=entity.id, changes={"logo": ["", None]}), actor=actor, at=at)
    return entity


def clean_logo(content: bytes) -> bytes:
    """Return a picture as a fresh PNG of at most 1200 × 600 pixels.

    Raises: RuleBroken `logo.too_large`, `logo.not_a_picture`.
    """
    if len(content) > LOGO_BYTES:
        raise RuleBroken("logo.too_large", "A logo has at most 2 MB.")
    try:
        with Image.open(io.BytesIO(content), formats=["PNG", "JPEG", "WEBP", "GIF"]) as picture:
            if picture.width * picture.height > LOGO_PIXELS:
                raise RuleBroken("logo.too_large", "This picture has too many pixels.")
            drawn = picture.convert("RGBA")
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise RuleBroken("logo.not_a_picture", "This file is not a PNG, JPEG or WebP picture.") from error
    drawn.thumbnail(LOGO_BOX)
    out = io.BytesIO()
    drawn.save(out, "PNG", optimize=True)
    return out.getvalue()


def _note_account(entity: LegalEntity, changes: facts.Changes, *, actor: Actor, at: datetime) -> None:
    secret = {"iban", "account_number"}
    named = {
        f"bank_account.{name}": [_last_four(value) for value in change] if name in secret else change
        for name, change in changes.items()
    }
    audit.record(facts.BusinessChanged(subject_id=entity.id, changes=named), actor=actor, at=at)


def _last_four(number: str | None) -> str | None:
    """Return what a number is known again by, for facts never say it in full."""
    return f"… {number[-4:]}" if number else number


def _checked(seller: SellerDetails) -> SellerDetails:
    values: dict[str, Any] = {f.name: getattr(seller, f.name) for f in fields(seller)}
    for name, value in values.items():
        if isinstance(value, str):
            values[name] = value.strip()
    values["country"] = country = values["country"].upper()
    values["legal_name"] = values["legal_name"] or values["name"]
    if not values["name"]:
        raise RuleBroken("business.no_name", "A business needs a name.")
    minor_digits(values["currency"])
    check_zone(values["zone"])
    if values["vat_number"]:
        values["vat_number"] = check_tax_id(country, values["vat_number"])
    if values["email"]:
        values["email"] = check_email(values["email"])
    if values["phone"]:
        values["phone"] = normalize_phone(values["phone"], country)
    if values["postcode"]:
        values["postcode"] = check_postcode(country, values["postcode"])
    return SellerDetails(**values)


def _checked_account(details: BankAccountDetails) -> dict[str, Any]:
    values = {name: v.strip() if isinstance(v, str) else v for name, v in asdict(details).items()}
    if values["iban"]:
        values["iban"] = check_iban(values["iban"])
    elif not values["account_number"]:
        raise RuleBroken("bank_account.no_number", "A bank account needs an IBAN or an account number.")
    if values["bic"]:
        values["bic"] = check_bic(values["bic"])
    minor_digits(values["currency"])
    values["name"] = values["name"] or values["bank_name"] or values["currency"]
    return values
