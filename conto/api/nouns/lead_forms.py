"""Forms by which strangers become leads, and the rules that say who looks after which new lead."""

from dataclasses import dataclass
from typing import Annotated, Any, Literal
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest
from pydantic import Field

from conto.api.door import caller_of
from conto.api.fields import Country, Entry, Flag, Id, Instant, Language, Name
from conto.api.idempotency import repeatable
from conto.api.operations import noun, reads, writes
from conto.api.reading import found
from conto.apps.leads import actions, queries
from conto.apps.leads.entry import FormEntry, RuleEntry
from conto.domain.ids import new_id
from conto.domain.permissions import Permission

router = noun("Leads")
_VIEW, _EDIT = Permission.LEAD_VIEW, Permission.LEAD_FORM_EDIT
How = Literal["optional", "needed"]
Source = Annotated[str, Field(max_length=40, examples=["web"])]


@dataclass(frozen=True, slots=True)
class LeadForm:
    """A form with its address."""

    id: Id
    name: str
    address: Annotated[str, Field(examples=["https://book.example.com/f/3pXk9"])]
    source: str
    fields: dict[str, str]
    languages: list[str]
    texts: dict[str, dict[str, str]]
    asks_consent: bool
    asks_measuring: bool
    confirms_by_mail: bool
    sites: list[str]
    owner_id: UUID | None
    is_active: bool
    created_at: Instant


class LeadFormEntry(Entry):
    """A form as a whole."""

    name: Annotated[Name, Field(max_length=100, examples=["Contact"])]
    source: Annotated[Source, Field(min_length=1)] = "web"
    fields: Annotated[
        dict[Annotated[str, Field(pattern=r"^(company|phone|country|message|own\.[a-z][a-z0-9_]{0,39})$")], How],
        Field(
            description="Beside name and mail: company, phone, country, message, `own.` and the key of an own field.",
            max_length=64,
            examples=[{"message": "needed"}],
        ),
    ] = {}
    languages: Annotated[list[Language], Field(min_length=1, max_length=3, examples=[["de", "en"]])] = ["en"]
    texts: Annotated[
        dict[
            Literal["en", "de", "fr"],
            dict[Literal["title", "intro", "consent", "measuring", "thanks"], Annotated[str, Field(max_length=2000)]],
        ],
        Field(description="What is left out is said in the usual words.", examples=[{"en": {"title": "Talk to us"}}]),
    ] = {}
    asks_consent: Flag = False
    asks_measuring: Annotated[
        Flag, Field(description="Whether letters may be measured, by a box of its own.", examples=[False])
    ] = False
    confirms_by_mail: Annotated[Flag, Field(description="Double opt-in; needs the consent.", examples=[False])] = False
    sites: Annotated[
        list[Annotated[str, Field(max_length=200)]],
        Field(max_length=20, description="That may show it in a frame.", examples=[["https://www.example.com"]]),
    ] = []
    owner_id: Annotated[Id | None, Field(description="Whose its leads are when no rule fits.", examples=[None])] = None
    is_active: Flag = True


@dataclass(frozen=True, slots=True)
class LeadRule:
    """Whose leads of a kind are; what is empty fits all."""

    source: str
    country: str
    language: str
    contains: str
    member_ids: list[UUID]
    team_id: Annotated[UUID | None, Field(description="Whoever is in it takes turns.", examples=[None])]


class LeadRuleEntry(Entry):
    """Whose leads of a kind are: of members who take turns, or of a team."""

    member_ids: Annotated[list[Id], Field(max_length=100, description="Nobody where a team is named.")] = []
    team_id: Annotated[Id | None, Field(description="Whoever is in it takes turns.", examples=[None])] = None
    source: Source = ""
    country: Country = ""
    language: Annotated[str, Field(pattern="^(en|de|fr)?$", examples=["de"])] = ""
    contains: Annotated[str, Field(max_length=100, examples=["chair"])] = ""


class LeadRoutingEntry(Entry):
    """All rules, in the order in which they are asked."""

    rules: Annotated[list[LeadRuleEntry], Field(max_length=50, examples=[[]])]


_SAME = (
    "id", "name", "source", "fields", "languages", "texts", "asks_consent", "asks_measuring", "confirms_by_mail",
    "sites", "owner_id", "is_active", "created_at",
)  # fmt: skip


def _shape(row: Any) -> LeadForm:
    return LeadForm(**{name: getattr(row, name) for name in _SAME}, address=f"{settings.PUBLIC_URL}/f/{row.token}")


@reads(router, "/lead-forms", needs=_VIEW, gives=list[LeadForm])
def list_lead_forms(request: HttpRequest) -> Any:
    """List the forms by which strangers become leads."""
    return [_shape(row) for row in queries.forms(caller_of(request).member)]


@writes(router, "/lead-forms", needs=_EDIT, gives=LeadForm, status=201)
def add_lead_form(request: HttpRequest, form: LeadFormEntry) -> Any:
    """Add a form; its address is made here."""
    caller, named = caller_of(request), repeatable(request)
    form_id = named.id_of("lead_form") if named else new_id()
    new = FormEntry(**form.model_dump())
    return _shape(actions.add_form(new=new, actor=caller.actor, at=caller.at, form_id=form_id))


@writes(router, "/lead-forms/{uuid:form_id}", method="PUT", needs=_EDIT, gives=LeadForm)
def change_lead_form(request: HttpRequest, form_id: UUID, form: LeadFormEntry) -> Any:
    """Write a form anew as a whole; its address stays."""
    caller = caller_of(request)
    row = found(queries.form_for(caller.member, form_id))
    actions.change_form(form=row, entry=FormEntry(**form.model_dump()), actor=caller.actor, at=caller.at)
    return _shape(row)


@reads(router, "/lead-routing", needs=_VIEW, gives=list[LeadRule])
def get_lead_routing(request: HttpRequest) -> Any:
    """Get the rules that say who looks after which new lead, in their order."""
    del request
    return _rules()


def _rules() -> list[LeadRule]:
    return [
        LeadRule(rule.source, rule.country, rule.language, rule.contains, whose, rule.team_id)
        for rule in queries.routing_rules()
        for whose in ([] if rule.team_id else list(rule.member_ids),)
    ]


@writes(router, "/lead-routing", method="PUT", needs=_EDIT, gives=list[LeadRule])
def set_lead_routing(request: HttpRequest, routing: LeadRoutingEntry) -> Any:
    """Set all rules, in the order in which they are asked."""
    caller = caller_of(request)
    rules = [RuleEntry(**rule.model_dump()) for rule in routing.rules]
    actions.set_routing(rules=rules, actor=caller.actor, at=caller.at)
    return _rules()
