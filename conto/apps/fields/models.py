"""What fields a business added, and their values."""

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Q

from conto.domain.fields import LIMITED, FieldKind, Subject

SUBJECTS = [each.value for each in Subject]
KINDS = [each.value for each in FieldKind]
ROLES = [each.value for each in LIMITED]  # that can be limited


class OwnField(models.Model):
    """A field that a business added to a kind of record."""

    id = models.UUIDField(primary_key=True)
    subject = models.CharField(max_length=10)
    key = models.CharField(max_length=40)
    label = models.CharField(max_length=60)
    kind = models.CharField(max_length=10)
    choices = ArrayField(models.CharField(max_length=80), default=list, blank=True)
    formula = models.CharField(max_length=500, blank=True)
    is_required = models.BooleanField(default=False)
    is_listed = models.BooleanField(default=False)  # a column of the list
    position = models.PositiveSmallIntegerField()
    is_archived = models.BooleanField(default=False)
    seen_by = ArrayField(models.CharField(max_length=20), null=True)  # roles; none: whoever sees the record
    edited_by = ArrayField(models.CharField(max_length=20), null=True)  # of those who see it; none: all of them

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["subject", "key"], name="own_field_key_once"),
            models.CheckConstraint(condition=Q(subject__in=SUBJECTS), name="own_field_subject_known"),
            models.CheckConstraint(condition=Q(kind__in=KINDS), name="own_field_kind_known"),
            models.CheckConstraint(
                condition=(Q(kind="formula") & ~Q(formula="")) | (~Q(kind="formula") & Q(formula="")),
                name="own_field_formula_has_one",
            ),
            models.CheckConstraint(
                condition=Q(seen_by=None) | Q(seen_by__contained_by=ROLES), name="own_field_seen_by_known"
            ),
            models.CheckConstraint(
                condition=Q(edited_by=None) | (Q(edited_by__contained_by=ROLES) & ~Q(kind="formula")),
                name="own_field_edited_by_known",
            ),
        ]


class OwnValues(models.Model):
    """The values of one record's own fields, by key; what is empty is not there."""

    subject_id = models.UUIDField(primary_key=True)
    subject_kind = models.CharField(max_length=10)
    values = models.JSONField(default=dict)
    changed_at = models.DateTimeField()

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(subject_kind__in=SUBJECTS), name="own_values_subject_known")]
        indexes = [
            models.Index(fields=["subject_kind", "subject_id"], name="own_values_by_kind"),
            GinIndex(fields=["values"], opclasses=["jsonb_path_ops"], name="own_values_by_value"),
        ]
