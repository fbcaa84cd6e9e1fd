"""Addresses of the door."""

from django.urls import path

from conto.web.accounts import pages

urlpatterns = [
    path("sign-in", pages.sign_in, name="sign_in"),
    path("sign-out", pages.sign_out, name="sign_out"),
    path("profile", pages.profile, name="profile"),
    path("profile/password", pages.password, name="own_password"),
]
