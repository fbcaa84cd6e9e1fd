"""Addresses of projects and work."""

from django.urls import path

from conto.web.projects import done, pages, prices, retainers, work, writing

urlpatterns = [
    path("projects/", pages.project_list, name="projects"),
    path("projects/done", done.done, name="projects_done"),
    path("projects/done/today", done.to_bill, name="projects_to_bill"),
    path("projects/done.csv", done.done_file, name="projects_done_file"),
    path("projects/new", writing.new, name="project_new"),
    path("projects/of/<uuid:customer_id>", pages.of_customer, name="projects_of_customer"),
    path("projects/<uuid:project_id>", pages.show, name="project"),
    path("projects/<uuid:project_id>/edit", writing.edit, name="project_edit"),
    path("projects/<uuid:project_id>/act", writing.act, name="project_act"),
    path("projects/<uuid:project_id>/rates", writing.rates, name="project_rates"),
    path("projects/<uuid:project_id>/approve", work.approve, name="project_approve"),
    path("projects/<uuid:project_id>/bill", pages.bill, name="project_bill"),
    path("projects/<uuid:project_id>/price", prices.agree, name="project_price"),
    path("projects/<uuid:project_id>/price/change-order", prices.order, name="project_change_order"),
    path("projects/<uuid:project_id>/price/milestone", prices.milestone, name="project_milestone"),
    path("projects/<uuid:project_id>/price/progress", prices.progress, name="project_progress"),
    path("projects/<uuid:project_id>/price/accept", prices.accept, name="project_accept"),
    path("projects/<uuid:project_id>/price/act", prices.act, name="project_price_act"),
    path("projects/<uuid:project_id>/price/bill", prices.bill, name="project_price_bill"),
    path("projects/<uuid:project_id>/retainer", retainers.edit, name="project_retainer"),
    path("projects/<uuid:project_id>/retainer/act", retainers.act, name="project_retainer_act"),
    path("projects/<uuid:project_id>/work.csv", work.export, name="project_work_export"),
    path("work/", work.own, name="work"),
    path("work/<uuid:work_id>", work.edit, name="work_edit"),
]
