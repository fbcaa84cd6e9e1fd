"""The web as Django starts it."""

from django.apps import AppConfig


class WebConfig(AppConfig):
    """Templates, tags and what listens to the door."""

    name = "conto.web"

    def ready(self) -> None:
        """Listen to who signs in."""
        from conto.web import freshness  # noqa: F401, PLC0415 - listens as it is read
