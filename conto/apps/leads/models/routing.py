"""Rules that say who looks after which lead."""

from django.contrib.postgres.fields import ArrayField
from django.db import models


class RoutingRule(models.Model):
    """Who looks after leads of a kind. What is empty asks for nothing; several members take turns."""

    id = models.UUIDField(primary_key=True)
    position = models.PositiveSmallIntegerField()
    source = models.CharField(max_length=40, blank=True)
    country = models.CharField(max_length=2, blank=True)
    language = models.CharField(max_length=10, blank=True)
    contains = models.CharField(max_length=100, blank=True)  # in name, company or message
    member_ids = ArrayField(models.UUIDField())  # of a team: who was in it when the rule was made
    team_id = models.UUIDField(null=True)  # whoever is in it takes turns
    turns = models.PositiveIntegerField(default=0)  # how many leads it has given away

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["position"], name="routing_rule_in_order"),
            models.CheckConstraint(condition=models.Q(member_ids__len__gte=1), name="routing_rule_has_a_member"),
        ]
