"""Who sells the work of a team by projects."""

from conto.domain.preset.model import HomePart, ItemWords, LetterWords, PresetWords, StageWords

AGENCY = PresetWords(
    key="agency",
    name=("Agency, consulting", "Agentur, Beratung", "Agence, conseil"),
    lead=(
        "A team sells projects: briefings, proposals, retainers.",
        "Ein Team verkauft Projekte: Briefings, Angebote, laufende Betreuung.",
        "Une équipe vend des projets : briefs, propositions, forfaits mensuels.",
    ),
    pipeline=("New business", "Neugeschäft", "Nouvelles affaires"),
    stages=(
        StageWords(("Qualified", "Qualifiziert", "Qualifié"), 15, 14, ("source",)),
        StageWords(
            ("Briefing", "Briefing", "Brief"), 30, 10, ("contact",),
            (
                ("Who decides is known", "Bekannt ist, wer entscheidet", "Le décideur est connu"),
                ("Budget is named", "Budget ist genannt", "Le budget est connu"),
                ("Deadline is named", "Termin ist genannt", "L’échéance est connue"),
            ),
        ),
        StageWords(("Concept", "Konzept", "Concept"), 50, 10, ("value",)),
        StageWords(
            ("Proposal", "Angebot", "Proposition"), 70, 7, ("value", "products", "expected_close_on"),
            (("Effort was checked by somebody else", "Aufwand ist gegengelesen", "La charge a été relue"),),
        ),
        StageWords(("Negotiation", "Verhandlung", "Négociation"), 85, 5, ("next_step",)),
    ),
    lost_reasons=(
        ("Price", "Preis", "Prix"),
        ("Lost the pitch", "Pitch verloren", "Appel d’offres perdu"),
        ("They do it themselves", "Machen es selbst", "Réalisé en interne"),
        ("Put off", "Verschoben", "Reporté"),
        ("No capacity", "Keine Kapazität", "Pas de capacité"),
        ("No answer", "Keine Antwort", "Sans réponse"),
    ),
    items=(
        ItemWords("CONSULT", ("Consulting day", "Beratungstag", "Journée de conseil"), "DAY"),
        ItemWords("CREATE", ("Design and production", "Gestaltung und Umsetzung", "Création et réalisation"), "HUR"),
        ItemWords("PM", ("Project management", "Projektleitung", "Gestion de projet"), "HUR"),
        ItemWords("WORKSHOP", ("Workshop", "Workshop", "Atelier"), "LS"),
        ItemWords("RETAINER", ("Retainer", "Laufende Betreuung", "Forfait mensuel"), "MON"),
        ItemWords("MEDIA", ("Work of others, passed on", "Fremdleistung", "Prestation de tiers"), "LS"),
    ),
    intro=(
        "Thank you for working with us.",
        "Vielen Dank für die Zusammenarbeit.",
        "Merci pour notre collaboration.",
    ),
    terms=(
        "Rights of use pass over with full payment.",
        "Nutzungsrechte gehen mit der vollständigen Zahlung über.",
        "Les droits d’usage sont transférés après paiement intégral.",
    ),
    letters=(
        LetterWords(
            ("Invitation to the workshop", "Einladung zum Workshop", "Invitation à l’atelier"),
            ("{deal}: our workshop", "{deal}: unser Workshop", "{deal} : notre atelier"),
            (
                (
                    "Hello {first_name},\n\n"
                    "to prepare our workshop, please send us what you have: goals, numbers, examples."
                    "\n\n{member}\n{seller}"
                ),
                (
                    "Guten Tag {contact},\n\n"
                    "für unseren Workshop senden Sie uns bitte, was Sie haben: Ziele, Zahlen, Beispiele."
                    "\n\n{member}\n{seller}"
                ),
                (
                    "Bonjour {contact},\n\n"
                    "pour préparer notre atelier, envoyez-nous ce que vous avez : objectifs, chiffres, exemples."
                    "\n\n{member}\n{seller}"
                ),
            ),
        ),
    ),
    quotes_hold_days=30,
    quote_terms=(
        "Estimates are by effort; more than ten percent above them is agreed beforehand.",
        "Schätzungen nach Aufwand; mehr als zehn Prozent darüber werden vorher abgestimmt.",
        "Estimations selon la charge ; tout dépassement de plus de dix pour cent est convenu au préalable.",
    ),
    home=(HomePart.MONEY, HomePart.DEALS, HomePart.QUEUE, HomePart.WEEK),
)  # fmt: skip
