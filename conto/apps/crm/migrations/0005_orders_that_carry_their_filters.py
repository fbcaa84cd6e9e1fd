# Written by hand: the indexes are made beside a book at work, which is not kept from writing meanwhile. What a run that was
# cut off left behind is taken away first, so it may be repeated.
#
# A list goes through one of these orders until its page is full. What it asks of each customer stands in the index, so
# that the customers whom it passes over are not read.

from django.db import migrations, models

CARRIED = "INCLUDE (archived_at, owner_id, kind)"
MADE = {
    "customer_name_order": f"crm_customer (sort_key, id) {CARRIED}",
    "customer_age_order": f"crm_customer (created_at DESC, id DESC) {CARRIED}",
}
# What the new ones do as well.
OLD = {
    "customer_by_name": "crm_customer (sort_key, id)",
    "customer_by_age": "crm_customer (created_at DESC, id DESC)",
}


def _made(name: str, what: str) -> migrations.RunSQL:
    drop = f"DROP INDEX CONCURRENTLY IF EXISTS {name}"
    return migrations.RunSQL([drop, f"CREATE INDEX CONCURRENTLY {name} ON {what}"], [drop])


def _dropped(name: str, what: str) -> migrations.RunSQL:
    drop = f"DROP INDEX CONCURRENTLY IF EXISTS {name}"
    return migrations.RunSQL([drop], [drop, f"CREATE INDEX CONCURRENTLY {name} ON {what}"])


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("crm", "0004_consents")]
    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[
                *(_made(name, what) for name, what in MADE.items()),
                *(_dropped(name, what) for name, what in OLD.items()),
            ],
            state_operations=[
                migrations.AddIndex(
                    model_name="customer",
                    index=models.Index(
                        fields=["sort_key", "id"],
                        include=("archived_at", "owner", "kind"),
                        name="customer_name_order",
                    ),
                ),
                migrations.AddIndex(
                    model_name="customer",
                    index=models.Index(
                        fields=["-created_at", "-id"],
                        include=("archived_at", "owner", "kind"),
                        name="customer_age_order",
                    ),
                ),
                migrations.RemoveIndex(model_name="customer", name="customer_by_name"),
                migrations.RemoveIndex(model_name="customer", name="customer_by_age"),
            ],
        ),
    ]
