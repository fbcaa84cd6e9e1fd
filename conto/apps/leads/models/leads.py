"""Leads."""

from django.db import models
from django.db.models import Q

from conto.apps.accounts.models import Member
from conto.apps.crm.models import Contact, Customer
from conto.apps.leads.models.forms import LeadForm
from conto.domain.consent import Way

LEAD_STATES = ["new", "working", "qualified", "converted", "discarded"]


class Lead(models.Model):
    """Somebody who may buy one day. What it became is kept on it, and it is kept."""

    id = models.UUIDField(primary_key=True)
    name = models.CharField(max_length=200)
    company = models.CharField(max_length=200, blank=True)
    email = models.CharField(max_length=254, blank=True)
    phone = models.CharField(max_length=40, blank=True)  # E.164
    country = models.CharField(max_length=2, blank=True)
    language = models.CharField(max_length=10, default="en")
    message = models.TextField(blank=True)
    source = models.CharField(max_length=40, blank=True)
    external_ref = models.CharField(max_length=100, null=True)  # noqa: DJ001 -- no reference is not an empty one
    form = models.ForeignKey(LeadForm, null=True, on_delete=models.PROTECT, related_name="+")
    sent_sha256 = models.BinaryField(max_length=32, null=True)  # of the page that was filled in: sent twice is one lead
    owner = models.ForeignKey(Member, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    state = models.CharField(max_length=10, default="new")
    next_step = models.CharField(max_length=200, blank=True)
    next_step_at = models.DateTimeField(null=True)
    score = models.SmallIntegerField(null=True)
    reasons = models.JSONField(default=list)  # why the score is what it is: code and numbers, the weightiest first
    consent_text = models.TextField(blank=True)
    consent_asked_at = models.DateTimeField(null=True)
    consent_at = models.DateTimeField(null=True)
    measuring_text = models.TextField(blank=True)  # what the person agreed to about the measuring of letters
    measuring_at = models.DateTimeField(null=True)
    consent_way = models.CharField(max_length=10, blank=True)  # how they agreed to both; empty: by the form, or by hand
    discard_reason = models.CharField(max_length=500, blank=True)
    discarded_at = models.DateTimeField(null=True)
    converted_at = models.DateTimeField(null=True)
    customer = models.ForeignKey(Customer, null=True, on_delete=models.PROTECT, related_name="+")
    contact = models.ForeignKey(Contact, null=True, on_delete=models.SET_NULL, related_name="+")
    deal_id = models.UUIDField(null=True, unique=True)  # deals stand above leads, and none is ever removed
    search_key = models.CharField(max_length=900, db_collation="C")  # name, company, mail and phone, folded
    name_key = models.CharField(max_length=200, db_collation="C")
    company_key = models.CharField(max_length=200, db_collation="C", blank=True)
    email_key = models.CharField(max_length=254, db_collation="C", blank=True)
    version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField()
    changed_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["source", "external_ref"], name="lead_imported_once"),
            models.UniqueConstraint(fields=["sent_sha256"], name="lead_sent_once"),
            models.CheckConstraint(condition=Q(state__in=LEAD_STATES), name="lead_state_known"),
            models.CheckConstraint(condition=~Q(name=""), name="lead_has_a_name"),
            models.CheckConstraint(
                condition=Q(score=None) | (Q(score__gte=0) & Q(score__lte=100)), name="lead_score_in_bounds"
            ),
            models.CheckConstraint(
                condition=(Q(state="converted") & Q(converted_at__isnull=False) & Q(customer__isnull=False))
                | (~Q(state="converted") & Q(converted_at=None) & Q(customer=None) & Q(deal_id=None)),
                name="lead_converted_whole",
            ),
            models.CheckConstraint(
                condition=(Q(state="discarded") & Q(discarded_at__isnull=False))
                | (~Q(state="discarded") & Q(discarded_at=None)),
                name="lead_discarded_at_a_moment",
            ),
            models.CheckConstraint(
                condition=Q(consent_at=None) | ~Q(consent_text=""), name="lead_consent_has_its_text"
            ),
            models.CheckConstraint(
                condition=Q(measuring_at=None) | ~Q(measuring_text=""), name="lead_measuring_has_its_text"
            ),
            models.CheckConstraint(
                condition=Q(consent_way__in=["", *(each.value for each in Way)]), name="lead_consent_way_known"
            ),
            models.CheckConstraint(condition=Q(next_step_at=None) | ~Q(next_step=""), name="lead_next_step_says_what"),
        ]
        indexes = [
            models.Index(fields=["-created_at", "-id"], name="lead_by_age"),
            models.Index(fields=["owner", "-created_at"], name="lead_by_owner"),
            models.Index(fields=["state", "-created_at"], name="lead_by_state"),
            models.Index(fields=["name_key"], name="lead_by_name"),
            models.Index(fields=["company_key"], name="lead_by_company", condition=~Q(company_key="")),
            models.Index(fields=["email_key"], name="lead_by_email", condition=~Q(email_key="")),
            models.Index(fields=["phone"], name="lead_by_phone", condition=~Q(phone="")),
        ]

    @property
    def agreed_by(self) -> Way:
        """How they agreed to what they agreed to."""
        return Way(self.consent_way or (Way.FORM if self.form_id else Way.BY_HAND))
