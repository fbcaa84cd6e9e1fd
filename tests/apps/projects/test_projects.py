"""Projects opened, changed and closed; work recorded, corrected and approved."""

from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID, uuid4

import pytest

from conto.apps.accounts import actions as accounts
from conto.apps.accounts.models import Member
from conto.apps.audit.models import Fact
from conto.apps.catalog import actions as catalog
from conto.apps.catalog.entry import NewItem
from conto.apps.deals import actions as deals
from conto.apps.deals.entry import NewDeal
from conto.apps.projects import actions, queries
from conto.apps.projects.entries import NewProject, NewWork
from conto.apps.projects.models import ProjectRate, WorkEntry
from conto.domain.facts import SYSTEM
from conto.domain.permissions import Permission, Role
from conto.domain.sight import Area, Reach
from tests.domain.refusals import refused
from tests.scene import Scene
from tests.work import DAY, NOW, approved, billed, opened, spent, worked

pytestmark = pytest.mark.django_db


def member(name: str, role: Role) -> Member:
    return accounts.add_member(
        email=f"{name}@nordlicht.example", name=name.title(), role=role, password="correct horse 9", language="en",
        actor=SYSTEM, at=NOW,
    )  # fmt: skip


def kinds() -> list[str]:
    return list(Fact.objects.filter(subject_kind__in=["project", "rate"]).order_by("id").values_list("kind", flat=True))


def test_wp6_projects_are_numbered_without_a_gap_and_take_the_currency_of_their_customer(scene: Scene) -> None:
    numbers = [opened(scene.customer, name).number for name in ("Website", "Shop", "Film")]
    assert numbers == ["P-2026-00001", "P-2026-00002", "P-2026-00003"]
    project = queries.project_for(scene.owner, queries.visible_to(scene.owner)[0].id)
    assert project is not None
    assert (project.currency, project.state, project.customer) == ("EUR", "open", scene.customer)
    assert kinds() == ["project_opened", "rate_set"] * 3


def test_wp6_what_a_project_cannot_be_is_refused(scene: Scene) -> None:
    deals.open_first_pipeline(language="en", actor=SYSTEM, at=NOW)
    other = deals.add_deal(
        customer=scene.person, new=NewDeal(name="Garden", owner_id=scene.owner.id), actor=SYSTEM, at=NOW
    )
    for code, new in (
        ("project.no_name", NewProject(name="  ")),
        ("project.bad_step", NewProject(name="A", step_minutes=7)),
        ("project.bad_budget", NewProject(name="A", budget_minor=0)),
        ("item.unknown", NewProject(name="A", item_id=uuid4())),
        ("project.of_another", NewProject(name="A", deal_id=other.id)),
        ("project.bad_rate", NewProject(name="A", rate=Decimal(-1))),
        ("money.unknown_currency", NewProject(name="A", currency="XQX")),
    ):
        with refused(code):
            actions.open_project(customer=scene.customer, new=new, actor=SYSTEM, at=NOW)


def test_wp6_a_change_says_what_changed_and_refuses_a_stale_form(scene: Scene) -> None:
    project = opened(scene.customer)
    given = {"project": project, "actor": SYSTEM, "at": NOW}
    changed = actions.change_project(**given, changes={"name": "Shop", "step_minutes": 1}, expected_version=1)
    assert (changed.name, changed.version) == ("Shop", 2)
    assert Fact.objects.get(kind="project_changed").body["changed"] == ["name"]
    assert actions.change_project(**given, changes={"name": "Shop"}).version == 2
    with refused("project.changed_meanwhile"):
        actions.change_project(**given, changes={"name": "Film"}, expected_version=1)


def test_wp6_in_a_closed_project_no_work_is_recorded_and_what_is_done_is_billed(scene: Scene) -> None:
    project = opened(scene.customer)
    worked(project, scene.owner)
    approved(project)
    actions.close_project(project=project, actor=SYSTEM, at=NOW)
    with refused("project.closed"):
        actions.close_project(project=project, actor=SYSTEM, at=NOW)
    with refused("project.closed"):
        worked(project, scene.owner)
    assert billed(project).shown_total_minor == 11900
    assert list(queries.recordable(scene.owner)) == []
    actions.reopen_project(project=project, actor=SYSTEM, at=NOW)
    with refused("project.open"):
        actions.reopen_project(project=project, actor=SYSTEM, at=NOW)
    worked(project, scene.owner)
    assert kinds()[-3:] == ["work_billed", "project_reopened", "work_recorded"]


def test_wp1_rates_are_found_for_each_piece_of_work_and_the_same_day_corrects(scene: Scene) -> None:
    ben = member("ben", Role.SALES)
    item = catalog.add_item(new=NewItem(name="Consulting"), actor=SYSTEM, at=NOW)
    catalog.set_price(item=item, currency="EUR", amount=Decimal(80), valid_from=DAY, actor=SYSTEM, at=NOW)
    project = opened(scene.customer, rate=None, item_id=item.id)
    said = {"actor": SYSTEM, "at": NOW, "starts_on": date(2026, 1, 1)}
    for who in (scene.owner, ben):
        worked(project, who)
    worked(project, ben, day=DAY - timedelta(days=1))

    def worths() -> list[int | None]:
        return [row.worth_minor for row in reversed(queries.work_rows(project))]

    assert worths() == [None, 8000, 8000]
    assert queries.standings([project])[project.id].unrated_count == 1
    actions.set_rate(member=ben, currency="EUR", amount=Decimal(90), **said)
    actions.set_rate(member=ben, currency="USD", amount=Decimal(95), **said)
    assert worths() == [9000, 8000, 9000]
    actions.set_rate(project=project, amount=Decimal(1), **said)
    actions.set_rate(project=project, amount=Decimal(120), **said)
    assert worths() == [12000, 12000, 12000]
    actions.set_rate(project=project, member=ben, amount=Decimal(150), **said)
    assert worths() == [15000, 12000, 15000]
    assert [rate.amount for rate in queries.rates_of(scene.owner, project)] == [150, 120]
    assert ProjectRate.objects.count() == 4
    with refused("project.rate_of_nothing"):
        actions.set_rate(amount=Decimal(1), currency="EUR", **said)
    with refused("project.bad_rate"):
        actions.set_rate(project=project, amount=Decimal("0.00001"), **said)


def test_wp2_work_is_time_or_an_expense_of_somebody_here(scene: Scene) -> None:
    project = opened(scene.customer)
    base = {"member_id": scene.owner.id, "day": DAY}
    for code, new in (
        ("work.time_or_expense", NewWork(**base)),
        ("work.time_or_expense", NewWork(**base, minutes=1, amount_minor=1)),
        ("work.nobody", NewWork(member_id=uuid4(), day=DAY, minutes=1)),
        ("work.in_the_future", NewWork(**{**base, "day": NOW.date() + timedelta(days=1)}, minutes=1)),
        ("tax.unknown_class", NewWork(**base, amount_minor=1, rate_class="half")),
    ):
        with refused(code):
            actions.record_work(project=project, new=new, actor=SYSTEM, at=NOW)
    assert not WorkEntry.objects.exists()


def test_wp7_work_is_corrected_and_taken_away_until_it_is_approved(scene: Scene) -> None:
    project = opened(scene.customer)
    work, other = worked(project, scene.owner), spent(project, scene.owner)
    given = {"actor": SYSTEM, "at": NOW}
    changed = actions.change_work(work=work, changes={"minutes": 45, "note": "Shorter"}, **given)
    assert (changed.minutes, changed.note) == (45, "Shorter")
    assert actions.change_work(work=work, changes={"minutes": 45}, **given).minutes == 45
    with refused("work.time_or_expense"):
        actions.change_work(work=work, changes={"minutes": None, "amount_minor": 5}, **given)
    actions.remove_work(work=other, **given)
    with refused("work.gone"):
        actions.change_work(work=other, changes={"amount_minor": 1}, **given)
    assert approved(project) == 1
    for act in (lambda: actions.change_work(work=work, changes={"minutes": 1}, **given),
                lambda: actions.remove_work(work=work, **given)):  # fmt: skip
        with refused("work.approved"):
            act()
    assert actions.undo_approval(project=project, work_ids=[work.id], **given) == 1
    with refused("work.nothing_approved"):
        actions.undo_approval(project=project, work_ids=[work.id], **given)
    actions.remove_work(work=work, **given)
    with refused("work.nothing_to_approve"):
        approved(project)
    assert kinds()[2:] == [
        "work_recorded", "work_recorded", "work_changed", "work_removed", "work_approved", "work_approval_undone",
        "work_removed",
    ]  # fmt: skip


def test_wp7_what_is_named_or_up_to_a_day_is_approved(scene: Scene) -> None:
    project = opened(scene.customer)
    first, second, third = (worked(project, scene.owner, day=DAY + timedelta(days=n)) for n in range(3))
    foreign = worked(opened(scene.person), scene.owner)
    given = {"project": project, "actor": SYSTEM, "at": NOW}
    assert actions.approve_work(**given, work_ids=[second.id, foreign.id]) == 1
    assert actions.approve_work(**given, until=DAY) == 1
    assert {row.entry.id: row.state for row in queries.work_rows(project)} == {
        first.id: "approved", second.id: "approved", third.id: "waiting",
    }  # fmt: skip
    assert [row.entry.id for row in queries.work_rows(project, state="waiting")] == [third.id]


def ids(rows: object) -> set[UUID]:
    return {each.entry.id for each in rows}  # type: ignore[attr-defined]


def test_wp7_who_records_sees_their_own_and_who_approves_everybodys(scene: Scene) -> None:
    ben, cleo, sam = member("ben", Role.SUPPORT), member("cleo", Role.FINANCE), member("sam", Role.SUPPORT)
    project = opened(scene.customer)
    of_ben, of_sam = worked(project, ben), worked(project, sam)
    assert ids(queries.own_work(ben)) == {of_ben.id}
    assert queries.work_for(ben, of_ben.id) == of_ben
    assert queries.work_for(ben, of_sam.id) is None
    assert queries.work_for(cleo, of_sam.id) == of_sam
    assert queries.work_for(None, of_sam.id) is None
    assert queries.work_for(member("mia", Role.MARKETING), of_sam.id) is None
    sol = member("sol", Role.SALES)
    assert queries.work_for(sol, of_sam.id) == of_sam
    with refused("work.of_another", person="Sam"):
        queries.check_correctable(sol, of_sam)
    queries.check_correctable(sam, of_sam)
    queries.check_correctable(cleo, of_sam)
    assert queries.project_for(ben, project.id) is None
    assert list(queries.recordable(ben)) == [project]
    assert queries.project_for(cleo, project.id) == project


def test_wp7_work_of_customers_of_others_is_not_seen(scene: Scene) -> None:
    accounts.set_reaches(wanted={(Role.SALES, Area.CUSTOMERS): Reach.OWN}, actor=SYSTEM, at=NOW)
    rita = member("rita", Role.SALES)
    project = opened(scene.customer)
    work = worked(project, rita)
    assert queries.own_work(rita) != []
    type(scene.customer).objects.filter(id=scene.customer.id).update(owner=scene.owner)
    assert queries.own_work(rita) == []
    assert queries.work_for(rita, work.id) is None
    assert list(queries.recordable(rita)) == list(queries.visible_to(rita)) == []
    assert queries.project_page(rita, state="all").rows == ()
    assert queries.acted_on(rita, project.id, Permission.PROJECT_EDIT) is None
