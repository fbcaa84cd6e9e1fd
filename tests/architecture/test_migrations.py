"""The tables written down in models are those that the migrations make."""

import pytest
from django.apps import apps
from django.db import connection
from django.db.migrations.autodetector import MigrationAutodetector
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.questioner import NonInteractiveMigrationQuestioner
from django.db.migrations.state import ProjectState


def test_no_migration_is_missing() -> None:
    loader = MigrationLoader(None)
    detector = MigrationAutodetector(
        loader.project_state(),
        ProjectState.from_apps(apps),
        NonInteractiveMigrationQuestioner(specified_apps=set(), dry_run=True),
    )
    changes = detector.changes(graph=loader.graph)
    ours = {label: [m.operations for m in found] for label, found in changes.items() if label in _our_labels()}
    assert ours == {}


@pytest.mark.django_db
def test_no_column_holds_a_float_or_the_servers_money_type() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT table_name, column_name, data_type FROM information_schema.columns WHERE table_schema = 'public'"
            " AND data_type IN ('real', 'double precision', 'money') AND table_name NOT LIKE 'procrastinate\\_%'"
        )
        assert cursor.fetchall() == []


def _our_labels() -> set[str]:
    return {config.label for config in apps.get_app_configs() if config.name.startswith("conto.")}
