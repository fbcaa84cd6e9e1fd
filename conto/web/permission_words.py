"""What each permission lets one do, in words that a new colleague understands, by area."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from conto.domain.permissions import Permission

AREA_WORDS: dict[str, str | Promise] = {
    "customer": _("Customers"),
    "lead": _("Leads"),
    "lead_form": _("Leads"),
    "deal": _("Deals"),
    "pipeline": _("Deals"),
    "field": _("Settings"),
    "quote": _("Quotes"),
    "contract": _("Contracts"),
    "project": _("Projects"),
    "work": _("Work"),
    "plan": _("Plans"),
    "subscription": _("Subscriptions"),
    "usage": _("Usage"),
    "letter": _("Letters"),
    "item": _("Items"),
    "invoice": _("Invoices"),
    "payment": _("Payments"),
    "ledger": _("Books"),
    "integration": _("Programs"),
    "settings": _("Settings"),
    "member": _("Members"),
    "security": _("Safety"),
    "audit": _("What happened"),
    "import": _("Imports"),
    "book": _("The book as a whole"),
}

PERMISSION_WORDS: dict[Permission, str | Promise] = {
    Permission.CUSTOMER_VIEW: _("See customers and what was said to them"),
    Permission.CUSTOMER_EDIT: _("Add and change customers, write notes, log calls"),
    Permission.CUSTOMER_ARCHIVE: _("Archive customers and bring them back"),
    Permission.CUSTOMER_EXPORT: _("Take the list of customers out as a file"),
    Permission.CUSTOMER_VIEW_BANK: _("See customers’ bank accounts in full"),
    Permission.LEAD_VIEW: _("See leads and what was said to them"),
    Permission.LEAD_EDIT: _("Add, change, discard and convert leads"),
    Permission.LEAD_EXPORT: _("Take the list of leads out as a file"),
    Permission.LEAD_FORM_EDIT: _("Change the forms for strangers, and who looks after which lead"),
    Permission.DEAL_VIEW: _("See deals and activities"),
    Permission.DEAL_EDIT: _("Add, change, move, win and lose deals, write comments, plan activities"),
    Permission.DEAL_EXPORT: _("Take the list of deals out as a file"),
    Permission.PIPELINE_EDIT: _("Change pipelines, their stages and rules, and lost reasons"),
    Permission.LETTER_VIEW: _("See letters to and from customers"),
    Permission.LETTER_EDIT: _("Write letters to customers and put letters where they belong"),
    Permission.FIELD_EDIT: _("Add, change and archive fields of one’s own"),
    Permission.QUOTE_VIEW: _("See quotes"),
    Permission.QUOTE_DRAFT: _("Write quotes and make new versions"),
    Permission.QUOTE_SEND: _("Send quotes to customers and withdraw them"),
    Permission.QUOTE_EXPORT: _("Take the list of quotes out as a file"),
    Permission.QUOTE_APPROVE: _("Approve discounts above the limit"),
    Permission.CONTRACT_VIEW: _("See contracts and what they agree"),
    Permission.CONTRACT_EDIT: _("Add, change, renew and end contracts"),
    Permission.PLAN_VIEW: _("See plans, their prices and coupons"),
    Permission.PLAN_EDIT: _("Add and change plans and coupons"),
    Permission.SUBSCRIPTION_VIEW: _("See subscriptions, what they bill and what comes"),
    Permission.SUBSCRIPTION_EDIT: _("Begin, change, pause, cancel and renew subscriptions"),
    Permission.SUBSCRIPTION_BILL: _("Start billing runs, and bill what was set aside"),
    Permission.USAGE_RECORD: _("Record what was used of subscriptions"),
    Permission.PROJECT_VIEW: _("See projects, and everybody’s time and expenses in them"),
    Permission.PROJECT_EDIT: _("Open, change and close projects, and say what an hour costs"),
    Permission.PROJECT_BILL: _("Put approved work on drafts"),
    Permission.WORK_RECORD: _("Record their own time and expenses"),
    Permission.WORK_APPROVE: _("Approve and correct everybody’s time and expenses"),
    Permission.TARGET_VIEW: _("See targets: their own and their team’s, or with the books everybody’s"),
    Permission.TARGET_EDIT: _("Set, change and remove targets"),
    Permission.ITEM_VIEW: _("See items and prices"),
    Permission.ITEM_EDIT: _("Add and change items and prices"),
    Permission.ITEM_VIEW_COST: _("See what items cost the business"),
    Permission.INVOICE_VIEW: _("See invoices, credit notes and the outbox"),
    Permission.INVOICE_DRAFT: _("Write drafts"),
    Permission.INVOICE_ISSUE: _("Issue documents, which gives them their number for good"),
    Permission.INVOICE_SEND: _("Send documents to customers"),
    Permission.INVOICE_CREDIT: _("Issue credit notes"),
    Permission.INVOICE_CHARGE_LATE: _("Charge for paying late, set by which rule, and waive it"),
    Permission.INVOICE_WRITE_OFF: _("Write off what will not be paid, and take that back"),
    Permission.INVOICE_OVERRIDE_CHECKS: _("Issue in spite of a warning, with a reason"),
    Permission.INVOICE_EXPORT: _("Take invoices out as a file"),
    Permission.PAYMENT_VIEW: _("See payments"),
    Permission.PAYMENT_RECORD: _("Record payments"),
    Permission.PAYMENT_ALLOCATE: _("Say which invoice a payment is for, and change it"),
    Permission.PAYMENT_REFUND: _("Pay money back"),
    Permission.LEDGER_VIEW: _("See accounts and the journal"),
    Permission.LEDGER_EDIT: _("Change accounts and post entries by hand"),
    Permission.LEDGER_CLOSE: _("Close a period"),
    Permission.LEDGER_REOPEN: _("Open a closed period again"),
    Permission.INTEGRATION_MANAGE: _("Connect programs elsewhere, which are told what happens"),
    Permission.SETTINGS_VIEW: _("See the settings"),
    Permission.SETTINGS_EDIT: _("Change the settings: business, bank accounts, numbers, templates, mail"),
    Permission.MEMBER_VIEW: _("See who works here and what roles may do"),
    Permission.MEMBER_EDIT: _("Invite members, give roles, end sessions, deactivate"),
    Permission.MEMBER_VIEW_AS: _("Look at the book as another role or member would see it, without changing anything"),
    Permission.SECURITY_EDIT: _("Decide who needs a second step to sign in, and take lost ones away"),
    Permission.AUDIT_VIEW: _("See who did what and when"),
    Permission.IMPORT_RUN: _("Import data"),
    Permission.BOOK_MOVE_CLOCK: _("Move the clock of a demo book forward"),
    Permission.BOOK_PRACTICE: _("Make and wipe a practice book beside this one"),
    Permission.BOOK_VERIFY: _("Check that everything in the book adds up"),
    Permission.BOOK_MONITOR: _("See how the server is, and run failed jobs again"),
}


def words_of_permission(permission: Permission) -> str:
    """Return what a permission lets one do; one without words yet is told by its name."""
    return str(PERMISSION_WORDS.get(permission) or permission.partition(":")[2].replace("_", " "))


def words_of_area(permission: Permission) -> str:
    """Return the area that a permission belongs to."""
    area = permission.partition(":")[0]
    return str(AREA_WORDS.get(area) or area.capitalize())
