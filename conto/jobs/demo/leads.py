"""The leads that lie on the desk when the demo opens, and who of the house sees which: told by hand, one of each kind.

The two who sell share their leads as a team, and take turns in what the form on the website brings. Of customers and
deals each of them sees only their own, besides those of nobody.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING
from uuid import UUID

from conto.apps.accounts import actions as accounts
from conto.apps.accounts import queries as members
from conto.apps.deals import actions as deals
from conto.apps.deals import queries as deal_queries
from conto.apps.leads import actions, queries
from conto.apps.leads.entry import OPEN_STATES, FormEntry, NewLead, RuleEntry
from conto.domain.facts import Actor
from conto.domain.permissions import Role
from conto.domain.sight import Area, Reach
from conto.flows import convert_lead, receive_lead, score_leads
from conto.flows.convert_lead import Conversion
from conto.jobs.demo.cast import SELLER_EMAIL
from conto.jobs.simulation.company import Company, Part
from conto.jobs.simulation.parts.selling import deal_lines, finish_all, move, plan

if TYPE_CHECKING:
    from conto.apps.accounts.models import Member
    from conto.apps.leads.models import Lead

Act = Callable[[datetime], None]
WEBSITE, FAIR = "Website", "Trade fair"
TEAM = "Vertrieb"
AGREED = {
    "de": "Kestrel & Finch darf mir schreiben, bis ich widerspreche.",
    "en": "Kestrel & Finch may write to me until I object.",
    "fr": "Kestrel & Finch peut m’écrire jusqu’à ce que je m’y oppose.",
}


@dataclass(frozen=True, slots=True)
class Stranger:
    """Somebody who filled in the form on the website."""

    key: str
    name: str
    email: str
    message: str
    company: str = ""
    phone: str = ""
    country: str = "DE"
    language: str = "de"
    agrees: bool = False


OPTICIAN = Stranger(
    "optician", "Hanna Brandes", "brandes@brandes-optik.example",
    "Wir eröffnen im Februar einen zweiten Laden in Lübeck und brauchen Schaufenster, Schilder und eine neue Website.",
    company="Brandes Optik OHG", phone="0451 5550171", agrees=True,
)  # fmt: skip
WINERY = Stranger(
    "winery", "Jakob Rheinfels", "jakob@weingut-rheinfels.example",
    "Neue Etiketten für acht Weine, Auflage je 3.000, bis zur Messe im März.", company="Weingut Rheinfels",
    phone="06722 555014", agrees=True,
)  # fmt: skip
VERDIER = Stranger(
    "verdier", "Sophie Marchand", "sophie@maisonverdier.example",
    "Nous cherchons un studio pour refaire notre catalogue, 48 pages, en deux langues.", company="Maison Verdier",
    country="FR", language="fr", agrees=True,
)  # fmt: skip
SPAM = Stranger("spam", "Top Ranking Team", "sales@toprank.example", "We bring your page to number one of any search.")
MALTE = Stranger(
    "malte", "Malte Petersen", "malte@hafenkontor.example",
    "Wir bräuchten noch Beschilderung für den neuen Speicher. Melden Sie sich einfach bei mir.",
    company="Hafenkontor Hamburg", phone="040 5550188",
)  # fmt: skip
DEMIR = Stranger(
    "demir", "Arif Demir", "arif.demir@post.example", "Was kostet ein Logo für einen Imbiss ungefähr?", agrees=True
)


def leads_of(ends_on: date) -> type[Part]:
    """Return the part of life in which strangers write, up to a day."""

    class Leads(Part):
        def __init__(self, company: Company) -> None:
            super().__init__(company)
            # A life that began in an earlier version goes on without the seller whom that did not know.
            is_hers = members.member_by_email(SELLER_EMAIL) is not None
            self.stories = _stories(_Desk(company, ends_on)) if is_hers else ()

        def morning(self, day: date) -> None:
            for days_before, word, act in self.stories:
                if (ends_on - day).days == days_before:
                    at = self.company.moment(day, "leads", word, hours=(12, 13))
                    self.company.on(at, f"leads {word}", act)

    return Leads


class _Desk:
    """What the house does with leads."""

    def __init__(self, company: Company, ends_on: date) -> None:
        self.company, self.ends_on = company, ends_on

    @property
    def tara(self) -> Actor:
        """Return the seller who sees only what is hers."""
        return _actor(self._member(SELLER_EMAIL))

    def _member(self, email: str) -> "Member":
        found = members.member_by_email(email)
        assert found is not None  # noqa: S101 -- one of the log-ins
        return found

    def lead(self, key: str) -> "Lead | None":
        """Return a lead of which something may still come."""
        found = queries.lead_for(self.company.owner, self.id_of(key))
        return found if found is not None and found.state in OPEN_STATES else None

    def id_of(self, key: str) -> UUID:
        """Return the id of a lead."""
        return self.company.id_of("lead", key)

    def moment(self, days: int, hour: int = 10) -> datetime:
        """Return a moment so many days after the life ends; before it when they are negative."""
        return datetime.combine(self.ends_on + timedelta(days=days), time(hour), tzinfo=self.company.zone)

    def open_up(self, at: datetime) -> None:
        """Put the form on the website, make the team, and say who sees and gets what."""
        company, founder = self.company, self.company.founder
        if queries.forms(company.owner):
            return
        entry = FormEntry(
            name="Kontakt auf der Website", source=WEBSITE, languages=("de", "en", "fr"), asks_consent=True,
            asks_measuring=True,
            fields={"company": "optional", "phone": "optional", "country": "optional", "message": "needed"},
            texts={language: {"consent": text} for language, text in AGREED.items()},
            sites=("https://kestrel-finch.example",),
        )  # fmt: skip
        actions.add_form(new=entry, actor=founder, at=at, form_id=self.id_of("form"))
        team = accounts.add_team(name=TEAM, actor=founder, at=at)
        sellers = [self._member(company.cast.sales_email), self._member(SELLER_EMAIL)]
        for seller in sellers:
            accounts.change_member(member_id=seller.id, team_id=team.id, actor=founder, at=at)
        wanted = {
            (Role.SALES, Area.LEADS): Reach.TEAM,
            (Role.SALES, Area.DEALS): Reach.OWN,
            (Role.SALES, Area.CUSTOMERS): Reach.OWN,
        }
        accounts.set_reaches(wanted=wanted, actor=founder, at=at)
        rules = (
            RuleEntry(member_ids=[company.owner.id], language="fr"),
            RuleEntry(member_ids=[seller.id for seller in sellers], source=WEBSITE),
        )
        actions.set_routing(rules=rules, actor=founder, at=at)

    def hear(self, who: Stranger) -> Act:
        """Return the act by which a stranger fills in the form."""

        def act(at: datetime) -> None:
            form = queries.form_for(self.company.owner, self.id_of("form"))
            if form is None or queries.lead_for(self.company.owner, self.id_of(who.key)):
                return
            new = NewLead(
                name=who.name, company=who.company, email=who.email, phone=who.phone, country=who.country,
                language=who.language, message=who.message, source=WEBSITE, form_id=form.id,
                consent_text=AGREED[who.language] if who.agrees else "", has_consent=who.agrees,
            )  # fmt: skip
            stranger = Actor(None, "customer", who.name)
            receive_lead.receive(new=new, actor=stranger, at=at, lead_id=self.id_of(who.key))

        return act

    def write_down(self, key: str, new: NewLead, actor: Actor) -> Act:
        """Return the act by which somebody of the house enters a lead."""

        def act(at: datetime) -> None:
            if queries.lead_for(self.company.owner, self.id_of(key)) is None:
                receive_lead.receive(new=new, actor=actor, at=at, lead_id=self.id_of(key))

        return act

    def work_on(self, key: str, said: str, changes: dict[str, object], actor: Actor) -> Act:
        """Return the act by which a lead is called and what was said is kept."""

        def act(at: datetime) -> None:
            if lead := self.lead(key):
                actions.note_lead(lead=lead, text=said, actor=actor, at=at)
                actions.change_lead(lead=lead, changes=changes, actor=actor, at=at + timedelta(minutes=3))

        return act

    def discard(self, key: str, reason: str, actor: Actor) -> Act:
        """Return the act by which a lead is put away."""

        def act(at: datetime) -> None:
            if lead := self.lead(key):
                actions.discard_lead(lead=lead, reason=reason, actor=actor, at=at)

        return act

    def win_over(self, key: str, deal_name: str, wanted: tuple[tuple[str, int], ...], stage: int) -> Act:
        """Return the act by which Tara makes a customer and a deal of a lead, which she goes on with."""

        def act(at: datetime) -> None:
            lead = self.lead(key)
            if lead is None:
                return
            wish = Conversion(deal_name=deal_name, owner_id=self.tara.member_id)
            made = convert_lead.convert(lead=lead, wish=wish, actor=self.tara, at=at)
            if made.deal is None:
                return
            counts = [(item, Decimal(count)) for item, count in wanted]
            lines = deal_lines(self.company, made.customer, counts, at)
            deals.set_deal_lines(deal=made.deal, lines=lines, actor=self.tara, at=at + timedelta(minutes=2))
            move(made.deal, stage, self.tara, at + timedelta(minutes=4))

        return act

    def call_again(self, key: str, title: str, days: int) -> Act:
        """Return the act by which Tara plans what comes next with a deal that a lead became."""

        def act(at: datetime) -> None:
            lead = queries.lead_for(self.company.owner, self.id_of(key))
            deal = deal_queries.deal_for(self.company.owner, lead.deal_id) if lead and lead.deal_id else None
            if deal is not None:
                finish_all(self.company, deal, self.tara, at)
                plan(deal, self.tara, at, "call", title, days=days)

        return act

    def score(self, at: datetime) -> None:
        """Score all leads by what was learnt up to the last evening."""
        score_leads.score_leads(at=at)


def _stories(desk: _Desk) -> tuple[tuple[int, str, Act], ...]:
    """Return what happens so many days before the life ends."""
    jonas, tara, nadia = desk.company.sales, desk.tara, desk.company.founder
    klose = NewLead(
        name="Ferdinand Klose", company="Klose Metallbau GmbH", email="klose@klose-metallbau.example",
        phone="0351 5550122", country="DE", language="de", source=FAIR, owner_id=jonas.member_id,
        message="Am Stand getroffen: will den Messeauftritt 2027 neu, etwa 30 m².",
        next_step="Skizzen vom letzten Stand schicken", next_step_at=desk.moment(2),
    )  # fmt: skip
    falk = NewLead(
        name="Dr. Miriam Falk", company="Falk & Partner Steuerberatung", email="falk@falk-partner.example",
        phone="030 5550199", country="DE", language="de", source="Customer", owner_id=tara.member_id,
        message="Empfohlen von Meridian. Neue Website und Kanzleibroschüre, Budget um 15.000 €.",
        next_step="Termin vor Ort ausmachen", next_step_at=desk.moment(-1),
    )  # fmt: skip
    listed = NewLead(name="Kontor Weser GmbH", company="Kontor Weser GmbH", country="DE", language="de", source=FAIR)
    winery = (("day", 6), ("brochure", 500))
    optician = (("hour", 40), ("day", 5), ("shoot", 1))
    return (
        (190, "form", desk.open_up),
        (118, "winery writes", desk.hear(WINERY)),
        (115, "winery called", desk.work_on("winery", "Druckt bisher in Mainz. Entscheidet mit seiner Schwester.",
                                            {"state": "qualified"}, jonas)),
        (61, "optician writes", desk.hear(OPTICIAN)),
        (60, "optician called", desk.work_on(
            "optician", "Eröffnung ist am 13. Februar, Budget steht. Will zwei Entwürfe sehen.",
            {"state": "working", "next_step": "Entwürfe zeigen", "next_step_at": desk.moment(-53)}, tara)),
        (53, "optician shown", desk.work_on("optician", "Beide Entwürfe gefallen, der zweite mehr.",
                                            {"state": "qualified", "next_step": "", "next_step_at": None}, tara)),
        (47, "optician won over", desk.win_over("optician", "Zweiter Laden in Lübeck", optician, 2)),
        (40, "spam writes", desk.hear(SPAM)),
        (39, "spam put away", desk.discard("spam", "Werbung, sucht keinen Entwurf", nadia)),
        (34, "klose", desk.write_down("klose", klose, jonas)),
        (33, "winery won over", desk.win_over("winery", "Etiketten für acht Weine", winery, 1)),
        (12, "verdier writes", desk.hear(VERDIER)),
        (9, "falk", desk.write_down("falk", falk, tara)),
        (8, "falk called", desk.work_on("falk", "Will bis Jahresende entscheiden.", {"state": "qualified"}, tara)),
        (6, "optician next", desk.call_again("optician", "Angebot durchgehen", 9)),
        (5, "winery next", desk.call_again("winery", "Papiermuster besprechen", 7)),
        (4, "malte writes", desk.hear(MALTE)),
        (3, "list", desk.write_down("kontor", listed, nadia)),
        (2, "demir writes", desk.hear(DEMIR)),
        (1, "scores", desk.score),
    )  # fmt: skip


def _actor(member: "Member") -> Actor:
    return Actor(member.id, "member", member.name)
