"""What must always hold of remembered requests."""

from conto.apps.bulk.invariants import Invariant

INVARIANTS = (
    Invariant(
        "I24",
        "No request with an idempotency key has been under way for more than 15 minutes",
        "SELECT count(*) FROM integrations_rememberedrequest",
        """SELECT method || ' ' || path || ' since ' || locked_at FROM integrations_rememberedrequest
        WHERE done_at IS NULL AND locked_at < now() - interval '16 minutes'""",
    ),
)
