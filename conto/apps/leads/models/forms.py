"""Forms that strangers fill in."""

from django.contrib.postgres.fields import ArrayField
from django.db import models

from conto.apps.accounts.models import Member


class LeadForm(models.Model):
    """A form on the web. Its token is public: it stands in the address and in every page that embeds the form."""

    id = models.UUIDField(primary_key=True)
    name = models.CharField(max_length=100)  # for members
    token = models.CharField(max_length=40, unique=True, db_collation="C")
    source = models.CharField(max_length=40)
    fields = models.JSONField(default=dict)  # beside name and mail: {"phone": "optional", "own.key": "needed"}
    languages = ArrayField(models.CharField(max_length=2), default=list)  # the first where a visitor reads none
    texts = models.JSONField(
        default=dict
    )  # by language: title, intro, consent, measuring, thanks; empty: the usual words
    asks_consent = models.BooleanField(default=False)
    asks_measuring = models.BooleanField(default=False)  # whether letters may be measured, by a box of its own
    confirms_by_mail = models.BooleanField(default=False)  # double opt-in
    sites = ArrayField(models.CharField(max_length=200), default=list, blank=True)  # that may show it in a frame
    owner = models.ForeignKey(Member, null=True, on_delete=models.PROTECT, related_name="+")  # when no rule fits
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField()
    changed_at = models.DateTimeField()
