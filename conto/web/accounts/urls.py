"""Addresses of the door."""

from django.urls import path

from conto.web.accounts import addresses, links, pages, viewing

urlpatterns = [
    path("sign-in", pages.sign_in, name="sign_in"),
    path("sign-out", pages.sign_out, name="sign_out"),
    path("profile", pages.profile, name="profile"),
    path("forgot-password", links.forgotten, name="forgotten_password"),
    path("new-password/<str:token>", links.new_password, name="new_password"),
    path("profile/address", addresses.own_address, name="own_address"),
    path("new-address/<str:token>", addresses.new_address, name="new_address"),
    path("join/<str:token>", links.join, name="join"),
    path("view-as", viewing.start, name="view_as"),
    path("view-as/stop", viewing.stop, name="view_as_stop"),
    path("profile/sessions/<uuid:session_id>/end", pages.end_session, name="own_session_end"),
    path("profile/sessions/end-others", pages.end_other_sessions, name="own_sessions_end"),
    path("profile/password", pages.password, name="own_password"),
]
