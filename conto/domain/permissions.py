"""Who may do what: one list of permissions, one table of roles."""

from __future__ import annotations

from enum import StrEnum

from conto.domain.errors import NotAllowed


class Permission(StrEnum):
    """One thing that can be allowed, written area:verb."""

    CUSTOMER_VIEW = "customer:view"
    CUSTOMER_EDIT = "customer:edit"
    CUSTOMER_ARCHIVE = "customer:archive"
    CUSTOMER_EXPORT = "customer:export"
    CUSTOMER_VIEW_BANK = "customer:view_bank"
    LEAD_VIEW = "lead:view"
    LEAD_EDIT = "lead:edit"
    LEAD_EXPORT = "lead:export"
    LEAD_FORM_EDIT = "lead_form:edit"  # forms for strangers, and who looks after which lead
    DEAL_VIEW = "deal:view"
    DEAL_EDIT = "deal:edit"
    DEAL_EXPORT = "deal:export"
    PIPELINE_EDIT = "pipeline:edit"
    LETTER_VIEW = "letter:view"
    LETTER_EDIT = "letter:edit"  # write to customers, put letters where they belong
    FIELD_EDIT = "field:edit"  # which fields of one's own records have
    QUOTE_VIEW = "quote:view"
    QUOTE_DRAFT = "quote:draft"
    QUOTE_SEND = "quote:send"
    QUOTE_EXPORT = "quote:export"
    QUOTE_APPROVE = "quote:approve"  # a discount above the limit
    CONTRACT_VIEW = "contract:view"
    CONTRACT_EDIT = "contract:edit"
    PLAN_VIEW = "plan:view"  # coupons too
    PLAN_EDIT = "plan:edit"
    SUBSCRIPTION_VIEW = "subscription:view"
    SUBSCRIPTION_EDIT = "subscription:edit"  # start, change, pause, end
    SUBSCRIPTION_BILL = "subscription:bill"  # see billing runs and start them
    USAGE_RECORD = "usage:record"  # tell what was used; it is billed
    PROJECT_VIEW = "project:view"  # and everybody's work in them
    PROJECT_EDIT = "project:edit"  # open, change, close; rates
    PROJECT_BILL = "project:bill"
    WORK_RECORD = "work:record"  # one's own time and expenses
    WORK_APPROVE = "work:approve"  # everybody's, and correct it
    TARGET_VIEW = "target:view"
    TARGET_EDIT = "target:edit"
    ITEM_VIEW = "item:view"
    ITEM_EDIT = "item:edit"
    ITEM_VIEW_COST = "item:view_cost"
    INVOICE_VIEW = "invoice:view"
    INVOICE_DRAFT = "invoice:draft"
    INVOICE_ISSUE = "invoice:issue"
    INVOICE_SEND = "invoice:send"
    INVOICE_CREDIT = "invoice:credit"
    INVOICE_WRITE_OFF = "invoice:write_off"
    INVOICE_OVERRIDE_CHECKS = "invoice:override_checks"
    INVOICE_CHARGE_LATE = "invoice:charge_late"  # set the rule, charge, waive, leave out
    INVOICE_EXPORT = "invoice:export"
    PAYMENT_VIEW = "payment:view"
    PAYMENT_RECORD = "payment:record"
    PAYMENT_ALLOCATE = "payment:allocate"
    PAYMENT_REFUND = "payment:refund"
    LEDGER_VIEW = "ledger:view"
    LEDGER_EDIT = "ledger:edit"
    LEDGER_CLOSE = "ledger:close"
    LEDGER_REOPEN = "ledger:reopen"
    SETTINGS_VIEW = "settings:view"
    SETTINGS_EDIT = "settings:edit"
    MEMBER_VIEW = "member:view"
    MEMBER_EDIT = "member:edit"
    MEMBER_VIEW_AS = "member:view_as"
    SECURITY_EDIT = "security:edit"
    AUDIT_VIEW = "audit:view"
    AUDIT_EXPORT = "audit:export"
    IMPORT_RUN = "import:run"
    BOOK_MOVE_CLOCK = "book:move_clock"
    BOOK_VERIFY = "book:verify"
    BOOK_MONITOR = "book:monitor"  # how the server is; jobs that gave up
    BOOK_PRACTICE = "book:practice"
    INTEGRATION_MANAGE = "integration:manage"  # tell facts to programs elsewhere
    BACKUP_MANAGE = "backup:manage"  # make backups, say where they go, take them away


class Role(StrEnum):
    """What a member is in this business."""

    OWNER = "owner"
    ADMIN = "admin"
    SALES = "sales"
    FINANCE = "finance"
    SUPPORT = "support"
    MARKETING = "marketing"
    AUDITOR = "auditor"


_P = Permission

GRANTS: dict[Role, frozenset[Permission]] = {
    Role.OWNER: frozenset(Permission),
    # Runs the house, but does not move money: no refund, no write-off, no override. Sees the books and sends papers,
    # so that it can give those rights to sellers, support and auditors: nobody gives a right that they lack.
    Role.ADMIN: frozenset({
        _P.CUSTOMER_VIEW, _P.CUSTOMER_EDIT, _P.CUSTOMER_ARCHIVE, _P.CUSTOMER_EXPORT,
        _P.QUOTE_VIEW, _P.QUOTE_DRAFT, _P.QUOTE_SEND, _P.QUOTE_APPROVE, _P.CONTRACT_VIEW, _P.CONTRACT_EDIT,
        _P.PLAN_VIEW, _P.PLAN_EDIT, _P.SUBSCRIPTION_VIEW, _P.SUBSCRIPTION_EDIT, _P.USAGE_RECORD,
        _P.PROJECT_VIEW, _P.PROJECT_EDIT, _P.PROJECT_BILL, _P.WORK_RECORD, _P.WORK_APPROVE,
        _P.TARGET_VIEW, _P.TARGET_EDIT,
        _P.LETTER_VIEW, _P.LETTER_EDIT, _P.LEAD_VIEW, _P.LEAD_EDIT, _P.LEAD_EXPORT, _P.LEAD_FORM_EDIT,
        _P.DEAL_EXPORT, _P.QUOTE_EXPORT,
        _P.DEAL_VIEW, _P.DEAL_EDIT, _P.PIPELINE_EDIT, _P.FIELD_EDIT, _P.ITEM_VIEW, _P.ITEM_EDIT, _P.ITEM_VIEW_COST,
        _P.INVOICE_VIEW, _P.INVOICE_DRAFT, _P.INVOICE_SEND, _P.INVOICE_EXPORT, _P.PAYMENT_VIEW, _P.LEDGER_VIEW,
        _P.SETTINGS_VIEW, _P.SETTINGS_EDIT, _P.MEMBER_VIEW, _P.MEMBER_EDIT, _P.MEMBER_VIEW_AS, _P.AUDIT_VIEW,
        _P.AUDIT_EXPORT,
        _P.IMPORT_RUN, _P.BOOK_MOVE_CLOCK, _P.BOOK_VERIFY, _P.BOOK_MONITOR, _P.INTEGRATION_MANAGE, _P.BACKUP_MANAGE,
    }),
    Role.SALES: frozenset({
        _P.CUSTOMER_VIEW, _P.CUSTOMER_EDIT, _P.LEAD_VIEW, _P.LEAD_EDIT, _P.DEAL_VIEW, _P.DEAL_EDIT,
        _P.QUOTE_VIEW, _P.QUOTE_DRAFT, _P.QUOTE_SEND, _P.LETTER_VIEW, _P.LETTER_EDIT,
        _P.CONTRACT_VIEW, _P.CONTRACT_EDIT, _P.PLAN_VIEW, _P.SUBSCRIPTION_VIEW, _P.SUBSCRIPTION_EDIT, _P.TARGET_VIEW,
        _P.PROJECT_VIEW, _P.PROJECT_EDIT, _P.PROJECT_BILL, _P.WORK_RECORD,
        _P.ITEM_VIEW, _P.INVOICE_VIEW, _P.INVOICE_DRAFT, _P.INVOICE_SEND, _P.PAYMENT_VIEW,
    }),
    Role.FINANCE: frozenset({
        _P.CUSTOMER_VIEW, _P.CUSTOMER_EDIT, _P.CUSTOMER_ARCHIVE, _P.CUSTOMER_EXPORT, _P.CUSTOMER_VIEW_BANK,
        _P.QUOTE_VIEW, _P.QUOTE_DRAFT, _P.QUOTE_SEND, _P.QUOTE_APPROVE, _P.CONTRACT_VIEW, _P.CONTRACT_EDIT,
        _P.TARGET_VIEW, _P.PLAN_VIEW, _P.PLAN_EDIT, _P.SUBSCRIPTION_VIEW, _P.SUBSCRIPTION_EDIT, _P.SUBSCRIPTION_BILL,
        _P.USAGE_RECORD, _P.PROJECT_VIEW, _P.PROJECT_EDIT, _P.PROJECT_BILL, _P.WORK_RECORD, _P.WORK_APPROVE,
        _P.QUOTE_EXPORT, _P.LEAD_VIEW, _P.DEAL_VIEW, _P.LETTER_VIEW, _P.ITEM_VIEW, _P.ITEM_EDIT, _P.ITEM_VIEW_COST,
        _P.INVOICE_VIEW, _P.INVOICE_DRAFT, _P.INVOICE_ISSUE, _P.INVOICE_SEND, _P.INVOICE_CREDIT,
        _P.INVOICE_WRITE_OFF, _P.INVOICE_OVERRIDE_CHECKS, _P.INVOICE_CHARGE_LATE, _P.INVOICE_EXPORT,
        _P.PAYMENT_VIEW, _P.PAYMENT_RECORD, _P.PAYMENT_ALLOCATE, _P.PAYMENT_REFUND,
        _P.LEDGER_VIEW, _P.LEDGER_EDIT, _P.LEDGER_CLOSE, _P.SETTINGS_VIEW, _P.IMPORT_RUN, _P.BOOK_VERIFY,
    }),
    Role.SUPPORT: frozenset({
        _P.CUSTOMER_VIEW, _P.CUSTOMER_EDIT, _P.DEAL_VIEW, _P.ITEM_VIEW, _P.INVOICE_VIEW, _P.INVOICE_SEND,
        _P.QUOTE_VIEW, _P.PLAN_VIEW, _P.SUBSCRIPTION_VIEW, _P.LETTER_VIEW, _P.PAYMENT_VIEW, _P.WORK_RECORD,
    }),
    Role.MARKETING: frozenset({
        _P.CUSTOMER_VIEW, _P.LEAD_VIEW, _P.LEAD_EDIT, _P.LEAD_FORM_EDIT, _P.DEAL_VIEW, _P.ITEM_VIEW,
    }),
    # Sees everything that concerns the books, changes nothing.
    Role.AUDITOR: frozenset({
        _P.CUSTOMER_VIEW, _P.LEAD_VIEW, _P.DEAL_VIEW, _P.ITEM_VIEW, _P.ITEM_VIEW_COST, _P.INVOICE_VIEW,
        _P.INVOICE_EXPORT, _P.QUOTE_VIEW, _P.CONTRACT_VIEW, _P.PLAN_VIEW, _P.LETTER_VIEW, _P.PAYMENT_VIEW,
        _P.TARGET_VIEW, _P.SUBSCRIPTION_VIEW, _P.PROJECT_VIEW,
        _P.LEDGER_VIEW, _P.SETTINGS_VIEW, _P.MEMBER_VIEW, _P.AUDIT_VIEW, _P.AUDIT_EXPORT, _P.BOOK_VERIFY,
    }),
}  # fmt: skip


def is_granted(role: Role | str, permission: Permission) -> bool:
    """Tell whether a role has a permission; an unknown role has none."""
    try:
        return permission in GRANTS[Role(role)]
    except ValueError:
        return False


class Roles(tuple[Role, ...]):
    """Some roles, which a page writes in the reader's language and everybody else by their names."""

    __slots__ = ()

    def __str__(self) -> str:
        return ", ".join(role.value for role in self)


def roles_granting(permission: Permission) -> Roles:
    """List the roles that have a permission, the most powerful first."""
    return Roles(role for role in Role if permission in GRANTS[role])


def roles_within(role: Role | str) -> Roles:
    """List the roles that a member of `role` may give: those with no right that the giver lacks."""
    return Roles(each for each in Role if GRANTS[each] <= GRANTS[Role(role)])


def demand(role: Role | str, permission: Permission) -> None:
    """Refuse unless a role has a permission.

    Raises: NotAllowed `permission.missing`, with the roles that have it.
    """
    if not is_granted(role, permission):
        raise NotAllowed(
            "permission.missing",
            "You may not do this (%(permission)s). These roles may: %(roles)s.",
            permission=permission,
            roles=roles_granting(permission),
        )
