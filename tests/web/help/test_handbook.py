"""The handbook: complete in both languages, linked, and found by its words."""

import pytest

from conto.web.help import handbook


@pytest.mark.parametrize("language", ["en", "de"])
def test_every_chapter_is_there_with_a_title_and_a_beginning(language: str) -> None:
    for name in handbook.ORDER:
        assert (handbook.FOLDER / language / f"{name}.md").is_file()
    for chapter in handbook.chapters(language):
        assert chapter.title
        assert chapter.lead
        assert "<h2>" in chapter.html or "<p>" in chapter.html


def test_a_language_without_a_chapter_falls_back_to_english() -> None:
    assert handbook.chapters("fr")[0].title == handbook.chapters("en")[0].title


def test_words_find_their_chapter_whatever_their_accents() -> None:
    assert handbook.search("de", "anzahlung schlussrechnung")[0].chapter.name == "deposits"
    assert handbook.search("de", "RUCKGANGIG")[0].chapter.name == "getting-paid"
    assert handbook.search("en", "refund credit")[0].excerpt
    assert handbook.search("en", "zeppelin") == []
