"""Triggers that do something themselves: what must be so afterwards."""

from tests.apps.guards.attacks import NEW

EFFECTS: dict[str, str] = {
    "legal_entity_has_open_period": f"""DO $$ BEGIN
        INSERT INTO accounts_legalentity SELECT (jsonb_populate_record(e, '{{"id": "{NEW}", "is_default": false}}')).*
            FROM accounts_legalentity e LIMIT 1;
        ASSERT (SELECT count(*) FROM ledger_closedperiod WHERE legal_entity_id = '{NEW}') = 1; END $$""",
    "words_know_the_kind": """DO $$ DECLARE company uuid; BEGIN
        SELECT c.id INTO STRICT company FROM crm_customer c JOIN crm_searchtoken t ON t.customer_id = c.id
            WHERE c.kind = 'company' LIMIT 1;
        UPDATE crm_customer SET kind = 'person' WHERE id = company;
        ASSERT (SELECT bool_and(is_person) FROM crm_searchtoken WHERE customer_id = company); END $$""",
}
