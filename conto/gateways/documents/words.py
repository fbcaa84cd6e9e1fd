"""The words of documents in English, German and French.

A document speaks the customer's language, whatever the reader of the screen speaks, so that these words have a
catalog of their own.
"""

from dataclasses import dataclass

from conto.domain.document import IssuedDocument, TaxTotal, TypeCode, Watermark

LANGUAGES = ("en", "de", "fr")
TAXED = frozenset({"S", "Z", "L", "M"})  # categories of UNCL5305 that need no reason

_TITLES = {
    TypeCode.QUOTE: ("Quote", "Angebot", "Devis"),
    TypeCode.INVOICE: ("Invoice", "Rechnung", "Facture"),
    TypeCode.CREDIT_NOTE: ("Credit note", "Rechnungskorrektur", "Facture d’avoir"),
    TypeCode.CORRECTED: ("Corrected invoice", "Korrigierte Rechnung", "Facture rectificative"),
    TypeCode.DEPOSIT: ("Deposit invoice", "Anzahlungsrechnung", "Facture d’acompte"),
}
_PRO_FORMA = ("Pro forma invoice", "Pro-forma-Rechnung", "Facture pro forma")
_WATERMARKS = {
    Watermark.DRAFT: ("DRAFT", "ENTWURF", "BROUILLON"),
    Watermark.PRO_FORMA: ("PRO FORMA", "PRO FORMA", "PRO FORMA"),
}
_WORDS = {
    "number": ("Number", "Nummer", "Numéro"),
    "date": ("Date", "Datum", "Date"),
    "due": ("Due", "Fällig am", "Échéance"),
    "delivery": ("Delivered on", "Lieferdatum", "Date de livraison"),
    "period": ("Service period", "Leistungszeitraum", "Période de prestation"),
    "tax_point": ("Tax point", "Steuerdatum", "Date d’exigibilité"),
    "customer_number": ("Customer no.", "Kundennummer", "N° client"),
    "buyer_reference": ("Your reference", "Ihre Referenz", "Votre référence"),
    "order": ("Your order", "Ihre Bestellung", "Votre commande"),
    "sales_order": ("Our order", "Unser Auftrag", "Notre commande"),
    "contract": ("Contract", "Vertrag", "Contrat"),
    "project": ("Project", "Projekt", "Projet"),
    "corrects": ("Refers to", "Zu Rechnung", "Se réfère à"),
    "your_vat": ("Your VAT no.", "Ihre USt-IdNr.", "Votre n° TVA"),
    "vat_number": ("VAT no. %s", "USt-IdNr. %s", "N° TVA %s"),
    "tax_number": ("Tax no. %s", "Steuernr. %s", "N° fiscal %s"),
    "position": ("#", "Pos.", "N°"),
    "item": ("Description", "Beschreibung", "Désignation"),
    "item_code": ("Item no.", "Artikelnr.", "Référence"),
    "quantity": ("Quantity", "Menge", "Quantité"),
    "unit_price": ("Unit price", "Einzelpreis", "Prix unitaire"),
    "tax": ("VAT", "USt", "TVA"),
    "total_in": ("Total %s", "Gesamt %s", "Total %s"),
    "per": ("per %s", "je %s", "par %s"),
    "discount": ("Discount", "Rabatt", "Remise"),
    "charge": ("Charge", "Zuschlag", "Supplément"),
    "subtotal": ("Subtotal", "Zwischensumme", "Sous-total"),
    "net": ("Total without VAT", "Gesamt netto", "Total HT"),
    "tax_on": ("VAT %(rate)s on %(base)s", "USt %(rate)s auf %(base)s", "TVA %(rate)s sur %(base)s"),
    "tax_included": (
        "Includes VAT %(rate)s on %(base)s",
        "Enthält USt %(rate)s auf %(base)s",
        "Dont TVA %(rate)s sur %(base)s",
    ),
    "tax_free_on": (
        "No VAT (%(code)s) on %(base)s",
        "Ohne USt (%(code)s) auf %(base)s",
        "Sans TVA (%(code)s) sur %(base)s",
    ),
    "gross": ("Total", "Gesamtbetrag", "Total TTC"),
    "deposit_of": (
        "Deposit %(number)s of %(date)s",
        "Anzahlung %(number)s vom %(date)s",
        "Acompte %(number)s du %(date)s",
    ),
    "deposit_tax": (
        "(net %(net)s, VAT %(tax)s)",
        "(netto %(net)s, USt %(tax)s)",
        "(HT %(net)s, TVA %(tax)s)",
    ),
    "prepaid": ("Already paid", "Bereits bezahlt", "Déjà réglé"),
    "rounding": ("Rounding", "Rundung", "Arrondi"),
    "payable": ("Amount due", "Zu zahlen", "Net à payer"),
    "credited": ("Amount credited", "Gutgeschriebener Betrag", "Montant crédité"),
    "in_your_favor": ("In your favor", "Zu Ihren Gunsten", "En votre faveur"),
    "nothing_due": ("Nothing to pay", "Nichts zu zahlen", "Rien à payer"),
    "due_by": ("Pay by", "Zahlbar bis", "À payer avant le"),
    "valid_until": ("Valid until", "Gültig bis", "Valable jusqu’au"),
    "option_taken": ("Option, in the total", "Option, im Gesamtbetrag enthalten", "Option, comprise dans le total"),
    "option_open": (
        "Option, not in the total",
        "Option, nicht im Gesamtbetrag enthalten",
        "Option, non comprise dans le total",
    ),
    "at_once": ("On receipt", "Sofort", "À réception"),
    "see_terms": ("See terms", "Siehe Zahlungsbedingungen", "Voir conditions"),
    "settled": ("Settled", "Ausgeglichen", "Soldé"),
    "pay_to": ("Pay to", "Zahlen an", "Payer à"),
    "pay_online": ("Pay online", "Online bezahlen", "Payer en ligne"),
    "debited": ("Debited from your account", "Wird abgebucht", "Prélèvement automatique"),
    "mandate": ("Mandate", "Mandat", "Mandat"),
    "creditor_id": ("Creditor ID", "Gläubiger-ID", "ICS"),
    "reference": ("Reference", "Verwendungszweck", "Référence"),
    "bank": ("Bank", "Bank", "Banque"),
    "account_name": ("Account holder", "Kontoinhaber", "Titulaire"),
    "scan_bank": ("Scan with your banking app", "Mit der Banking-App scannen", "Scannez avec votre appli bancaire"),
    "scan_link": ("Scan to pay online", "Scannen und online zahlen", "Scannez pour payer en ligne"),
    "early": (
        "Pay by %(date)s and take off %(percent)s: %(payable)s instead of %(full)s.",
        "Bei Zahlung bis %(date)s %(percent)s Skonto: %(payable)s statt %(full)s.",
        "Paiement avant le %(date)s : escompte de %(percent)s, soit %(payable)s au lieu de %(full)s.",
    ),
    "early_plain": (
        "Pay by %(date)s and take off %(percent)s.",
        "Bei Zahlung bis %(date)s %(percent)s Skonto.",
        "Paiement avant le %(date)s : escompte de %(percent)s.",
    ),
    "delivered_to": ("Delivered to", "Lieferadresse", "Adresse de livraison"),
    "tax_in_currency": ("VAT in %s", "USt in %s", "TVA en %s"),
    "page": ("Page %(page)s of %(pages)s", "Seite %(page)s von %(pages)s", "Page %(page)s sur %(pages)s"),
    "e_invoice": (
        "This PDF carries an e-invoice (Factur-X, EN 16931).",
        "Dieses PDF enthält eine E-Rechnung (Factur-X/ZUGFeRD, EN 16931).",
        "Ce PDF contient une facture électronique (Factur-X, EN 16931).",
    ),
}
# By the English reason that the tax rules give; a national wording comes from them as it is and stays as it is.
_REASONS = {
    "Reverse charge": (
        "Reverse charge: the recipient accounts for the VAT (Art. 196 Directive 2006/112/EC).",
        "Steuerschuldnerschaft des Leistungsempfängers (Reverse Charge, Art. 196 Richtlinie 2006/112/EG).",
        "Autoliquidation : TVA due par le preneur (art. 196 de la directive 2006/112/CE).",
    ),
    "Intra-Community supply": (
        "Intra-Community supply, exempt from VAT (Art. 138 Directive 2006/112/EC).",
        "Steuerfreie innergemeinschaftliche Lieferung (Art. 138 Richtlinie 2006/112/EG).",
        "Livraison intracommunautaire exonérée de TVA (art. 138 de la directive 2006/112/CE).",
    ),
    "Export outside the EU": (
        "Export outside the EU, exempt from VAT (Art. 146 Directive 2006/112/EC).",
        "Steuerfreie Ausfuhrlieferung (Art. 146 Richtlinie 2006/112/EG).",
        "Exportation hors UE exonérée de TVA (art. 146 de la directive 2006/112/CE).",
    ),
    "Not subject to VAT": ("Not subject to VAT.", "Nicht steuerbar.", "Non soumis à la TVA."),
    "Exempt from VAT": ("Exempt from VAT.", "Umsatzsteuerfrei.", "Exonéré de TVA."),
    "Exempt under the scheme for small businesses": (
        "Exempt from VAT under the scheme for small businesses.",
        "Umsatzsteuerfrei nach der Regelung für Kleinunternehmer.",
        "Exonéré de TVA : régime de franchise des petites entreprises.",
    ),
    "Zero-rated export": ("Zero-rated export.", "Ausfuhr zum Steuersatz null.", "Exportation taxée à taux zéro."),
    "No sales tax is collected in this state": (
        "No sales tax is collected in this state.",
        "In diesem Staat wird keine Verkaufssteuer erhoben.",
        "Aucune taxe de vente n’est perçue dans cet État.",
    ),
    "Exempt under the buyer's certificate": (
        "Exempt under the buyer’s certificate.",
        "Befreit nach der Bescheinigung des Käufers.",
        "Exonéré selon le certificat de l’acheteur.",
    ),
}
_CATEGORY_REASONS = {
    "AE": "Reverse charge",
    "K": "Intra-Community supply",
    "G": "Export outside the EU",
    "O": "Not subject to VAT",
    "E": "Exempt from VAT",
}
# UN/ECE recommendation 20: singular, plural.
_UNITS = {
    "H87": (("pc", "pcs"), ("Stk.", "Stk."), ("pce", "pces")),
    "EA": (("pc", "pcs"), ("Stk.", "Stk."), ("pce", "pces")),
    "HUR": (("h", "h"), ("Std.", "Std."), ("h", "h")),
    "MIN": (("min", "min"), ("Min.", "Min."), ("min", "min")),
    "DAY": (("day", "days"), ("Tag", "Tage"), ("jour", "jours")),
    "WEE": (("week", "weeks"), ("Woche", "Wochen"), ("semaine", "semaines")),
    "MON": (("month", "months"), ("Monat", "Monate"), ("mois", "mois")),
    "ANN": (("year", "years"), ("Jahr", "Jahre"), ("an", "ans")),
    "KGM": (("kg", "kg"), ("kg", "kg"), ("kg", "kg")),
    "GRM": (("g", "g"), ("g", "g"), ("g", "g")),
    "TNE": (("t", "t"), ("t", "t"), ("t", "t")),
    "LTR": (("l", "l"), ("l", "l"), ("l", "l")),
    "MTR": (("m", "m"), ("m", "m"), ("m", "m")),
    "KMT": (("km", "km"), ("km", "km"), ("km", "km")),
    "MTK": (("m²", "m²"), ("m²", "m²"), ("m²", "m²")),
    "MTQ": (("m³", "m³"), ("m³", "m³"), ("m³", "m³")),
    "KWH": (("kWh", "kWh"), ("kWh", "kWh"), ("kWh", "kWh")),
    "SET": (("set", "sets"), ("Satz", "Sätze"), ("jeu", "jeux")),
    "XPK": (("pack", "packs"), ("Pck.", "Pck."), ("paquet", "paquets")),
    "LS": (("flat", "flat"), ("pauschal", "pauschal"), ("forfait", "forfait")),
}


@dataclass(frozen=True, slots=True)
class Words:
    """The catalog in one language."""

    language: str

    @classmethod
    def of(cls, language: str) -> "Words":
        """Choose the catalog for a language or locale; English where there is none."""
        primary = language.replace("_", "-").partition("-")[0].lower()
        return cls(primary if primary in LANGUAGES else "en")

    def __getitem__(self, key: str) -> str:
        return _WORDS[key][self._column]

    @property
    def _column(self) -> int:
        return LANGUAGES.index(self.language)

    def title(self, document: IssuedDocument) -> str:
        """Say what kind of document it is."""
        if document.watermark is Watermark.PRO_FORMA:
            return _PRO_FORMA[self._column]
        return _TITLES[document.type_code][self._column]

    def watermark(self, document: IssuedDocument) -> str:
        """Give the word across the page, or nothing."""
        return _WATERMARKS[document.watermark][self._column] if document.watermark else ""

    def unit(self, code: str, name: str, *, is_one: bool) -> str:
        """Name a unit; what is counted in plain ones has no name."""
        if name or code not in _UNITS:
            return name
        singular, plural = _UNITS[code][self._column]
        return singular if is_one else plural

    def tax_reason(self, group: TaxTotal) -> str:
        """Say why no tax is charged, in the words of the law; nothing where it is charged."""
        reason = group.reason or _CATEGORY_REASONS.get(group.category, "")
        if group.category in TAXED:
            return group.reason
        known = _REASONS.get(reason)
        return known[self._column] if known else reason
