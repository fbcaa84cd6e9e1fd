"""Who works at the customer's place."""

from conto.domain.preset.model import HomePart, ItemWords, LetterWords, PresetWords, StageWords

CONTRACTOR = PresetWords(
    key="contractor",
    name=("Contractor, trades", "Handwerk", "Artisan, bâtiment"),
    lead=(
        "You work at the customer's place: visit, estimate, order, work, invoice.",
        "Sie arbeiten beim Kunden: Termin vor Ort, Angebot, Auftrag, Ausführung, Rechnung.",
        "Vous travaillez chez le client : visite, devis, commande, travaux, facture.",
    ),
    pipeline=("Jobs", "Aufträge", "Chantiers"),
    stages=(
        StageWords(("Inquiry", "Anfrage", "Demande"), 15, 5),
        StageWords(
            ("Visit on site", "Termin vor Ort", "Visite sur place"), 35, 7, ("next_step",),
            (
                ("Measured", "Aufgemessen", "Mesures prises"),
                ("Pictures taken", "Fotos gemacht", "Photos prises"),
                ("Access and parking are clear", "Zufahrt und Parken sind geklärt", "Accès et stationnement clairs"),
            ),
        ),
        StageWords(("Estimate sent", "Angebot verschickt", "Devis envoyé"), 60, 10, ("value", "products")),
        StageWords(("Ordered by word", "Mündlich beauftragt", "Commande orale"), 95, 5, ("expected_close_on",)),
    ),
    lost_reasons=(
        ("Price", "Preis", "Prix"),
        ("Another firm was sooner", "Andere Firma war früher frei", "Une autre entreprise plus tôt"),
        ("Done by themselves", "Eigenleistung", "Fait soi-même"),
        ("Put off", "Verschoben", "Reporté"),
        ("No permit or loan", "Keine Genehmigung oder Finanzierung", "Sans permis ou financement"),
        ("No answer", "Keine Antwort", "Sans réponse"),
    ),
    items=(
        ItemWords("SKILLED", ("Skilled worker", "Facharbeiterstunde", "Heure d’ouvrier qualifié"), "HUR"),
        ItemWords("HELPER", ("Helper", "Helferstunde", "Heure d’aide"), "HUR"),
        ItemWords("CALL-OUT", ("Call-out", "Anfahrt", "Déplacement"), "LS"),
        ItemWords("MATERIAL", ("Material", "Material", "Matériel"), "LS", "product", "goods"),
        ItemWords("AREA", ("Area worked on", "Bearbeitete Fläche", "Surface traitée"), "MTK"),
        ItemWords("DISPOSAL", ("Disposal", "Entsorgung", "Évacuation"), "LS"),
    ),
    intro=(
        "Thank you for letting us work for you.",
        "Vielen Dank, dass wir für Sie arbeiten dürfen.",
        "Merci de nous confier vos travaux.",
    ),
    terms=(
        "Goods stay ours until they are paid.",
        "Die Ware bleibt bis zur vollständigen Zahlung unser Eigentum.",
        "La marchandise reste notre propriété jusqu’au paiement intégral.",
    ),
    letters=(
        LetterWords(
            ("Date on site", "Termin vor Ort", "Rendez-vous sur place"),
            ("When we come", "Wann wir kommen", "Notre venue"),
            (
                (
                    "Hello {first_name},\n\nwe come on … at … Please see that we can get to the place and park there."
                    "\n\n{member}\n{seller}"
                ),
                (
                    "Guten Tag {contact},\n\n"
                    "wir kommen am … um … Uhr. Bitte sorgen Sie dafür, dass wir herankommen und parken können."
                    "\n\n{member}\n{seller}"
                ),
                (
                    "Bonjour {contact},\n\n"
                    "nous viendrons le … à … heures. Merci de prévoir l’accès et le stationnement."
                    "\n\n{member}\n{seller}"
                ),
            ),
        ),
    ),
    quotes_hold_days=42,
    quote_terms=(
        "Work that cannot be seen beforehand is billed by the hour, after we have told you.",
        "Arbeiten, die vorher nicht zu sehen sind, werden nach Rücksprache nach Stunden berechnet.",
        "Les travaux imprévisibles sont facturés à l’heure, après vous en avoir informé.",
    ),
    home=(HomePart.WEEK, HomePart.QUEUE, HomePart.QUOTES, HomePart.MONEY),
)  # fmt: skip
