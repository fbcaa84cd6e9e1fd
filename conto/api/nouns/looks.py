"""How a seller's documents look and are numbered: bank accounts, number series, templates, the logo."""

import base64
import binascii
from dataclasses import dataclass
from typing import Annotated, Any, Literal
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from pydantic import Field

from conto.api.door import caller_of
from conto.api.fields import Entry, Flag, Id, Instant
from conto.api.nouns.business import (
    SellerAccount,
    SellerAccountEntry,
    Series,
    account_shape,
    router,
    seller,
    series_shape,
)
from conto.api.operations import reads, writes
from conto.api.reading import found, given
from conto.apps.accounts import actions, queries
from conto.apps.invoicing import actions as invoicing
from conto.apps.invoicing import queries as documents
from conto.domain.errors import RuleBroken
from conto.domain.permissions import Permission

__all__ = ["router"]
_VIEW, _EDIT = Permission.SETTINGS_VIEW, Permission.SETTINGS_EDIT
Texts = Annotated[
    dict[
        Literal["en", "de", "fr"],
        dict[Literal["intro", "terms", "footer"], Annotated[str, Field(max_length=2000)]],
    ],
    Field(description="By language and place.", examples=[{"de": {"footer": "Vielen Dank für Ihren Auftrag."}}]),
]


@dataclass(frozen=True, slots=True)
class TemplateInFull:
    """How documents look, with their texts."""

    id: Id
    legal_entity_id: Id
    name: Annotated[str, Field(examples=["Studio"])]
    accent_color: Annotated[str, Field(examples=["#1f5c46"])]
    paper: Annotated[str, Field(examples=["a4"])]
    columns: Annotated[list[str], Field(description="Optional columns that are shown.", examples=[["quantity"]])]
    texts: Texts
    is_default: bool
    changed_at: Instant


class SeriesChange(Entry):
    """What changes of a number series; its pattern stays once it has given a number."""

    prefix: Annotated[str, Field(min_length=1, max_length=20, examples=["INV"])] = "-"
    width: Annotated[int, Field(ge=1, le=12, strict=True, examples=[5])] = 5
    is_yearly: Flag = True
    start_ordinal: Annotated[int, Field(ge=1, le=1_000_000_000, strict=True, examples=[1])] = 1
    is_default: Flag = True


class TemplateEntry(Entry):
    """How documents look."""

    name: Annotated[str, Field(min_length=1, max_length=100, examples=["Studio"])]
    accent_color: Annotated[str, Field(pattern="^#[0-9a-fA-F]{6}$", examples=["#1f5c46"])] = "#1f5c46"
    paper: Literal["a4", "letter"] = "a4"
    columns: Annotated[list[Literal["position", "quantity", "unit_price", "tax", "total"]], Field(max_length=10)] = []
    texts: Texts = {}
    is_default: Flag = False


class TemplateChange(TemplateEntry):
    """What changes of a template; what is left out stays."""

    name: Annotated[str, Field(min_length=1, max_length=100, examples=["Studio"])] = "-"


class LogoEntry(Entry):
    """A picture: PNG, JPEG or WebP. It is drawn anew, so that nothing else hides in the file."""

    content_base64: Annotated[str, Field(max_length=4_000_000, examples=["iVBORw0KGgo="])]


@writes(
    router,
    "/legal-entities/{uuid:entity_id}/bank-accounts/{uuid:account_id}",
    method="PUT",
    needs=_EDIT,
    gives=SellerAccount,
)
def change_seller_account(request: HttpRequest, entity_id: UUID, account_id: UUID, account: SellerAccountEntry) -> Any:
    """Change a bank account of a seller; documents issued before keep what they printed."""
    caller = caller_of(request)
    row = found(queries.bank_accounts().filter(id=account_id, legal_entity_id=entity_id).first())
    details = actions.BankAccountDetails(**account.model_dump())
    made = actions.set_bank_account(
        legal_entity_id=entity_id, account_id=row.id, details=details, actor=caller.actor, at=caller.at
    )
    return account_shape(made)


@writes(router, "/legal-entities/{uuid:entity_id}/series/{uuid:series_id}", method="PATCH", needs=_EDIT, gives=Series)
def change_series(request: HttpRequest, entity_id: UUID, series_id: UUID, changes: SeriesChange) -> Any:
    """Change a number series that has given no number yet, or make it the default one."""
    caller = caller_of(request)
    entity = seller(entity_id)
    row = found(documents.series_of(entity).filter(id=series_id).first())
    known = {name: getattr(row, name) for name in ("prefix", "width", "is_yearly", "start_ordinal", "is_default")}
    made = invoicing.save_series(
        legal_entity=entity, kind=row.kind, series=row, **(known | given(changes)), actor=caller.actor, at=caller.at
    )
    return series_shape(made)


@reads(
    router,
    "/legal-entities/{uuid:entity_id}/templates/{uuid:template_id}",
    needs=_VIEW,
    gives=TemplateInFull,
    is_record=True,
)
def get_template(request: HttpRequest, entity_id: UUID, template_id: UUID) -> Any:
    """Get a template with its texts."""
    del request
    return _template(_row(entity_id, template_id))


def _row(entity_id: UUID, template_id: UUID) -> Any:
    return found(documents.templates_of(seller(entity_id)).filter(id=template_id).first())


def _template(row: Any) -> TemplateInFull:
    return TemplateInFull(
        row.id, row.legal_entity_id, row.name, row.accent_color, row.paper, row.columns, row.texts, row.is_default,
        row.changed_at,
    )  # fmt: skip


@writes(router, "/legal-entities/{uuid:entity_id}/templates", needs=_EDIT, gives=TemplateInFull, status=201)
def add_template(request: HttpRequest, entity_id: UUID, template: TemplateEntry) -> Any:
    """Add a template: color, paper, columns and texts by language."""
    caller = caller_of(request)
    made = invoicing.save_template(
        legal_entity=seller(entity_id), **template.model_dump(), actor=caller.actor, at=caller.at
    )
    return _template(made)


@writes(
    router,
    "/legal-entities/{uuid:entity_id}/templates/{uuid:template_id}",
    method="PATCH",
    needs=_EDIT,
    gives=TemplateInFull,
)
def change_template(request: HttpRequest, entity_id: UUID, template_id: UUID, changes: TemplateChange) -> Any:
    """Change how documents look from now on; those issued before keep their look."""
    caller = caller_of(request)
    row = _row(entity_id, template_id)
    made = invoicing.save_template(
        legal_entity=seller(entity_id),
        template=row,
        **({"name": row.name} | given(changes)),
        actor=caller.actor,
        at=caller.at,
    )
    return _template(made)


@reads(router, "/legal-entities/{uuid:entity_id}/logo.png", needs=_VIEW, gives=None, media_types=("image/png",))
def get_logo(request: HttpRequest, entity_id: UUID) -> Any:
    """Get the logo of a seller."""
    del request
    row = seller(entity_id)
    return HttpResponse(found(bytes(row.logo) if row.logo else None), content_type="image/png")


@writes(router, "/legal-entities/{uuid:entity_id}/logo", method="PUT", needs=_EDIT)
def set_logo(request: HttpRequest, entity_id: UUID, logo: LogoEntry) -> Any:
    """Give a seller a logo."""
    caller = caller_of(request)
    seller(entity_id)
    try:
        content = base64.b64decode(logo.content_base64, validate=True)
    except (binascii.Error, ValueError) as error:
        raise RuleBroken("attachment.not_base64", "The content of the file is not written in base64.") from error
    actions.set_logo(legal_entity_id=entity_id, content=content, actor=caller.actor, at=caller.at)


@writes(router, "/legal-entities/{uuid:entity_id}/logo", method="DELETE", needs=_EDIT)
def remove_logo(request: HttpRequest, entity_id: UUID) -> Any:
    """Take the logo of a seller away."""
    caller = caller_of(request)
    seller(entity_id)
    actions.remove_logo(legal_entity_id=entity_id, actor=caller.actor, at=caller.at)
