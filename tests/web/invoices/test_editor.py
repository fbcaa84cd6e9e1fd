"""The line editor says what each line comes to, while it is typed."""

import re

from django.test import Client

from tests.scene import Scene, line


def line_totals(html: str) -> dict[str, str]:
    return dict(re.findall(r'<output class="total" id="lines-(\d+)-total"[^>]*>([^<]*)</output>', html))


def test_the_editor_shows_what_stored_lines_come_to(client: Client, scene: Scene) -> None:
    draft = scene.draft(line("100", "3"), line("0.10", "7"))
    page = client.get(f"/invoices/{draft.id}/edit").content.decode()
    assert line_totals(page) == {"0": "300.00", "1": "0.70"}


def test_what_is_typed_comes_back_with_the_amount_of_each_complete_line(client: Client, scene: Scene) -> None:
    draft = scene.draft(line("100"))
    typed = {"lines-TOTAL_FORMS": "3", "lines-INITIAL_FORMS": "0", "price_mode": "net", "discount_percent": ""}
    for n, (name, quantity, price) in enumerate((("Advice", "2", "12.345"), ("", "1", ""), ("Trip", "1", "50"))):
        typed |= {
            f"lines-{n}-name": name,
            f"lines-{n}-quantity": quantity,
            f"lines-{n}-unit_price": price,
            f"lines-{n}-unit": "C62",
            f"lines-{n}-tax": "standard",
        }
    answer = client.post(f"/invoices/{draft.id}/totals", typed).content.decode()
    assert line_totals(answer) == {"0": "24.69", "1": "", "2": "50.00"}
    assert answer.count('hx-swap-oob="true"') == 3


def test_lines_with_tax_included_show_it(client: Client, scene: Scene) -> None:
    draft = scene.draft(line("119"), price_mode="gross")
    assert line_totals(client.get(f"/invoices/{draft.id}/edit").content.decode()) == {"0": "119.00"}
