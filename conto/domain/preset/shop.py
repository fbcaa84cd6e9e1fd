"""Who sells goods on the web."""

from conto.domain.preset.model import HomePart, ItemWords, LetterWords, PresetWords, StageWords

SHOP = PresetWords(
    key="shop",
    name=("Online shop", "Onlineshop", "Boutique en ligne"),
    lead=(
        "Orders come from a shop and are brought in by thousands; firms also ask for offers.",
        "Bestellungen kommen zu Tausenden aus einem Shop; Firmen fragen auch nach Angeboten.",
        "Les commandes viennent par milliers d’une boutique ; des entreprises demandent aussi des offres.",
    ),
    pipeline=("Large orders", "Großaufträge", "Grandes commandes"),
    stages=(
        StageWords(("Request", "Anfrage", "Demande"), 20, 5),
        StageWords(
            ("Offer", "Angebot", "Offre"), 50, 5, ("value", "products"),
            (("Stock and delivery date are checked", "Bestand und Liefertermin sind geprüft",
              "Stock et délai sont vérifiés"),),
        ),
        StageWords(("Promised", "Zugesagt", "Promis"), 90, 3, ("value",)),
    ),
    lost_reasons=(
        ("Price", "Preis", "Prix"),
        ("Delivery takes too long", "Lieferzeit zu lang", "Délai trop long"),
        ("Not in stock", "Nicht lieferbar", "Rupture de stock"),
        ("Shipping costs", "Versandkosten", "Frais de port"),
        ("No answer", "Keine Antwort", "Sans réponse"),
    ),
    items=(
        ItemWords("GOODS", ("Goods", "Ware", "Marchandise"), "C62", "product", "goods"),
        ItemWords("SHIP", ("Shipping", "Versand", "Livraison"), "LS"),
        ItemWords("EXPRESS", ("Express shipping", "Expressversand", "Livraison express"), "LS"),
        ItemWords("GIFT", ("Gift wrapping", "Geschenkverpackung", "Emballage cadeau"), "C62"),
    ),
    intro=(
        "Thank you for shopping with us.",
        "Vielen Dank für Ihren Einkauf.",
        "Merci pour votre achat.",
    ),
    terms=(
        "For returns, please have the number of this document at hand.",
        "Für Rücksendungen halten Sie bitte die Nummer dieses Belegs bereit.",
        "Pour tout retour, merci de préparer le numéro de ce document.",
    ),
    letters=(
        LetterWords(
            ("The goods are on their way", "Die Ware ist unterwegs", "La marchandise est en route"),
            ("Your order is on its way", "Ihre Bestellung ist unterwegs", "Votre commande est en route"),
            (
                (
                    "Hello {first_name},\n\nyour order has left our house today. It should be with you in a few days."
                    "\n\n{seller}"
                ),
                (
                    "Guten Tag {contact},\n\n"
                    "Ihre Bestellung hat heute unser Haus verlassen und sollte in wenigen Tagen bei Ihnen sein."
                    "\n\n{seller}"
                ),
                (
                    "Bonjour {contact},\n\n"
                    "votre commande est partie aujourd’hui ; elle devrait arriver dans quelques jours.\n\n{seller}"
                ),
            ),
        ),
    ),
    quotes_hold_days=14,
    quote_terms=(
        "While stocks last.",
        "Solange der Vorrat reicht.",
        "Dans la limite des stocks disponibles.",
    ),
    home=(HomePart.MONEY, HomePart.INVOICES, HomePart.QUEUE, HomePart.MONTHS),
)  # fmt: skip
