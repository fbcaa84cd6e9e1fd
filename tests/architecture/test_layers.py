"""What imports can't show: foreign keys written as text, and words in places they don't belong."""

import tomllib

from django.apps import apps
from django.db.models import ForeignObject, ManyToManyField

from tests.architecture.sources import ROOT

OURS = "conto.apps."


def _order() -> dict[str, int]:
    """Return each area's floor, as the import contract in pyproject.toml states it."""
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    floors = next(contract for contract in contracts if contract["name"] == "Areas call down only")["layers"]
    return {name.strip(): -index for index, line in enumerate(floors) for name in line.split("|")}


def test_foreign_keys_point_down() -> None:
    order = _order()
    wrong = []
    for model in apps.get_models(include_auto_created=True):
        if not model.__module__.startswith(OURS):
            continue
        own = model._meta.app_label
        for field in model._meta.get_fields():
            if not isinstance(field, ForeignObject | ManyToManyField) or field.model is not model:
                continue
            target = field.related_model._meta.app_label
            if target in order and target != own and order[target] >= order[own]:
                wrong.append(f"{model.__name__}.{field.name} points up or across to {target}")
    assert wrong == []


def test_every_area_stands_on_a_floor() -> None:
    areas = {path.name for path in (ROOT / "conto" / "apps").iterdir() if (path / "__init__.py").exists()}
    assert areas == set(_order())
