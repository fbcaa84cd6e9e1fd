"""Keys with which a program acts for a member."""

from django.contrib.postgres.fields import ArrayField
from django.db import models

from conto.apps.accounts.models import Member


class ApiKey(models.Model):
    """A key of a program: it acts for its member and may at most what that member's role may."""

    id = models.UUIDField(primary_key=True)
    member = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="api_keys")
    name = models.CharField(max_length=100)
    public_id = models.CharField(max_length=16, unique=True)  # in the token, so that it is found without its secret
    secret_sha256 = models.BinaryField(max_length=32)  # 256 random bits need no slow hash
    last_four = models.CharField(max_length=4)
    scopes = ArrayField(models.CharField(max_length=40))
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True)
    last_used_at = models.DateTimeField(null=True)  # written at most once a minute
    last_used_from = models.GenericIPAddressField(null=True)
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(scopes__len__gt=0), name="api_key_has_a_scope"),
            models.CheckConstraint(
                condition=models.Q(expires_at__isnull=True) | models.Q(expires_at__gt=models.F("made_at")),
                name="api_key_expires_later",
            ),
        ]
        indexes = [models.Index(fields=["member", "-made_at"], name="api_key_of_member")]
