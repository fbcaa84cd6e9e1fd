"""Who sells their own time."""

from conto.domain.preset.model import HomePart, ItemWords, LetterWords, PresetWords, StageWords

FREELANCER = PresetWords(
    key="freelancer",
    name=("Freelancer", "Freiberuflich", "Indépendant"),
    lead=(
        "You sell your own time, by the hour, the day or the job.",
        "Sie verkaufen Ihre eigene Zeit: Stunden, Tage oder ganze Aufträge.",
        "Vous vendez votre propre temps, à l’heure, à la journée ou au projet.",
    ),
    pipeline=("Jobs", "Aufträge", "Missions"),
    stages=(
        StageWords(("Inquiry", "Anfrage", "Demande"), 20, 7),
        StageWords(
            ("Talk", "Gespräch", "Échange"), 40, 10, (),
            (
                ("It is clear what is wanted", "Klar ist, was gewünscht wird", "Le besoin est clair"),
                ("Budget and date are named", "Budget und Termin sind genannt", "Budget et date sont connus"),
            ),
        ),
        StageWords(("Quote sent", "Angebot verschickt", "Devis envoyé"), 60, 7, ("value",)),
        StageWords(("Agreed by word", "Mündlich zugesagt", "Accord oral"), 90, 5, ("value", "contact")),
    ),
    lost_reasons=(
        ("Price", "Preis", "Prix"),
        ("No budget", "Kein Budget", "Pas de budget"),
        ("Chose somebody else", "Anderen gewählt", "A choisi un autre"),
        ("Put off", "Verschoben", "Reporté"),
        ("I had no time", "Ich hatte keine Zeit", "Je n’étais pas disponible"),
        ("No answer", "Keine Antwort", "Sans réponse"),
    ),
    items=(
        ItemWords("HOUR", ("Work by the hour", "Arbeitsstunde", "Heure de travail"), "HUR"),
        ItemWords("DAY", ("Work by the day", "Tagessatz", "Journée de travail"), "DAY"),
        ItemWords("FIXED", ("Fixed price", "Festpreis", "Forfait"), "LS"),
        ItemWords("TRAVEL", ("Travel by car", "Fahrt mit dem Auto", "Déplacement en voiture"), "KMT"),
    ),
    intro=(
        "Thank you for your trust.",
        "Vielen Dank für Ihr Vertrauen.",
        "Merci de votre confiance.",
    ),
    terms=(
        "Questions? Just answer the mail that this came with.",
        "Fragen? Antworten Sie einfach auf die Mail, mit der dies kam.",
        "Une question ? Répondez simplement au courriel qui accompagnait ce document.",
    ),
    letters=(
        LetterWords(
            ("Please look it over", "Bitte einmal ansehen", "Merci de relire"),
            ("{deal}: a first version", "{deal}: ein erster Stand", "{deal} : une première version"),
            (
                (
                    "Hello {first_name},\n\nhere is a first version. Can you tell me by Friday what should change?"
                    "\n\n{member}"
                ),
                (
                    "Guten Tag {contact},\n\n"
                    "anbei ein erster Stand. Können Sie mir bis Freitag sagen, was anders sein soll?\n\n{member}"
                ),
                (
                    "Bonjour {contact},\n\n"
                    "voici une première version. Pouvez-vous me dire d’ici vendredi ce qui doit changer ?\n\n{member}"
                ),
            ),
        ),
    ),
    quotes_hold_days=30,
    quote_terms=(
        "Two rounds of changes are included; more are billed by the hour.",
        "Zwei Korrekturschleifen sind enthalten, weitere nach Stunden.",
        "Deux séries de corrections sont comprises ; au-delà, facturation à l’heure.",
    ),
    home=(HomePart.MONEY, HomePart.QUEUE, HomePart.QUOTES),
)  # fmt: skip
