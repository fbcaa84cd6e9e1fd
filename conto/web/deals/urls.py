"""Addresses of deals."""

from django.urls import path

from conto.web.deals import activities, acts, boards, calendar, cash, editing, lists, pipelines, records

urlpatterns = [
    path("deals/", boards.board, name="deals"),
    path("deals/stages/<uuid:stage_id>/more", boards.more, name="deals_more"),
    path("deals/list", lists.index, name="deals_list"),
    path("deals/won", cash.won, name="deals_won"),
    path("deals/results", cash.sellers, name="deals_results"),
    path("deals/results/<slug:measure>/<uuid:owner_id>/<str:currency>", cash.rows, name="deals_result_rows"),
    path("deals/new", editing.new, name="deal_new"),
    path("deals/<uuid:deal_id>/", records.record, name="deal"),
    path("deals/<uuid:deal_id>/edit", editing.edit, name="deal_edit"),
    path("deals/<uuid:deal_id>/own", editing.own, name="deal_own"),
    path("deals/<uuid:deal_id>/products", editing.products, name="deal_products"),
    path("deals/<uuid:deal_id>/move", boards.move, name="deal_move"),
    path("deals/<uuid:deal_id>/drop", boards.drop, name="deal_drop"),
    path("deals/<uuid:deal_id>/win", acts.win, name="deal_win"),
    path("deals/<uuid:deal_id>/lose", acts.lose, name="deal_lose"),
    path("deals/<uuid:deal_id>/reopen", acts.reopen, name="deal_reopen"),
    path("deals/<uuid:deal_id>/hand-over", acts.hand_over, name="deal_hand_over"),
    path("deals/<uuid:deal_id>/follow", acts.follow, name="deal_follow"),
    path("deals/<uuid:deal_id>/comments", acts.comment, name="deal_comment"),
    path("deals/<uuid:deal_id>/checklist", acts.tick, name="deal_tick"),
    path("deals/<uuid:deal_id>/activities", activities.add, name="deal_activity_new"),
    path("activities/<uuid:activity_id>", activities.change, name="activity"),
    path("activities/<uuid:activity_id>/done", activities.finish, name="activity_done"),
    path("activities/<uuid:activity_id>/undone", activities.reopen, name="activity_undone"),
    path("calendar/<str:token>.ics", calendar.feed, name="calendar_feed"),
    path("profile/calendar", calendar.own, name="own_calendar"),
    path("profile/calendar/make", calendar.make, name="own_calendar_make"),
    path("profile/calendar/revoke", calendar.revoke, name="own_calendar_revoke"),
    path("settings/pipelines", pipelines.index, name="settings_pipelines"),
    path("settings/pipelines/new", pipelines.new, name="settings_pipeline_new"),
    path("settings/pipelines/reasons", pipelines.reasons, name="settings_lost_reasons"),
    path("settings/pipelines/<uuid:pipeline_id>", pipelines.change, name="settings_pipeline"),
    path("settings/pipelines/<uuid:pipeline_id>/archive", pipelines.archive, name="settings_pipeline_archive"),
    path("settings/pipelines/<uuid:pipeline_id>/restore", pipelines.restore, name="settings_pipeline_restore"),
]
