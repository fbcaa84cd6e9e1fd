"""Stock of items, its moves, and what lines of documents cost. Moves and costs are append-only."""

from django.db import models
from django.db.models import Q

from conto.apps.accounts.models import LegalEntity
from conto.apps.catalog.models import Item
from conto.apps.crm.models import Customer
from conto.apps.ledger.models import Entry

_FITS = Q(quantity_after=0, value_after_minor=0) | (
    Q(quantity_after__gt=0, value_after_minor__gte=0) | Q(quantity_after__lt=0, value_after_minor__lte=0)
)


class StockItem(models.Model):
    """That a seller keeps stock of an item, and what is on hand.

    Quantity, value and average are kept by the database from the moves, in the same statement; nobody else may write
    them. Whoever moves goods holds this row until the end of the transaction.
    """

    id = models.UUIDField(primary_key=True)
    item = models.ForeignKey(Item, on_delete=models.PROTECT, related_name="+", db_index=False)
    legal_entity = models.ForeignKey(LegalEntity, on_delete=models.PROTECT, related_name="+", db_index=False)
    currency = models.CharField(max_length=3)  # the seller's own when stock was begun
    may_go_below_zero = models.BooleanField(default=True)
    reorder_level = models.DecimalField(max_digits=18, decimal_places=6, null=True)
    is_kept = models.BooleanField(default=True)
    quantity = models.DecimalField(max_digits=18, decimal_places=6, default=0)
    value_minor = models.BigIntegerField(default=0)
    average_minor = models.DecimalField(max_digits=30, decimal_places=12, default=0)  # of one, as it was known last
    move_count = models.PositiveIntegerField(default=0)
    begun_at = models.DateTimeField()
    changed_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["item", "legal_entity"], name="stock_of_item_once"),
            models.CheckConstraint(
                condition=Q(quantity=0, value_minor=0)
                | Q(quantity__gt=0, value_minor__gte=0)
                | Q(quantity__lt=0, value_minor__lte=0),
                name="stock_value_fits",
            ),
            models.CheckConstraint(condition=Q(is_kept=True) | Q(quantity=0), name="stock_ends_empty"),
            models.CheckConstraint(
                condition=Q(reorder_level=None) | Q(reorder_level__gte=0), name="stock_reorder_level_positive"
            ),
        ]


class StockMove(models.Model):
    """Goods that came or went, or whose value was corrected, and what was on hand after it."""

    id = models.UUIDField(primary_key=True)
    stock_item = models.ForeignKey(StockItem, on_delete=models.PROTECT, related_name="moves", db_index=False)
    ordinal = models.PositiveIntegerField()
    kind = models.CharField(max_length=10)  # conto.domain.stock.MoveKind
    quantity = models.DecimalField(max_digits=18, decimal_places=6)
    value_minor = models.BigIntegerField()
    quantity_after = models.DecimalField(max_digits=18, decimal_places=6)
    value_after_minor = models.BigIntegerField()
    average_after_minor = models.DecimalField(max_digits=30, decimal_places=12)
    moved_on = models.DateField()
    at = models.DateTimeField()
    document_id = models.UUIDField(null=True)  # the invoice or credit note whose line moved, by its plain id
    position = models.PositiveSmallIntegerField(null=True)
    is_opening = models.BooleanField(default=False)
    reference = models.CharField(max_length=100, blank=True)  # of a receipt: the supplier's delivery note
    reason = models.CharField(max_length=300, blank=True)
    actor_name = models.CharField(max_length=200)
    reverses = models.ForeignKey(  # the receipt that it takes back
        "self", null=True, on_delete=models.PROTECT, related_name="reversals", db_index=False
    )
    entry = models.ForeignKey(Entry, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["stock_item", "ordinal"], name="stock_move_in_order"),
            models.UniqueConstraint(
                fields=["document_id", "position", "kind"],
                condition=Q(document_id__isnull=False),
                name="stock_line_moves_once",
            ),
            models.UniqueConstraint(
                fields=["stock_item", "reference"],
                condition=Q(kind="receipt") & ~Q(reference=""),
                name="stock_receipt_once",
            ),
            models.CheckConstraint(condition=_FITS, name="stock_move_value_fits"),
            models.CheckConstraint(
                condition=(Q(kind="receipt") & Q(quantity__gt=0, value_minor__gte=0))
                | (Q(kind="issue") & Q(quantity__lt=0, value_minor__lte=0))
                | (Q(kind="return") & Q(quantity__gt=0, value_minor__gte=0))
                | (Q(kind="correction") & Q(quantity=0) & ~Q(value_minor=0))
                | (Q(kind="count") & ~Q(reason=""))
                | (Q(kind="reversal") & Q(quantity__lt=0, value_minor__lte=0) & ~Q(reason="")),
                name="stock_move_direction",
            ),
            models.CheckConstraint(
                condition=(Q(kind="reversal") & Q(reverses__isnull=False)) | (~Q(kind="reversal") & Q(reverses=None)),
                name="stock_reversal_of_receipt",
            ),
            models.UniqueConstraint(fields=["reverses"], name="stock_receipt_reversed_once"),
            models.CheckConstraint(
                condition=Q(document_id=None, position=None) & ~Q(kind__in=["issue", "return"])
                | Q(document_id__isnull=False, position__isnull=False) & Q(kind__in=["issue", "return", "correction"]),
                name="stock_move_of_line",
            ),
            models.CheckConstraint(
                condition=Q(value_minor=0, entry=None) | (~Q(value_minor=0) & Q(entry__isnull=False)),
                name="stock_move_is_booked",
            ),
        ]


class LineCost(models.Model):
    """What a line of a document cost, and what it came to without tax, as it stood when the document was issued."""

    pk = models.CompositePrimaryKey("document_id", "position")
    document_id = models.UUIDField()
    position = models.PositiveSmallIntegerField()
    item = models.ForeignKey(Item, on_delete=models.PROTECT, related_name="+", db_index=False)
    legal_entity = models.ForeignKey(LegalEntity, on_delete=models.PROTECT, related_name="+", db_index=False)
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="+", db_index=False)
    issued_on = models.DateField()
    currency = models.CharField(max_length=3)  # of the cost
    quantity = models.DecimalField(max_digits=18, decimal_places=6)  # that cost; below zero: it came back
    net_minor = models.BigIntegerField(null=True)  # none: the document has another currency than the cost
    cost_minor = models.BigIntegerField()
    is_stocked = models.BooleanField()  # goods moved; else a standard cost
    corrects_id = models.UUIDField(null=True)  # what a credit note credits, by its plain id
    corrects_position = models.PositiveSmallIntegerField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(corrects_id=None, corrects_position=None)
                | Q(corrects_id__isnull=False, corrects_position__isnull=False),
                name="line_cost_corrects_a_line",
            ),
        ]
        indexes = [
            models.Index(fields=["issued_on", "item"], name="line_cost_by_day"),
            models.Index(fields=["corrects_id"], name="line_cost_corrected", condition=Q(corrects_id__isnull=False)),
        ]
