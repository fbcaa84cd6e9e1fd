# Written by hand: the column has a default that is kept beside the rows, so none is written for it; the words of persons
# are told in batches, each of which is a transaction, and the index is made beside a book at work. What a run that was cut
# off left behind is taken away or told again, so it may be repeated.

from django.db import migrations, models

# A customer who turns from a company into a person takes the words along, whoever writes that.
GUARD = [
    """CREATE OR REPLACE FUNCTION crm_words_know_the_kind() RETURNS trigger LANGUAGE plpgsql
    SET search_path = public, pg_temp AS $$
    BEGIN
        UPDATE crm_searchtoken SET is_person = (NEW.kind = 'person') WHERE customer_id = NEW.id;
        RETURN NULL;
    END $$""",
    "DROP TRIGGER IF EXISTS words_know_the_kind ON crm_customer",
    """CREATE TRIGGER words_know_the_kind AFTER UPDATE OF kind ON crm_customer
    FOR EACH ROW WHEN (OLD.kind <> NEW.kind) EXECUTE FUNCTION crm_words_know_the_kind()""",
]
TELL = """
DO $$
DECLARE
    told uuid := '00000000-0000-0000-0000-000000000000';
    upto uuid;
BEGIN
    LOOP
        SELECT id INTO upto FROM (SELECT id FROM crm_customer WHERE id > told ORDER BY id LIMIT 2000) c
            ORDER BY id DESC LIMIT 1;
        EXIT WHEN NOT FOUND;
        UPDATE crm_searchtoken t SET is_person = true FROM crm_customer c
            WHERE c.id = t.customer_id AND c.id > told AND c.id <= upto AND c.kind = 'person' AND NOT t.is_person;
        COMMIT;
        told := upto;
    END LOOP;
END $$
"""
NEW = "crm_searchtoken (token, customer_id) INCLUDE (is_person)"
OLD = "crm_searchtoken (token, customer_id)"


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("crm", "0005_orders_that_carry_their_filters")]
    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[
                migrations.RunSQL(
                    [
                        "ALTER TABLE crm_searchtoken ADD COLUMN IF NOT EXISTS is_person boolean NOT NULL DEFAULT false",
                        # Which words are common is guessed of a thousand rather than of a hundred.
                        "ALTER TABLE crm_searchtoken ALTER COLUMN token SET STATISTICS 1000",
                    ],
                    ["ALTER TABLE crm_searchtoken DROP COLUMN IF EXISTS is_person"],
                ),
                migrations.RunSQL(
                    [*GUARD, TELL],
                    [
                        "DROP TRIGGER IF EXISTS words_know_the_kind ON crm_customer",
                        "DROP FUNCTION IF EXISTS crm_words_know_the_kind()",
                    ],
                ),
                migrations.RunSQL(
                    [
                        "DROP INDEX CONCURRENTLY IF EXISTS search_by_word",
                        f"CREATE INDEX CONCURRENTLY search_by_word ON {NEW}",
                        "DROP INDEX CONCURRENTLY IF EXISTS search_by_token",
                    ],
                    [
                        "DROP INDEX CONCURRENTLY IF EXISTS search_by_token",
                        f"CREATE INDEX CONCURRENTLY search_by_token ON {OLD}",
                        "DROP INDEX CONCURRENTLY IF EXISTS search_by_word",
                    ],
                ),
            ],
            state_operations=[
                migrations.AddField(
                    model_name="searchtoken",
                    name="is_person",
                    field=models.BooleanField(db_default=False),
                ),
                migrations.RemoveIndex(model_name="searchtoken", name="search_by_token"),
                migrations.AddIndex(
                    model_name="searchtoken",
                    index=models.Index(fields=["token", "customer"], include=("is_person",), name="search_by_word"),
                ),
            ],
        ),
    ]
