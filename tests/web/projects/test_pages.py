"""Projects on pages: opened, worked in, approved, billed."""

from decimal import Decimal

import pytest
from django.test import Client

from conto.apps.accounts import actions as accounts
from conto.apps.accounts.models import Business, Member
from conto.apps.invoicing.models import Draft, DraftLine
from conto.apps.projects.models import Milestone, Project, ProjectRate, WorkEntry
from conto.domain.facts import SYSTEM
from conto.domain.permissions import Role
from tests.repeating import repeating
from tests.retained import cared_for
from tests.scene import Scene, set_scene
from tests.work import DAY, NOW, approved, billed, opened, worked

pytestmark = pytest.mark.django_db


@pytest.fixture
def scene(db: None) -> Scene:
    Business.objects.create(
        name="Nordlicht", country="DE", currency="EUR", zone="Europe/Berlin", set_up_at=NOW, changed_at=NOW
    )
    return set_scene()


@pytest.fixture
def client(scene: Scene) -> Client:
    return signed_in(scene.owner)


def signed_in(member: Member) -> Client:
    client = Client(SERVER_NAME="localhost")
    client.force_login(member)
    return client


def of_role(role: Role) -> Client:
    member = accounts.add_member(
        email=f"{role}@nordlicht.example", name=role.title(), role=role, password="correct horse 9", language="en",
        actor=SYSTEM, at=NOW,
    )  # fmt: skip
    return signed_in(member)


HEAD = {"name": "Website", "currency": "EUR", "rate": "120", "step_minutes": "15", "budget": "5000"}


def test_a_project_is_opened_changed_and_closed(client: Client, scene: Scene) -> None:
    assert b"Kunde" not in client.get("/projects/new").content
    answer = client.post("/projects/new", {**HEAD, "customer": scene.customer.id})
    project = Project.objects.get()
    assert answer["Location"] == f"/projects/{project.id}"
    assert (project.step_minutes, project.budget_minor) == (15, 500000)
    assert ProjectRate.objects.get().amount == 120
    page = client.get(answer["Location"]).content.decode()
    assert "P-2026-00001" in page
    form = {"name": "Shop", "step_minutes": "1", "version": "1"}
    assert client.post(f"/projects/{project.id}/edit", form).status_code == 303
    assert client.post(f"/projects/{project.id}/edit", {**form, "name": "Film"}).status_code == 409
    assert client.post(f"/projects/{project.id}/edit", {**form, "name": ""}).status_code == 422
    client.post(f"/projects/{project.id}/act", {"act": "close"})
    project.refresh_from_db()
    assert (project.name, project.state) == ("Shop", "closed")
    assert client.post(f"/projects/{project.id}/act", {"act": "close"}).status_code == 303
    client.post(f"/projects/{project.id}/act", {"act": "reopen"})
    assert client.post(f"/projects/{project.id}/act", {"act": "paint"}).status_code == 404
    assert Project.objects.get().state == "open"


def test_what_a_project_cannot_be_stands_on_the_form(client: Client, scene: Scene) -> None:
    for wrong in ({"currency": "XQX"}, {"rate": "-1"}, {"name": ""}, {"budget": "0"}):
        answer = client.post("/projects/new", {**HEAD, **wrong, "customer": scene.customer.id})
        assert answer.status_code == 422
        assert b'role="alert"' in answer.content or b"error" in answer.content
    assert not Project.objects.exists()


def test_rates_are_said_for_the_project_a_person_in_it_and_a_person_everywhere(client: Client, scene: Scene) -> None:
    project = opened(scene.customer, rate=None)
    address = f"/projects/{project.id}/rates"
    said = {"amount": "90", "starts_on": "2026-01-01"}
    client.post(address, said)
    client.post(address, {**said, "member": scene.owner.id, "amount": "95.5"})
    client.post(address, {**said, "member": scene.owner.id, "everywhere": "on", "amount": "80"})
    assert client.post(address, {**said, "everywhere": "on"}).status_code == 422
    kept = {(row.project_id, row.member_id, row.amount) for row in ProjectRate.objects.all()}
    assert kept == {
        (project.id, None, 90), (project.id, scene.owner.id, Decimal("95.5")), (None, scene.owner.id, 80),
    }  # fmt: skip


def test_time_is_recorded_corrected_and_taken_away(client: Client, scene: Scene) -> None:
    project = opened(scene.customer)
    known = {"project": project.id, "kind": "time", "day": DAY, "hours": "1:30", "note": "Skizzen", "is_billable": "on"}
    assert client.post("/work/", known).status_code == 303
    assert client.post("/work/", {**known, "hours": "0.25"}).status_code == 303
    for wrong in ({"hours": "1:75"}, {"hours": ""}, {"hours": "0.333"}, {"hours": "25"}, {"project": "x"},
                  {"kind": "expense"}):  # fmt: skip
        assert client.post("/work/", {**known, **wrong}).status_code == 422, wrong
    expense = {**known, "kind": "expense", "amount": "42", "markup": "10", "rate_class": "reduced"}
    assert client.post("/work/", expense).status_code == 303
    first, second, third = WorkEntry.objects.order_by("id")
    assert (first.minutes, second.minutes, third.amount_minor, third.markup_percent) == (90, 15, 4200, 10)
    assert "Skizzen" in client.get("/work/").content.decode()
    assert client.get(f"/work/{first.id}").status_code == 200
    client.post(f"/work/{first.id}", {"kind": "time", "day": DAY, "hours": "2", "note": "", "is_billable": "on"})
    first.refresh_from_db()
    assert first.minutes == 120
    assert client.post(f"/work/{second.id}", {"act": "remove"}).status_code == 303
    approved(project)
    assert client.post(f"/work/{first.id}", {"act": "remove"}).status_code == 409
    assert WorkEntry.objects.count() == 2


def test_work_is_approved_and_billed_with_a_look_before(client: Client, scene: Scene) -> None:
    project = opened(scene.customer)
    first, second = worked(project, scene.owner), worked(project, scene.owner, 90)
    address = f"/projects/{project.id}"
    client.post(f"{address}/approve", {"pick": [first.id], "act": "approve"})
    assert WorkEntry.objects.filter(approved_at=None).get() == second
    client.post(f"{address}/approve", {"act": "all"})
    client.post(f"{address}/approve", {"pick": [second.id], "act": "undo"})
    assert WorkEntry.objects.filter(approved_at=None).get() == second
    client.post(f"{address}/approve", {"act": "all"})
    client.post(f"{address}/approve", {"act": "all"})
    page = client.get(f"{address}/bill?until={DAY}&grouping=entry").content.decode()
    assert "250.00" in page.replace("\xa0", " ")
    answer = client.post(f"{address}/bill", {"until": DAY, "grouping": "entry"})
    draft = Draft.objects.get()
    assert answer["Location"] == f"/invoices/{draft.id}"
    assert DraftLine.objects.filter(draft=draft).count() == 2
    assert client.post(f"{address}/bill", {"until": DAY, "grouping": "entry"}).status_code == 409
    assert client.post(f"{address}/bill", {"until": "", "grouping": "entry"}).status_code == 422
    assert b"Nothing to bill" in client.get(f"{address}/bill?until={DAY}").content
    assert f"/invoices/{draft.id}" in client.get(f"{address}?work=billed").content.decode()


def test_the_editor_of_a_draft_keeps_what_its_lines_count(client: Client, scene: Scene) -> None:
    project = opened(scene.customer)
    worked(project, scene.owner, 20)
    approved(project)
    draft = billed(project)
    line = DraftLine.objects.get()
    page = client.get(f"/invoices/{draft.id}/edit")
    form = page.context["lines"].forms[0]
    sent = {form.add_prefix(name): form[name].value() for name in form.fields if form[name].value() is not None}
    head = page.context["head"]
    sent |= {name: head[name].value() for name in head.fields if head[name].value() is not None}
    sent |= {"lines-TOTAL_FORMS": "1", "lines-INITIAL_FORMS": "1", "lines-0-name": "Beratung"}
    done = client.post(f"/invoices/{draft.id}/edit", sent)
    assert done.status_code == 303, (done.context["head"].errors, done.context["lines"].errors)
    line = DraftLine.objects.get()
    assert (line.name, line.quantity, line.base_quantity, line.period_start_on) == ("Beratung", 20, 60, DAY)
    assert (
        client.post(f"/invoices/{draft.id}/edit", {**sent, "version": "2", "lines-0-quantity": "10"}).status_code == 409
    )


def test_who_only_records_sees_their_own_work_and_no_project(scene: Scene) -> None:
    project = opened(scene.customer)
    work = worked(project, scene.owner, note="Skizzen")
    support = of_role(Role.SUPPORT)
    page = support.get("/work/").content.decode()
    assert project.name in page
    assert "Skizzen" not in page
    assert support.get(f"/work/{work.id}").status_code == 404
    assert support.get("/projects/").status_code == 403
    sales = of_role(Role.SALES)
    assert "Skizzen" in sales.get(f"/projects/{project.id}").content.decode()
    assert sales.post(f"/projects/{project.id}/approve", {"act": "all"}).status_code == 403
    assert "Skizzen" in sales.get(f"/work/{work.id}").content.decode()
    assert sales.post(f"/work/{work.id}", {"act": "remove"}).status_code == 403


def test_the_page_of_a_customer_and_the_list_say_what_is_not_billed(client: Client, scene: Scene) -> None:
    assert b"No open projects" in client.get("/projects/").content
    project = opened(scene.customer)
    assert b"all billed" in client.get(f"/projects/of/{scene.customer.id}").content
    worked(project, scene.owner, 90)
    assert "150.00" in client.get(f"/projects/of/{scene.customer.id}").content.decode()
    assert "150.00" in client.get("/projects/?state=unbilled").content.decode()
    assert project.number in client.get("/projects/?q=website").content.decode()
    assert project.number not in client.get("/projects/?q=zzz").content.decode()


def test_the_work_of_a_project_leaves_as_a_file(client: Client, scene: Scene) -> None:
    project = opened(scene.customer)
    worked(project, scene.owner, 90, note="=SUM(A1)")
    session = client.session
    session.save()
    answer = client.get(f"/projects/{project.id}/work.csv")
    if answer.status_code in {302, 303}:  # who sits there is asked first
        assert "proof" in answer["Location"] or "sign" in answer["Location"] or "log" in answer["Location"]
        return
    text = b"".join(answer.streaming_content).decode()
    assert "Ada Lovelace,Time,1:30" in text
    assert ",=SUM" not in text


def test_wp8_wp11_a_price_is_agreed_changed_reached_billed_and_accepted_on_pages(client: Client, scene: Scene) -> None:
    project = opened(scene.customer, rate=None)
    home = f"/projects/{project.id}"
    agreed_on = DAY.isoformat()
    price = {"amount": "1000", "method": "milestones", "retention": "10", "agreed_by": "Eva", "agreed_on": agreed_on}
    assert client.post(f"{home}/price", {**price, "amount": "0"}).status_code == 422
    assert client.post(f"{home}/price", price)["Location"] == home
    assert client.post(f"{home}/price", price).status_code == 409
    assert client.post(f"{home}/price/milestone", {"name": "Plan", "percent": "50"}).status_code == 303
    assert client.post(f"{home}/price/milestone", {"name": "Rest", "percent": "51"}).status_code == 409
    order = {"title": "More", "amount": "-200", "agreed_by": "Eva", "agreed_on": agreed_on}
    assert client.post(f"{home}/price/change-order", order).status_code == 303
    assert client.post(f"{home}/price/progress", {"percent": "5", "on": agreed_on}).status_code == 409
    assert client.post(f"{home}/price/accept", {"accepted_by": "Eva", "on": agreed_on}).status_code == 409
    (milestone,) = Milestone.objects.all()
    assert client.post(f"{home}/price/bill").status_code == 409
    for act, status in (("reach", 303), ("reach", 303), ("reopen", 303), ("reach", 303), ("paint", 404)):
        assert client.post(f"{home}/price/act", {"act": act, "milestone": milestone.id}).status_code == status
    page = client.get(f"{home}/price/bill").content.decode()
    assert "Website: Plan" in page
    assert "360" in page
    draft_id = client.post(f"{home}/price/bill")["Location"].rsplit("/", 1)[-1]
    lines = DraftLine.objects.filter(draft=draft_id).order_by("position")
    assert [line.quantity * line.unit_price for line in lines] == [400, -40]
    shown = client.get(home).content.decode()
    assert "Plan" in shown
    assert "Eva" in shown
    assert client.post(f"{home}/price/act", {"act": "remove", "milestone": milestone.id}).status_code == 303
    assert Milestone.objects.count() == 1


def test_wp7_who_reads_projects_does_not_move_their_price(scene: Scene) -> None:
    project = opened(scene.customer, rate=None)
    reader = of_role(Role.AUDITOR)
    for name in ("price", "price/change-order", "price/milestone", "price/progress", "price/accept", "price/bill"):
        assert reader.post(f"/projects/{project.id}/{name}").status_code == 403


def test_wp13_a_retainer_is_agreed_shown_settled_and_opened_on_pages(client: Client, scene: Scene) -> None:
    plain = opened(scene.customer, "Plain")
    page = client.get(f"/projects/{plain.id}/retainer").content.decode()
    assert f'href="/repeats/new?customer={scene.customer.id}"' in page
    assert 'id="retainer"' not in client.get(f"/projects/{plain.id}").content.decode()
    ids = cared_for(scene.customer, scene.owner)
    repeat = repeating(scene.customer)
    given = {"repeat": str(repeat.id), "hours": "7.333", "carry": "1"}
    assert client.post(f"/projects/{plain.id}/retainer", given).status_code == 422
    assert client.post(f"/projects/{plain.id}/retainer", {**given, "hours": "7.01"}).status_code == 422
    assert client.post(f"/projects/{plain.id}/retainer", {**given, "hours": "7.5"}).status_code == 303
    home = f"/projects/{ids['retained_id']}"
    assert client.get(f"{home}/retainer").status_code == 200
    again = {"repeat": str(repeat.id), "hours": "3", "carry": "0", "version": "1"}
    refused = client.post(f"{home}/retainer", again)
    assert refused.status_code == 409
    assert "another project" in refused.content.decode()
    page = client.get(home).content.decode()
    assert "Settled up to" in page
    settled = {"act": "open", "settled": str(ids["covering_id"])}
    assert client.post(f"{home}/retainer/act", settled).status_code == 303
    assert "Settled up to" not in client.get(home).content.decode()
    client.post(f"{home}/retainer/act", {"act": "settle"})
    assert client.post(f"{home}/retainer/act", {"act": "x"}).status_code == 404
    assert "Retainer of Care 1" not in client.get("/projects/done/today").content.decode()
