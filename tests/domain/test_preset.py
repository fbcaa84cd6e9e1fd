"""Presets: whole in every language, able to stand by the rules of what they bring."""

import pytest

from conto.domain.errors import RuleBroken
from conto.domain.letters import unknown_places
from conto.domain.pipeline import REQUIRABLE_FIELDS
from conto.domain.preset import (
    LANGUAGES,
    PRESET_KEYS,
    USUAL_HOME,
    HomePart,
    Preset,
    checked_home,
    home_of,
    preset_of,
    presets,
    standard_letters,
)

EVERY = [each for language in LANGUAGES for each in presets(language)]


def test_ps1_there_are_five_presets_in_three_languages_and_none_else() -> None:
    assert PRESET_KEYS == ("freelancer", "agency", "saas", "shop", "contractor")
    assert len({each.name for each in EVERY}) > 10
    assert preset_of("shop", "sv").name == "Online shop", "in English where it does not speak the language"
    with pytest.raises(RuleBroken, match="none of the presets"):
        preset_of("bakery", "en")


@pytest.mark.parametrize("each", EVERY, ids=lambda each: f"{each.key} {each.name}")
def test_ps1_what_a_preset_brings_can_stand(each: Preset) -> None:
    chances = [stage.probability_percent for stage in each.stages]
    assert chances == sorted(chances)
    assert 0 < chances[0] <= chances[-1] < 100
    assert len({stage.name for stage in each.stages}) == len(each.stages) >= 3
    assert all(field in REQUIRABLE_FIELDS for stage in each.stages for field in stage.required_fields)
    assert any(stage.checklist for stage in each.stages)
    assert any(stage.required_fields for stage in each.stages)
    assert len(set(each.lost_reasons)) == len(each.lost_reasons) >= 5
    assert len({item.code for item in each.items}) == len(each.items) >= 4
    assert all(item.names.keys() == set(LANGUAGES) and all(item.names.values()) for item in each.items)
    assert {item.kind for item in each.items} <= {"product", "service"}
    assert {item.supply for item in each.items} <= {"goods", "services", "digital"}
    assert each.texts.keys() == set(LANGUAGES)
    assert all(words for texts in each.texts.values() for words in texts.values())
    assert 1 <= each.quotes_hold_days <= 730
    assert checked_home(each.home) == list(each.home)
    assert HomePart.QUEUE in each.home


def test_ps1_the_first_pages_of_all_presets_differ() -> None:
    assert len({each.home for each in presets("en")}) == len(PRESET_KEYS)


def test_ps1_letters_speak_all_languages_and_name_no_place_that_nobody_fills() -> None:
    letters = [*standard_letters(), *(letter for each in presets("en") for letter in each.letters)]
    assert {letter.language for letter in letters} == set(LANGUAGES)
    assert [letter.name for letter in letters if unknown_places(letter.subject + letter.text)] == []
    assert len({(letter.name, letter.language) for letter in letters}) == len(letters)


def test_ps3_a_first_page_has_at_least_one_part_and_only_known_ones() -> None:
    assert checked_home(["queue", "money", "queue"]) == ["queue", "money"]
    with pytest.raises(RuleBroken, match="at least one"):
        checked_home([])
    with pytest.raises(RuleBroken, match="no part"):
        checked_home(["weather"])
    assert home_of([]) == USUAL_HOME
    assert home_of(["week", "gone"]) == (HomePart.WEEK,)
