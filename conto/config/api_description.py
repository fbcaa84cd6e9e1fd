"""Write the description of the API into the repository: python -m conto.config.api_description."""

import os
from pathlib import Path


def main() -> None:
    """Write `conto/api/openapi.json`."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "conto.config.settings")
    os.environ.setdefault("CONTO_CHECK", "1")
    import django  # noqa: PLC0415 - the settings must be named first

    django.setup()
    from conto.api import described  # noqa: PLC0415 - needs Django to be set up

    Path(described.__file__).with_name("openapi.json").write_text(described.text())


if __name__ == "__main__":
    main()
