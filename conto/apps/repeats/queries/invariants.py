"""What must always hold of repeating invoices and of what they made."""

from conto.apps.bulk.invariants import Invariant

INVARIANTS = (
    Invariant(
        "I75",
        "A repeating invoice has made as many invoices as it counts, one a day of its schedule, in order, and what is"
        " agreed of it is whole",
        "SELECT count(*) FROM repeats_repeat",
        """SELECT 'repeating invoice ' || r.id || ' counts ' || r.made_count || ' and has ' || count(i.id)
            || ', the last of ' || coalesce(max(i.due_on)::text, '-')
        FROM repeats_repeat r LEFT JOIN repeats_repeatinvoice i ON i.repeat_id = r.id
        GROUP BY r.id
        HAVING count(i.id) <> r.made_count OR max(i.due_on) IS DISTINCT FROM r.last_made_on
            OR max(i.ordinal) IS DISTINCT FROM nullif(r.made_count, 0)
        UNION ALL
        SELECT 'version ' || v.version || ' of ' || v.repeat_id || ' has ' || count(l.id) || ' lines'
        FROM repeats_repeatversion v LEFT JOIN repeats_repeatline l ON l.version_id = v.id
        GROUP BY v.id HAVING count(l.id) <> v.line_count
        UNION ALL
        SELECT 'repeating invoice ' || r.id || ' is of version ' || r.version || ', not of ' || max(v.version)
        FROM repeats_repeat r JOIN repeats_repeatversion v ON v.repeat_id = r.id
        GROUP BY r.id HAVING max(v.version) <> r.version OR count(*) <> r.version""",
    ),
    Invariant(
        "I76",
        "What a day of a schedule made and was issued is an invoice of its customer and seller, about the days of that"
        " day, issued on it or later",
        "SELECT count(*) FROM repeats_repeatinvoice i JOIN invoicing_document d ON d.id = i.document_id",
        """SELECT 'invoice ' || d.number || ' of ' || i.due_on || ' by ' || i.repeat_id
        FROM repeats_repeatinvoice i JOIN repeats_repeat r ON r.id = i.repeat_id
            JOIN invoicing_document d ON d.id = i.document_id
        WHERE d.customer_id <> r.customer_id OR d.legal_entity_id <> r.legal_entity_id OR d.kind <> 'invoice'
            OR d.issued_on < i.due_on""",
    ),
)
