from typing import Any

from django.db import migrations

from conto.domain.ids import new_id
from conto.domain.pipeline import first_pipeline


def give_books_a_pipeline(apps: Any, _schema_editor: object) -> None:
    """A book that was set up before there were deals begins to sell with what a new one has."""
    business = apps.get_model("accounts", "Business").objects.first()
    Pipeline = apps.get_model("deals", "Pipeline")
    if business is None or business.set_up_at is None or Pipeline.objects.exists():
        return
    first = first_pipeline(business.language)
    pipeline = Pipeline.objects.create(id=new_id(), name=first.name, position=1, changed_at=business.changed_at)
    for position, stage in enumerate(first.stages, 1):
        apps.get_model("deals", "Stage").objects.create(
            id=new_id(),
            pipeline=pipeline,
            name=stage.name,
            position=position,
            probability_percent=stage.probability_percent,
            silent_after_days=stage.silent_after_days,
        )
    for position, name in enumerate(first.lost_reasons, 1):
        apps.get_model("deals", "LostReason").objects.create(id=new_id(), name=name, position=position)


class Migration(migrations.Migration):
    dependencies = [("deals", "0002_guards"), ("accounts", "0006_second_step_roles")]
    operations = [migrations.RunPython(give_books_a_pipeline, migrations.RunPython.noop)]
