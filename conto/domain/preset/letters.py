"""The letters that every new book can begin with."""

from conto.domain.preset.model import LetterWords, PresetLetter

_STANDARD = (
    LetterWords(
        ("After the first call", "Nach dem ersten Gespräch", "Après le premier échange"),
        ("Our call", "Unser Gespräch", "Notre échange"),
        (
            (
                "Hello {first_name},\n\nthank you for your time today. This is what we agreed on:\n\n- "
                "\n\n{member}\n{seller}"
            ),
            (
                "Guten Tag {contact},\n\nvielen Dank für das Gespräch. Das haben wir besprochen:\n\n- "
                "\n\n{member}\n{seller}"
            ),
            (
                "Bonjour {contact},\n\nmerci pour notre échange. Voici ce que nous avons convenu :\n\n- "
                "\n\n{member}\n{seller}"
            ),
        ),
    ),
    LetterWords(
        ("Ask about the quote", "Nachfrage zum Angebot", "Relance du devis"),
        ("Our quote {deal}", "Unser Angebot {deal}", "Notre devis {deal}"),
        (
            (
                "Hello {first_name},\n\nhave you had time to look at our quote? I am glad to answer questions."
                "\n\n{member}\n{seller}"
            ),
            (
                "Guten Tag {contact},\n\nkonnten Sie unser Angebot schon ansehen? Fragen beantworte ich gern."
                "\n\n{member}\n{seller}"
            ),
            (
                "Bonjour {contact},\n\navez-vous pu regarder notre devis ? Je réponds volontiers à vos questions."
                "\n\n{member}\n{seller}"
            ),
        ),
    ),
    LetterWords(
        ("Thanks for the order", "Dank für den Auftrag", "Merci pour la commande"),
        ("Your order {deal}", "Ihr Auftrag {deal}", "Votre commande {deal}"),
        (
            (
                "Hello {first_name},\n\nthank you for your order. I will be in touch about the dates."
                "\n\n{member}\n{seller}"
            ),
            (
                "Guten Tag {contact},\n\nvielen Dank für Ihren Auftrag. Ich melde mich wegen der Termine."
                "\n\n{member}\n{seller}"
            ),
            (
                "Bonjour {contact},\n\nmerci pour votre commande. Je reviens vers vous pour les dates."
                "\n\n{member}\n{seller}"
            ),
        ),
    ),
    LetterWords(
        ("It has been quiet", "Lange nichts gehört", "Sans nouvelles"),
        ("{deal}", "{deal}", "{deal}"),
        (
            (
                "Hello {first_name},\n\nwe have not spoken for a while. Shall we go on, or is it off the table?"
                "\n\n{member}\n{seller}"
            ),
            (
                "Guten Tag {contact},\n\n"
                "wir haben länger nicht gesprochen. Geht es weiter, oder hat es sich erledigt?\n\n{member}\n{seller}"
            ),
            (
                "Bonjour {contact},\n\n"
                "nous n’avons pas échangé depuis un moment. Continuons-nous, ou est-ce abandonné ?"
                "\n\n{member}\n{seller}"
            ),
        ),
    ),
)


def standard_letters() -> tuple[PresetLetter, ...]:
    """Return the letters of every new book, in all languages."""
    return tuple(letter for each in _STANDARD for letter in each.letters())
