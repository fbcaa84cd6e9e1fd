"""Addresses of plans."""

from django.urls import path

from conto.web.plans import features, migrating, pages, writing

urlpatterns = [
    path("plans/", pages.plan_list, name="plans"),
    path("plans/new", writing.new, name="plan_new"),
    path("plans/coupons/new", writing.new_coupon, name="coupon_new"),
    path("plans/coupons/<uuid:coupon_id>/archive", pages.archive_coupon, name="coupon_archive"),
    path("plans/<uuid:plan_id>", pages.show, name="plan"),
    path("plans/<uuid:plan_id>/edit", writing.edit, name="plan_edit"),
    path("plans/<uuid:plan_id>/features", features.edit, name="plan_features"),
    path("plans/<uuid:plan_id>/migrate", migrating.migrate, name="plan_migrate"),
    path("plans/migrations/<uuid:migration_id>", migrating.migration, name="plan_migration"),
    path("plans/<uuid:plan_id>/act", pages.act, name="plan_act"),
]
