"""Addresses of subscriptions and billing runs."""

from django.urls import path

from conto.web.subscriptions import changing, crediting, features, pages, recurring, runs, writing

urlpatterns = [
    path("subscriptions/", pages.subscription_list, name="subscriptions"),
    path("subscriptions/new", writing.new, name="subscription_new"),
    path("subscriptions/of/<uuid:customer_id>", pages.card, name="subscriptions_card"),
    path("subscriptions/of/<uuid:customer_id>/features", features.of_customer, name="entitlements"),
    path("subscriptions/recurring", recurring.recurring, name="recurring"),
    path("subscriptions/recurring/movements", recurring.movements, name="recurring_movements"),
    path("subscriptions/recurring/movements.csv", recurring.movements_file, name="recurring_movements_file"),
    path("subscriptions/runs", runs.run_list, name="billing_runs"),
    path("subscriptions/runs/start", runs.start, name="billing_run_start"),
    path("subscriptions/runs/dry", runs.dry, name="billing_run_dry"),
    path("subscriptions/runs/dry/<uuid:dry_run_id>", runs.dry_run_page, name="billing_dry_run"),
    path("subscriptions/runs/<uuid:run_id>", runs.run_page, name="billing_run"),
    path("subscriptions/<uuid:subscription_id>", pages.show, name="subscription"),
    path("subscriptions/<uuid:subscription_id>/edit", writing.edit, name="subscription_edit"),
    path("subscriptions/<uuid:subscription_id>/features", features.of_one, name="subscription_features"),
    path("subscriptions/<uuid:subscription_id>/features/override", features.override, name="subscription_override"),
    path("subscriptions/<uuid:subscription_id>/prepaid", crediting.prepaid, name="subscription_prepaid"),
    path("subscriptions/<uuid:subscription_id>/change", changing.change, name="subscription_change"),
    path("subscriptions/<uuid:subscription_id>/try-again", pages.try_again, name="subscription_try_again"),
]
