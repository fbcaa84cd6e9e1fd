"""A model that a migration adds is drawn alone, and its relations are known all the same."""

from typing import Any

from django.db import models
from django.db.migrations.state import ModelState, ProjectState

from conto.config.migrating import new_models_drawn_alone

KEY: Any = models.AutoField(primary_key=True)


def pointing(name: str, *at: str) -> ModelState:
    keys = [(f"to_{each}", models.ForeignKey(f"shop.{each}", models.CASCADE)) for each in at]
    return ModelState("shop", name, [("id", KEY), *keys])


def pointed_at_by(state: ProjectState, name: str) -> set[str]:
    return {each.related_model._meta.model_name for each in state.apps.get_model("shop", name)._meta.related_objects}


def test_a_new_model_leaves_those_it_points_at_as_they_are_and_they_know_of_it() -> None:
    with new_models_drawn_alone():
        state = ProjectState()
        state.add_model(pointing("customer"))
        customer = state.apps.get_model("shop", "customer")
        state.add_model(pointing("invoice", "customer"))
        state.add_model(pointing("line", "invoice", "customer"))
        assert state.apps.get_model("shop", "customer") is customer
        assert pointed_at_by(state, "customer") == {"invoice", "line"}
        assert pointed_at_by(state, "invoice") == {"line"}
        assert state.apps.get_model("shop", "line")._meta.get_field("to_customer").related_model is customer


def test_what_is_changed_later_is_drawn_as_django_draws_it() -> None:
    with new_models_drawn_alone():
        state = ProjectState()
        for model in (pointing("customer"), pointing("invoice", "customer")):
            state.add_model(model)
            assert state.apps
        before = state.apps.get_model("shop", "invoice")
        state.add_field("shop", "customer", "name", models.TextField(), preserve_default=True)
        state.add_field("shop", "invoice", "payer", models.ForeignKey("shop.customer", models.CASCADE, "+"), True)
        after = state.apps.get_model("shop", "invoice")
        assert after is not before
        assert {field.name for field in after._meta.fields} == {"id", "to_customer", "payer"}
        assert after._meta.get_field("payer").related_model is state.apps.get_model("shop", "customer")
        state.add_model(pointing("invoice"))  # once more: what is there is replaced
        assert {field.name for field in state.apps.get_model("shop", "invoice")._meta.fields} == {"id"}


def test_nothing_is_left_of_it_afterwards() -> None:
    before = ProjectState.add_model
    with new_models_drawn_alone():
        assert ProjectState.add_model is not before
    assert ProjectState.add_model is before
