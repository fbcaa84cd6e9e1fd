"""Seller and buyer of a document in the words of EN 16931."""

from conto.apps.accounts.models import LegalEntity
from conto.apps.crm.queries import BillingProfile, PostalLines
from conto.domain.document import Contact, Party, PostalAddress


def seller_party(entity: LegalEntity) -> Party:
    """Give the seller as documents name it."""
    return Party(
        name=entity.name,
        legal_name=entity.legal_name if entity.legal_name != entity.name else "",
        address=PostalAddress(
            country=entity.country,
            street=entity.line1,
            street2=entity.line2,
            postcode=entity.postcode,
            city=entity.city,
            region=entity.region,
        ),
        vat_number=entity.vat_number,
        tax_number=entity.tax_number,
        company_id=entity.company_number,
        electronic_scheme=entity.electronic_address_scheme or ("EM" if entity.email else ""),
        electronic_address=entity.electronic_address or entity.email,
        contact=Contact(name=entity.legal_name or entity.name, phone=entity.phone, email=entity.email)
        if entity.email or entity.phone
        else None,
        website=entity.website,
        language=entity.language,
    )


def buyer_party(profile: BillingProfile, contact: tuple[str, str] | None = None) -> Party:
    """Give the buyer as documents name it; `contact` is the name and mail of the person in charge."""
    person = contact or next(((each.name, each.email) for each in profile.contacts), None)
    return Party(
        name=profile.name,
        legal_name=profile.legal_name if profile.legal_name != profile.name else "",
        address=postal_address(profile.billing),
        vat_number=profile.vat_number,
        tax_number=profile.tax_number,
        electronic_scheme=profile.electronic_address_scheme or ("EM" if profile.email else ""),
        electronic_address=profile.electronic_address or profile.email,
        contact=Contact(name=person[0], email=person[1]) if person else None,
        language=profile.language,
    )


def postal_address(lines: PostalLines | None) -> PostalAddress:
    """Give an address of a customer in the words of the document."""
    if lines is None:
        return PostalAddress()
    return PostalAddress(
        country=lines.country,
        street=lines.line1,
        street2=lines.line2,
        postcode=lines.postcode,
        city=lines.city,
        region=lines.region,
    )
