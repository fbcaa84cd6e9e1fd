"""Who sells software by the month."""

from conto.domain.preset.model import HomePart, ItemWords, LetterWords, PresetWords, StageWords

SAAS = PresetWords(
    key="saas",
    name=("Software as a service", "Software zur Miete (SaaS)", "Logiciel par abonnement (SaaS)"),
    lead=(
        "You sell software by the month or the year, with set-up and support.",
        "Sie verkaufen Software pro Monat oder Jahr, mit Einrichtung und Support.",
        "Vous vendez un logiciel au mois ou à l’année, avec mise en place et assistance.",
    ),
    pipeline=("Subscriptions", "Abonnements", "Abonnements"),
    stages=(
        StageWords(("Trial", "Testphase", "Essai"), 10, 7, ("source",)),
        StageWords(
            ("Demo", "Vorführung", "Démonstration"), 30, 7, ("contact",),
            (("Number of seats is known", "Zahl der Plätze ist bekannt", "Le nombre de postes est connu"),),
        ),
        StageWords(("Evaluation", "Prüfung", "Évaluation"), 50, 10, ("value",)),
        StageWords(
            ("Security and law", "Sicherheit und Recht", "Sécurité et juridique"), 70, 10, ("value", "contact"),
            (("Data processing agreement sent", "Auftragsverarbeitung verschickt", "Accord de traitement envoyé"),),
        ),
        StageWords(("Contract sent", "Vertrag verschickt", "Contrat envoyé"), 90, 5, ("products",)),
    ),
    lost_reasons=(
        ("Price", "Preis", "Prix"),
        ("Feature is missing", "Funktion fehlt", "Fonction manquante"),
        ("Stays with the old one", "Bleibt beim Alten", "Garde l’ancien outil"),
        ("Chose another product", "Anderes Produkt gewählt", "A choisi un autre produit"),
        ("Trial ran out", "Testphase abgelaufen", "Essai expiré"),
        ("No answer", "Keine Antwort", "Sans réponse"),
    ),
    items=(
        ItemWords("BASIC", ("Plan Basic", "Tarif Basis", "Offre Essentiel"), "MON", "service", "digital"),
        ItemWords("TEAM", ("Plan Team", "Tarif Team", "Offre Équipe"), "MON", "service", "digital"),
        ItemWords("SEAT", ("Further seat", "Weiterer Platz", "Poste supplémentaire"), "MON", "service", "digital"),
        ItemWords("SETUP", ("Set-up", "Einrichtung", "Mise en place"), "LS"),
        ItemWords("TRAINING", ("Training", "Schulung", "Formation"), "HUR"),
        ItemWords("SUPPORT", ("Support package", "Supportpaket", "Assistance"), "MON"),
    ),
    intro=(
        "Thank you for working with our software.",
        "Vielen Dank, dass Sie mit unserer Software arbeiten.",
        "Merci d’utiliser notre logiciel.",
    ),
    terms=(
        "Questions? Just answer the mail that this came with.",
        "Fragen? Antworten Sie einfach auf die Mail, mit der dies kam.",
        "Une question ? Répondez simplement au courriel qui accompagnait ce document.",
    ),
    letters=(
        LetterWords(
            ("The trial ends soon", "Die Testphase endet bald", "L’essai se termine bientôt"),
            ("Your trial ends soon", "Ihre Testphase endet bald", "Votre essai se termine bientôt"),
            (
                (
                    "Hello {first_name},\n\n"
                    "your trial ends in a few days. Shall we go on? Tell me how many seats you need."
                    "\n\n{member}\n{seller}"
                ),
                (
                    "Guten Tag {contact},\n\n"
                    "Ihre Testphase endet in wenigen Tagen. Geht es weiter? Und wie viele Plätze brauchen Sie?"
                    "\n\n{member}\n{seller}"
                ),
                (
                    "Bonjour {contact},\n\n"
                    "votre essai se termine dans quelques jours. Continuons-nous ? Combien de postes vous faut-il ?"
                    "\n\n{member}\n{seller}"
                ),
            ),
        ),
    ),
    quotes_hold_days=21,
    quote_terms=(
        "Prices are per month and seat; the contract runs for twelve months.",
        "Preise je Monat und Platz; der Vertrag läuft zwölf Monate.",
        "Prix par mois et par poste ; le contrat dure douze mois.",
    ),
    home=(HomePart.MONEY, HomePart.MONTHS, HomePart.LEADS, HomePart.QUEUE),
)  # fmt: skip
