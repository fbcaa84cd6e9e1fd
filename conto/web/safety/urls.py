"""Addresses of safe sign-in."""

from django.urls import path

from conto.web.safety import proof

urlpatterns = [
    path("prove", proof.prove, name="prove"),
]
