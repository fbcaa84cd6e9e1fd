"""The pro forma invoice in the browser: its paper is handed out as safely as every other, and it leaves by mail."""

from django.test import Client

from conto.apps.invoicing import queries
from conto.apps.messaging import queries as messaging
from tests.scene import Scene
from tests.web.heads import wrong_in


def test_its_paper_may_not_act_as_a_page_of_ours_and_is_not_kept(client: Client, scene: Scene) -> None:
    answer = client.get(f"/invoices/{scene.draft().id}/pro-forma.pdf")
    assert answer.status_code == 200
    assert answer.content.startswith(b"%PDF")
    assert wrong_in(answer, "file") == []
    assert answer.headers["Content-Disposition"].startswith("inline")


def test_it_leaves_by_mail_and_the_draft_stays_one(client: Client, scene: Scene) -> None:
    draft = scene.draft()
    words = {"to_address": "einkauf@mueller.example", "subject": "Pro forma", "text": "As agreed."}
    assert client.post(f"/invoices/{draft.id}/pro-forma", words).status_code == 303
    (mail,) = messaging.mails("waiting")
    assert (mail.to_address, mail.subject) == ("einkauf@mueller.example", "Pro forma")
    assert messaging.mail_file_names(mail.id)[0].endswith(".pdf")
    assert queries.draft_for(scene.owner, draft.id) is not None


def test_a_bad_address_is_told_and_nothing_leaves(client: Client, scene: Scene) -> None:
    words = {"to_address": "nobody", "subject": "Pro forma", "text": "As agreed."}
    assert client.post(f"/invoices/{scene.draft().id}/pro-forma", words).status_code == 422
    assert not messaging.mails("waiting").exists()
