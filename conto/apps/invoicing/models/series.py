"""Number series with their gapless counters, and document templates."""

from django.db import models
from django.db.models import F, Q

from conto.apps.accounts.models import LegalEntity


class NumberSeries(models.Model):
    """A series of document numbers of a legal entity, with or without a yearly restart."""

    id = models.UUIDField(primary_key=True)
    legal_entity = models.ForeignKey(LegalEntity, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=20)  # invoice | credit_note | deposit
    prefix = models.CharField(max_length=20, default="INV")
    width = models.PositiveSmallIntegerField(default=5)
    is_yearly = models.BooleanField(default=True)
    start_ordinal = models.PositiveIntegerField(default=1)  # the first number, for a firm that switches in mid-year
    start_year = models.PositiveSmallIntegerField(
        null=True
    )  # the year that start_ordinal is for; later years start at 1
    is_default = models.BooleanField(default=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["legal_entity", "kind"], condition=Q(is_default=True), name="series_one_default"
            ),
            models.UniqueConstraint(fields=["legal_entity", "prefix"], name="series_prefix_once"),
        ]


class NumberCounter(models.Model):
    """The last number given in a series and year. Raised in the last statements of the issuing transaction."""

    pk = models.CompositePrimaryKey("series_id", "year")
    series = models.ForeignKey(NumberSeries, on_delete=models.PROTECT, related_name="counters", db_index=False)
    year = models.PositiveSmallIntegerField()  # 0 for a series without yearly restart
    first_ordinal = models.PositiveIntegerField(default=1)
    last_ordinal = models.PositiveIntegerField()
    last_issued_on = models.DateField(null=True)  # the order of numbers is the order of dates

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(last_ordinal__gte=F("first_ordinal") - 1), name="counter_not_before_first"
            ),
        ]


class DocumentTemplate(models.Model):
    """How documents of a legal entity look: color, columns, paper and texts per language."""

    id = models.UUIDField(primary_key=True)
    legal_entity = models.ForeignKey(LegalEntity, on_delete=models.PROTECT, related_name="templates")
    name = models.CharField(max_length=100)
    accent_color = models.CharField(max_length=7, default="#1f5c46")
    paper = models.CharField(max_length=10, default="a4")  # a4 | letter
    columns = models.JSONField(default=list)  # shown optional columns, in order
    texts = models.JSONField(default=dict)  # {"de": {"intro": …, "footer": …}}
    is_default = models.BooleanField(default=False)
    changed_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["legal_entity"], condition=Q(is_default=True), name="template_one_default"),
        ]
