"""What work is worth: rates, prices of items, and what of each project is not billed yet."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from uuid import UUID

from django.db.models import BigIntegerField, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce

from conto.apps.catalog import queries as catalog
from conto.apps.catalog.queries import PriceSpan
from conto.apps.projects.models import Project, ProjectBill, ProjectRate, WorkEntry
from conto.apps.projects.queries.covering import Shared, shared, unbilled
from conto.domain.errors import RuleBroken
from conto.domain.money import round_fraction
from conto.domain.project import BilledLine, Grouping, Rate, Work, lines_of, rate_in_force, rounded_minutes, worth_minor


@dataclass(frozen=True, slots=True)
class Standing:
    """How a project stands: what is billed, approved and not billed, and recorded and not approved."""

    billed_minor: int = 0
    approved_minor: int = 0
    waiting_minor: int = 0
    minutes: int = 0  # not billed yet, as they were worked
    approved_count: int = 0
    waiting_count: int = 0
    unrated_count: int = 0  # time that has no rate, and so no worth
    since: date | None = None  # the first day that is not billed

    @property
    def unbilled_minor(self) -> int:
        """What is done and not billed."""
        return self.approved_minor + self.waiting_minor


def rated(rows: Sequence[WorkEntry], projects: Collection[Project]) -> dict[UUID, Work]:
    """Return work with what an hour costs on its day, with two queries however much it is.

    Source: WP-1, WP-2.
    """
    by_id = {project.id: project for project in projects}
    times = [row for row in rows if row.minutes is not None]
    rates = _rates(times, by_id) if times else {}
    items = {by_id[row.project_id].item_id for row in times} - {None}
    prices = catalog.price_histories([each for each in items if each]) if items else {}
    return {row.id: _work(row, by_id[row.project_id], rates, prices) for row in rows}


def _rates(times: Iterable[WorkEntry], projects: dict[UUID, Project]) -> dict[str, list[Rate]]:
    times = list(times)
    wanted = Q(project__in={row.project_id for row in times}) | Q(
        project__isnull=True, member__in={row.member_id for row in times}
    )
    found: dict[str, list[Rate]] = {}
    currencies = {projects[row.project_id].currency for row in times}
    for row in ProjectRate.objects.filter(wanted, currency__in=currencies):
        rate = Rate(row.amount, row.starts_on, row.project_id, row.member_id)
        found.setdefault(row.currency, []).append(rate)
    return found


def _work(row: WorkEntry, project: Project, rates: dict[str, list[Rate]], prices: dict[UUID, list[PriceSpan]]) -> Work:
    minutes = rate = None
    if row.minutes is not None:
        minutes = rounded_minutes(row.minutes, project.step_minutes)
        rate = rate_in_force(
            rates.get(project.currency, []),
            project_id=project.id,
            member_id=row.member_id,
            day=row.day,
            item_price=_price_on(prices.get(project.item_id, []) if project.item_id else [], project.currency, row.day),
        )
    return Work(
        row.id, row.day, row.member_id, row.member.name, row.note, minutes, rate, row.amount_minor,
        row.markup_percent, "" if row.minutes is not None else row.rate_class,
    )  # fmt: skip


def _price_on(spans: Iterable[PriceSpan], currency: str, day: date) -> Decimal | None:
    for span in spans:
        if (
            span.currency == currency
            and span.price_mode == "net"
            and (span.valid_from is None or span.valid_from <= day)
            and (span.valid_until is None or day < span.valid_until)
        ):
            return span.amount
    return None


def billable(project: Project, until: date) -> QuerySet[WorkEntry]:
    """Return the approved work of a project that is not billed, up to a day.

    Source: WP-5.
    """
    rows = WorkEntry.objects.filter(project=project, day__lte=until, approved_at__isnull=False)
    return unbilled(rows).order_by("id").select_related("member")


def billable_lines(project: Project, *, until: date, grouping: Grouping) -> list[BilledLine]:
    """Return the lines that billing would make now; it takes nothing.

    Raises: RuleBroken `project.nothing_to_bill`, `project.all_covered`, `project.no_rate`.
    Source: WP-4.
    """
    return to_take(project, list(billable(project, until)), grouping)[0]


def to_take(project: Project, rows: Sequence[WorkEntry], grouping: Grouping) -> tuple[list[BilledLine], Shared]:
    """Return the lines that approved work of a project becomes, up to a day, and what its retainer covers of it.

    Raises: RuleBroken `project.nothing_to_bill`, `project.all_covered`, `project.no_rate`.
    Source: WP-4, WP-16.
    """
    if not rows:
        raise RuleBroken(
            "project.nothing_to_bill", "Nothing of this project is approved and not billed up to this day."
        )
    known = shared(rows, rated(rows, [project]))
    beyond = [known.works[each.id] for each in rows if known.works[each.id].minutes != 0]
    if not beyond:
        raise RuleBroken("project.all_covered", "All that is approved up to this day is covered by the retainer.")
    return lines_of(beyond, grouping, project.currency), known


def billed_minor() -> Coalesce:
    """Return what of a project is billed, to be asked together with the project."""
    live = ProjectBill.objects.filter(project=OuterRef("pk"), is_live=True).order_by().values("project")
    return Coalesce(
        Subquery(live.annotate(total=Sum("billed_minor")).values("total")), 0, output_field=BigIntegerField()
    )


def standings(projects: Collection[Project], *, billed: Mapping[UUID, int] | None = None) -> dict[UUID, Standing]:
    """Tell how some projects stand, with four queries however many they are; `billed` spares one where it is known.

    Source: WP-5.
    """
    ids = [project.id for project in projects]
    if billed is None:
        sums = Project.objects.filter(id__in=ids).annotate(its_billed=billed_minor())
        billed = dict(sums.values_list("id", "its_billed"))
    rows = list(unbilled(WorkEntry.objects.filter(project__in=ids)).select_related("member"))
    works = shared(rows, rated(rows, projects)).works
    of_project: dict[UUID, list[WorkEntry]] = {}
    for row in rows:
        of_project.setdefault(row.project_id, []).append(row)
    return {
        project.id: _standing(project, billed.get(project.id, 0), of_project.get(project.id, []), works)
        for project in projects
    }


def _standing(project: Project, billed_minor: int, rows: list[WorkEntry], works: dict[UUID, Work]) -> Standing:
    approved, waiting = Fraction(0), Fraction(0)
    unrated = approved_count = 0
    rows = [row for row in rows if works[row.id].minutes != 0]  # what a retainer covers is not billed
    for row in rows:
        worth = worth_minor(works[row.id], project.currency)
        unrated += worth is None
        if row.approved_at is None:
            waiting += worth or 0
        else:
            approved += worth or 0
            approved_count += 1
    minutes = sum(min(row.minutes or 0, works[row.id].minutes or 0) for row in rows)
    return Standing(
        billed_minor, round_fraction(approved), round_fraction(waiting), minutes, approved_count,
        len(rows) - approved_count, unrated, min((row.day for row in rows), default=None),
    )  # fmt: skip
