"""Pipelines: the ways that deals go, stage by stage."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q


class Pipeline(models.Model):
    """A way of selling."""

    id = models.UUIDField(primary_key=True)
    name = models.CharField(max_length=100)
    position = models.PositiveSmallIntegerField()
    is_archived = models.BooleanField(default=False)
    changed_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["name"], condition=Q(is_archived=False), name="pipeline_name_once"),
        ]


class Stage(models.Model):
    """A step of a pipeline. What deals went through stays; a stage that is no longer used is archived."""

    id = models.UUIDField(primary_key=True)
    pipeline = models.ForeignKey(Pipeline, on_delete=models.PROTECT, related_name="stages")
    name = models.CharField(max_length=100)
    position = models.PositiveSmallIntegerField()
    probability_percent = models.SmallIntegerField()
    silent_after_days = models.PositiveSmallIntegerField(null=True)  # none: a deal may be silent here
    required_fields = ArrayField(models.CharField(max_length=40), default=list, blank=True)  # before a deal comes in
    checklist = ArrayField(models.CharField(max_length=200), default=list, blank=True)  # before a deal goes on
    is_archived = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["id", "pipeline"], name="stage_of_pipeline"),  # a target of deals
            models.UniqueConstraint(
                fields=["pipeline", "name"], condition=Q(is_archived=False), name="stage_name_once"
            ),
            models.CheckConstraint(
                condition=Q(probability_percent__gte=0) & Q(probability_percent__lte=100),
                name="stage_probability_is_a_share",
            ),
            models.CheckConstraint(
                condition=Q(silent_after_days=None) | Q(silent_after_days__gte=1), name="stage_silent_after_a_day"
            ),
        ]


class LostReason(models.Model):
    """Why deals are lost, in the words of this business."""

    id = models.UUIDField(primary_key=True)
    name = models.CharField(max_length=100)
    position = models.PositiveSmallIntegerField()
    is_archived = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["name"], condition=Q(is_archived=False), name="lost_reason_name_once"),
        ]
