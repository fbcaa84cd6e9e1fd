"""What is sold: items, their prices by currency and date, and the tax rates by country and date."""

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, RangeOperators
from django.db import models


class Item(models.Model):
    """A product or service."""

    id = models.UUIDField(primary_key=True)
    kind = models.CharField(max_length=10)  # product | service
    code = models.CharField(max_length=60, blank=True)
    name = models.CharField(max_length=200)
    sort_key = models.CharField(max_length=200, db_collation="C")
    description = models.TextField(blank=True)
    unit_code = models.CharField(max_length=3, default="C62")  # UN/ECE Recommendation 20
    supply = models.CharField(max_length=10, default="services")  # goods | services | digital
    rate_class = models.CharField(max_length=20, default="standard")
    cost = models.DecimalField(max_digits=24, decimal_places=12, null=True)  # per unit, business currency
    created_at = models.DateTimeField()
    changed_at = models.DateTimeField()
    archived_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["code"], condition=~models.Q(code=""), name="item_code_once"),
            models.CheckConstraint(condition=models.Q(kind__in=["product", "service"]), name="item_kind_known"),
        ]
        indexes = [models.Index(fields=["sort_key", "id"], name="item_by_name")]


class ItemText(models.Model):
    """The item's words in another language, for documents."""

    id = models.UUIDField(primary_key=True)
    item = models.ForeignKey(Item, on_delete=models.CASCADE, related_name="texts")
    language = models.CharField(max_length=10)
    name = models.CharField(max_length=200)
    description = models.TextField(blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["item", "language"], name="item_text_once")]


class Price(models.Model):
    """What one unit of an item costs in a currency over a span of days. Spans never overlap."""

    id = models.UUIDField(primary_key=True)
    item = models.ForeignKey(Item, on_delete=models.CASCADE, related_name="prices")
    currency = models.CharField(max_length=3)
    price_mode = models.CharField(max_length=5, default="net")  # net | gross
    amount = models.DecimalField(max_digits=24, decimal_places=12)  # major units
    valid = DateRangeField()  # half-open days

    class Meta:
        constraints = [
            ExclusionConstraint(
                name="price_one_at_a_time",
                expressions=[
                    ("item", RangeOperators.EQUAL),
                    ("currency", RangeOperators.EQUAL),
                    ("valid", RangeOperators.OVERLAPS),
                ],
            ),
            models.CheckConstraint(condition=models.Q(amount__gte=0), name="price_not_negative"),
        ]


class TaxRate(models.Model):
    """A tax rate of a country (and region) for a class of goods over a span of days."""

    id = models.UUIDField(primary_key=True)
    country = models.CharField(max_length=2)
    region = models.CharField(max_length=60, blank=True)
    rate_class = models.CharField(max_length=20)
    percent = models.DecimalField(max_digits=7, decimal_places=4)
    valid = DateRangeField()
    source = models.CharField(max_length=100)

    class Meta:
        constraints = [
            ExclusionConstraint(
                name="tax_rate_one_at_a_time",
                expressions=[
                    ("country", RangeOperators.EQUAL),
                    ("region", RangeOperators.EQUAL),
                    ("rate_class", RangeOperators.EQUAL),
                    ("valid", RangeOperators.OVERLAPS),
                ],
            ),
        ]
