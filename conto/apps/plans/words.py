"""How often a plan bills, in words."""

from django.utils.translation import ngettext


def rhythm_words(interval: str, count: int) -> str:
    """Say how often a plan is billed."""
    n = {"n": count}
    match interval:
        case "day":
            words = ngettext("every day", "every %(n)d days", count)
        case "week":
            words = ngettext("every week", "every %(n)d weeks", count)
        case "month":
            words = ngettext("every month", "every %(n)d months", count)
        case "quarter":
            words = ngettext("every quarter", "every %(n)d quarters", count)
        case "half_year":
            words = ngettext("every half-year", "every %(n)d half-years", count)
        case _:
            words = ngettext("every year", "every %(n)d years", count)
    return words % n
