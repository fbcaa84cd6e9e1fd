"""Who works here and for whom: members, the business and its legal entities."""

import zoneinfo

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Lower

from conto.domain.permissions import GRANTS, Permission, Role
from conto.domain.sight import Area, Reach


class Team(models.Model):
    """Members who see each other's records where their role's reach is the team."""

    id = models.UUIDField(primary_key=True)
    name = models.CharField(max_length=100)

    class Meta:
        constraints = [
            models.UniqueConstraint(Lower("name"), name="team_name_once"),
            models.CheckConstraint(condition=~models.Q(name=""), name="team_has_a_name"),
        ]


class RoleReach(models.Model):
    """How far a role sees in an area; without a row it sees all."""

    id = models.UUIDField(primary_key=True)
    role = models.CharField(max_length=20)
    area = models.CharField(max_length=20)
    reach = models.CharField(max_length=10)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["role", "area"], name="reach_once"),
            models.CheckConstraint(condition=models.Q(role__in=[role.value for role in Role]), name="reach_role_known"),
            models.CheckConstraint(condition=models.Q(area__in=[area.value for area in Area]), name="reach_area_known"),
            models.CheckConstraint(condition=models.Q(reach__in=[reach.value for reach in Reach]), name="reach_known"),
        ]


class Member(AbstractBaseUser):
    """A person who signs in to this book."""

    id = models.UUIDField(primary_key=True)
    email = models.EmailField(max_length=254, unique=True)
    name = models.CharField(max_length=200)
    role = models.CharField(max_length=20, choices=[(role.value, role.name) for role in Role])
    team = models.ForeignKey(Team, null=True, on_delete=models.SET_NULL, related_name="members")
    language = models.CharField(max_length=10, default="en")
    zone = models.CharField(max_length=50, blank=True, default="")
    theme = models.CharField(max_length=10, default="system")
    is_active = models.BooleanField(default=True)
    joined_at = models.DateTimeField()
    failed_sign_ins = models.PositiveSmallIntegerField(default=0)
    locked_until = models.DateTimeField(null=True)

    # A program that acts for the member may have fewer rights than the role: these at most. Nothing: all of the role.
    narrowed_to: frozenset[Permission] | None = None

    objects = BaseUserManager()
    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"

    class Meta:
        constraints = [
            models.UniqueConstraint(Lower("email"), name="member_email_once"),
            models.CheckConstraint(
                condition=models.Q(role__in=[role.value for role in Role]), name="member_role_known"
            ),
        ]

    # How far the roles of this book see, where a request has read it already; `queries.owners_seen` asks else.
    reaches: "list[str] | None" = None
    mates: "list[str] | None" = None  # in the same way, who is in which team

    viewer: "Member | None" = None  # on what stands for "the book as this member sees it": who really looks

    def may(self, permission: Permission) -> bool:
        """Tell whether the member's role grants `permission`, and who acts for the member was given it."""
        is_given = self.narrowed_to is None or permission in self.narrowed_to
        return is_given and self.is_active and permission in GRANTS[Role(self.role)]


class MemberSession(models.Model):
    """A browser in which a member is signed in; the session itself is Django's, known here by a hash of its key."""

    id = models.UUIDField(primary_key=True)
    member = models.ForeignKey(Member, on_delete=models.CASCADE, related_name="sessions")
    key_sha256 = models.BinaryField(max_length=32, unique=True)
    address = models.CharField(max_length=45, blank=True)
    agent = models.CharField(max_length=300, blank=True)
    started_at = models.DateTimeField()
    seen_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["member", "-seen_at"], name="session_of_member")]


class Invitation(models.Model):
    """A person who was asked to join. Its id becomes the id of the member, so that their facts stand together."""

    id = models.UUIDField(primary_key=True)
    email = models.EmailField(max_length=254)
    name = models.CharField(max_length=200)
    role = models.CharField(max_length=20, choices=[(role.value, role.name) for role in Role])
    language = models.CharField(max_length=10, default="en")
    token_sha256 = models.BinaryField(max_length=32, unique=True)
    invited_by = models.ForeignKey(Member, null=True, on_delete=models.PROTECT, related_name="+")
    invited_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True)
    cancelled_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                Lower("email"),
                condition=models.Q(accepted_at__isnull=True, cancelled_at__isnull=True),
                name="invitation_open_once",
            ),
            models.CheckConstraint(
                condition=models.Q(role__in=[role.value for role in Role]), name="invitation_role_known"
            ),
            models.CheckConstraint(
                condition=models.Q(accepted_at__isnull=True) | models.Q(cancelled_at__isnull=True),
                name="invitation_ends_one_way",
            ),
        ]


class PasswordLink(models.Model):
    """A link by which a member sets a new password, once."""

    id = models.UUIDField(primary_key=True)
    member = models.ForeignKey(Member, on_delete=models.CASCADE, related_name="+")
    token_sha256 = models.BinaryField(max_length=32, unique=True)
    made_by = models.ForeignKey(Member, null=True, on_delete=models.PROTECT, related_name="+")  # none: at the door
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)  # used, or dead since the password changed or the member left

    class Meta:
        indexes = [models.Index(fields=["member", "-made_at"], name="password_link_of_member")]


class AddressLink(models.Model):
    """A link by which a member shows, once, that a new mail address is theirs; only then they sign in with it."""

    id = models.UUIDField(primary_key=True)
    member = models.ForeignKey(Member, on_delete=models.CASCADE, related_name="+")
    email = models.EmailField(max_length=254)
    token_sha256 = models.BinaryField(max_length=32, unique=True)
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)  # used, replaced by a newer one, or dead since the member left

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["member"], condition=models.Q(ended_at__isnull=True), name="address_link_open_once"
            )
        ]


class Business(models.Model):
    """The one business of this book: one row."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    name = models.CharField(max_length=200)
    country = models.CharField(max_length=2)
    currency = models.CharField(max_length=3)
    zone = models.CharField(max_length=50)
    language = models.CharField(max_length=10, default="en")
    is_sandbox = models.BooleanField(default=False)
    # The book clock of a sandbox book; below 0 while the past of a demo company is being lived.
    clock_ahead_seconds = models.BigIntegerField(default=0)
    lived_until = models.DateTimeField(null=True)  # how far a demo company has lived, on the book clock
    second_step_roles = ArrayField(models.CharField(max_length=20), default=list, blank=True)  # who must have one
    reaches: list[str]  # how far roles see, read along with the business
    mates: list[str]  # and who is in which team, where a role sees those of the team
    # Another one after each change of a field of one's own, nothing in a book without: who keeps them asks anew then.
    own_fields_mark = models.UUIDField(null=True)
    preset = models.CharField(max_length=20, blank=True, default="")  # what the book began with; applied once
    home = ArrayField(models.CharField(max_length=20), default=list, blank=True)  # parts of the first page; none: usual
    set_up_at = models.DateTimeField(null=True)  # when the first-run wizard was finished
    changed_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(id=1), name="business_only_one"),
            models.CheckConstraint(
                condition=models.Q(is_sandbox=True) | models.Q(clock_ahead_seconds=0), name="business_clock_is_real"
            ),
            models.CheckConstraint(
                condition=models.Q(is_sandbox=True) | models.Q(lived_until=None), name="business_demo_is_sandbox"
            ),
        ]

    @property
    def is_being_lived(self) -> bool:
        """Tell whether the past of the demo company in this book is not lived to its end yet."""
        return self.lived_until is not None and self.clock_ahead_seconds < 0


class LegalEntity(models.Model):
    """A seller: the party that issues documents, with its own numbers, tax data and bank accounts."""

    id = models.UUIDField(primary_key=True)
    name = models.CharField(max_length=200)
    legal_name = models.CharField(max_length=200)
    country = models.CharField(max_length=2)
    currency = models.CharField(max_length=3)
    zone = models.CharField(max_length=50)
    language = models.CharField(max_length=10, default="en")
    line1 = models.CharField(max_length=200, blank=True)
    line2 = models.CharField(max_length=200, blank=True)
    postcode = models.CharField(max_length=20, blank=True)
    city = models.CharField(max_length=100, blank=True)
    region = models.CharField(max_length=100, blank=True)
    email = models.EmailField(max_length=254, blank=True)
    phone = models.CharField(max_length=40, blank=True)
    website = models.CharField(max_length=200, blank=True)
    vat_number = models.CharField(max_length=30, blank=True)  # BT-31
    tax_number = models.CharField(max_length=40, blank=True)  # BT-32
    company_number = models.CharField(max_length=60, blank=True)  # BT-30
    is_tax_registered = models.BooleanField(default=True)
    is_small_business = models.BooleanField(default=False)
    electronic_address_scheme = models.CharField(max_length=10, blank=True)  # BT-34
    electronic_address = models.CharField(max_length=100, blank=True)
    terms_days = models.PositiveSmallIntegerField(default=14)
    logo = models.BinaryField(null=True)
    logo_mime = models.CharField(max_length=30, blank=True)
    accent_color = models.CharField(max_length=7, default="#1f5c46")
    is_default = models.BooleanField(default=False)
    changed_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["is_default"], condition=models.Q(is_default=True), name="legal_entity_one_default"
            ),
        ]

    @property
    def timezone(self) -> zoneinfo.ZoneInfo:
        """The zone in which issue dates, ledger dates and number years are read."""
        return zoneinfo.ZoneInfo(self.zone)


class SellerBankAccount(models.Model):
    """A bank account that the seller prints on documents; it is public, so it is not sealed."""

    id = models.UUIDField(primary_key=True)
    legal_entity = models.ForeignKey(LegalEntity, on_delete=models.PROTECT, related_name="bank_accounts")
    name = models.CharField(max_length=100)
    holder = models.CharField(max_length=200)
    iban = models.CharField(max_length=34, blank=True)
    bic = models.CharField(max_length=11, blank=True)
    account_number = models.CharField(max_length=40, blank=True)  # where there is no IBAN
    routing_number = models.CharField(max_length=40, blank=True)
    bank_name = models.CharField(max_length=100, blank=True)
    currency = models.CharField(max_length=3)
    is_default = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["legal_entity", "currency"],
                condition=models.Q(is_default=True),
                name="seller_account_one_default",
            ),
        ]
