# Written by hand: the indexes are made beside a book at work, which is not kept from writing meanwhile. What a run that was
# cut off left behind is taken away first, so it may be repeated.

import django.db.models.deletion
from django.db import migrations, models

MADE = {
    "customer_of_owner": "crm_customer (owner_id, sort_key, id)",
    "customer_archived": "crm_customer (sort_key, id) WHERE archived_at IS NOT NULL",
    "address_by_country": "crm_address (country, customer_id) WHERE kind = 'billing'",
    "search_of_customer": "crm_searchtoken (customer_id, token)",
}
# What the new ones do as well.
OLD = {
    "customer_by_owner": "crm_customer (owner_id, sort_key)",
    "crm_searchtoken_customer_id_4ee84dcd": "crm_searchtoken (customer_id)",
}


def _made(name: str, what: str) -> migrations.RunSQL:
    drop = f"DROP INDEX CONCURRENTLY IF EXISTS {name}"
    return migrations.RunSQL([drop, f"CREATE INDEX CONCURRENTLY {name} ON {what}"], [drop])


def _dropped(name: str, what: str) -> migrations.RunSQL:
    drop = f"DROP INDEX CONCURRENTLY IF EXISTS {name}"
    return migrations.RunSQL([drop], [drop, f"CREATE INDEX CONCURRENTLY {name} ON {what}"])


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("crm", "0002_grants")]
    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[
                *(_made(name, what) for name, what in MADE.items()),
                *(_dropped(name, what) for name, what in OLD.items()),
            ],
            state_operations=[
                migrations.AddIndex(
                    model_name="customer",
                    index=models.Index(fields=["owner", "sort_key", "id"], name="customer_of_owner"),
                ),
                migrations.AddIndex(
                    model_name="customer",
                    index=models.Index(
                        condition=models.Q(("archived_at__isnull", False)),
                        fields=["sort_key", "id"],
                        name="customer_archived",
                    ),
                ),
                migrations.AddIndex(
                    model_name="address",
                    index=models.Index(
                        condition=models.Q(("kind", "billing")),
                        fields=["country", "customer"],
                        name="address_by_country",
                    ),
                ),
                migrations.AddIndex(
                    model_name="searchtoken",
                    index=models.Index(fields=["customer", "token"], name="search_of_customer"),
                ),
                migrations.RemoveIndex(model_name="customer", name="customer_by_owner"),
                migrations.AlterField(
                    model_name="searchtoken",
                    name="customer",
                    field=models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="crm.customer",
                    ),
                ),
            ],
        ),
    ]
