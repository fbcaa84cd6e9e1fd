"""Backups: the plan, the places, what was made and what came of it."""

from datetime import time

from django.db import models

PLACE_KINDS = ["folder", "s3", "ssh"]
BACKUP_STATES = ["running", "good", "failed"]
COPY_STATES = ["kept", "failed", "removed"]


class BackupPlan(models.Model):
    """When backups are made and how long they are kept: one row, made when first changed."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    is_on = models.BooleanField(default=True)
    at_time = models.TimeField(default=time(2, 30))  # in the zone of the business
    since = models.DateTimeField()  # nothing is made up for the time before
    daily = models.PositiveSmallIntegerField(default=7)
    weekly = models.PositiveSmallIntegerField(default=5)
    monthly = models.PositiveSmallIntegerField(default=12)
    keeps_here = models.BooleanField(default=True)  # in the folder of this installation
    changed_at = models.DateTimeField()

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(id=1), name="backup_plan_only_one")]


class BackupPlace(models.Model):
    """Where backups are brought to, beside the folder of this installation."""

    id = models.UUIDField(primary_key=True)
    name = models.CharField(max_length=100)
    kind = models.CharField(max_length=10)
    options = models.JSONField(default=dict)  # folder | bucket, endpoint … | host, user, host_key …
    secret_sealed = models.TextField(blank=True)
    is_on = models.BooleanField(default=True)
    last_reached_at = models.DateTimeField(null=True)
    last_error = models.TextField(blank=True)
    removed_at = models.DateTimeField(null=True)
    changed_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(kind__in=PLACE_KINDS), name="backup_place_kind_known"),
            models.UniqueConstraint(
                fields=["name"], condition=models.Q(removed_at=None), name="backup_place_name_once"
            ),
        ]


class Backup(models.Model):
    """One try to make a backup. All instants are of the real clock, never of the book's."""

    id = models.UUIDField(primary_key=True)
    name = models.CharField(max_length=120, unique=True)
    reason = models.CharField(max_length=10)  # schedule | hand | command | upgrade
    asked_by = models.CharField(max_length=200, blank=True)
    state = models.CharField(max_length=10, default="running")
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    size_bytes = models.BigIntegerField(null=True)
    contents = models.JSONField(default=dict)  # rows, tables, facts
    key_id = models.CharField(max_length=16, blank=True)
    error = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(state__in=BACKUP_STATES), name="backup_state_known"),
            models.CheckConstraint(
                condition=~models.Q(state="good") | models.Q(size_bytes__gt=0, finished_at__isnull=False),
                name="backup_good_is_whole",
            ),
        ]
        indexes = [models.Index(fields=["-started_at"], name="backup_by_time")]


class BackupCopy(models.Model):
    """One backup in one place; without a place, in the folder of this installation."""

    id = models.UUIDField(primary_key=True)
    backup = models.ForeignKey(Backup, on_delete=models.PROTECT, related_name="copies")
    place = models.ForeignKey(BackupPlace, null=True, on_delete=models.PROTECT, related_name="+")
    state = models.CharField(max_length=10)
    error = models.TextField(blank=True)
    changed_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(state__in=COPY_STATES), name="backup_copy_state_known"),
            models.UniqueConstraint(fields=["backup", "place"], name="backup_copy_once", nulls_distinct=False),
        ]


class Rehearsal(models.Model):
    """A backup that was restored to see whether it can be."""

    id = models.UUIDField(primary_key=True)
    backup = models.ForeignKey(Backup, null=True, on_delete=models.PROTECT, related_name="rehearsals")
    name = models.CharField(max_length=120)
    at = models.DateTimeField()
    is_clean = models.BooleanField()
    seconds = models.PositiveIntegerField(default=0)
    report = models.TextField()

    class Meta:
        indexes = [models.Index(fields=["-at"], name="rehearsal_by_time")]


class SlowWork(models.Model):
    """A page or a question to the database that took long: its shape, without anything that it was asked with."""

    id = models.UUIDField(primary_key=True)  # of the shape, so that the same one is one row
    kind = models.CharField(max_length=10)  # page | query
    shape = models.TextField()
    asked_by = models.CharField(max_length=200)  # the page or job it was last seen in
    times = models.IntegerField()
    total_ms = models.BigIntegerField()
    worst_ms = models.IntegerField()
    last_at = models.DateTimeField(db_index=True)
