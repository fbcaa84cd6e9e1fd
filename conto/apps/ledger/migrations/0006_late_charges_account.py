from typing import Any

from django.db import migrations

from conto.domain.ids import new_id

_FIRST, _LAST = 4700, 4799


def add_account(apps: Any, _schema: Any) -> None:
    """Open the account of late charges in every chart that is there, under one number that is free in all of them."""
    accounts = apps.get_model("ledger", "Account").objects
    taken = set(accounts.values_list("legal_entity_id", "code"))
    charts = list(accounts.order_by().values_list("legal_entity_id", "currency").distinct())
    opened = set(accounts.filter(role="late_charges").values_list("legal_entity_id", "currency"))
    code = {
        entity: next((str(n) for n in range(_FIRST, _LAST + 1) if (entity, str(n)) not in taken), f"LATE-{_FIRST}")
        for entity, _currency in charts
    }
    accounts.bulk_create(
        accounts.model(
            id=new_id(), legal_entity_id=entity, currency=currency, code=code[entity], role="late_charges",
            kind="income", name="Late charges",
        )
        for entity, currency in charts
        if (entity, currency) not in opened
    )  # fmt: skip


class Migration(migrations.Migration):
    dependencies = [("ledger", "0005_rebuild_open_items")]
    operations = [migrations.RunPython(add_account, migrations.RunPython.noop)]
