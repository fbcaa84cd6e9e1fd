"""Presets: what a new business begins with, by what it does. Pure data; what is brought can all be changed later."""

from conto.domain.errors import RuleBroken
from conto.domain.preset.agency import AGENCY
from conto.domain.preset.contractor import CONTRACTOR
from conto.domain.preset.freelancer import FREELANCER
from conto.domain.preset.letters import standard_letters
from conto.domain.preset.model import (
    LANGUAGES,
    USUAL_HOME,
    HomePart,
    Preset,
    PresetItem,
    PresetLetter,
    PresetStage,
    checked_home,
    home_of,
)
from conto.domain.preset.saas import SAAS
from conto.domain.preset.shop import SHOP

_PRESETS = {each.key: each for each in (FREELANCER, AGENCY, SAAS, SHOP, CONTRACTOR)}
PRESET_KEYS = tuple(_PRESETS)


def preset_of(key: str, language: str) -> Preset:
    """Return a preset in the language of a business.

    Raises: RuleBroken `preset.unknown`.

    Source: PS-1.
    """
    found = _PRESETS.get(key)
    if found is None:
        raise RuleBroken("preset.unknown", "“%(key)s” is none of the presets.", key=key)
    return found.in_language(language)


def presets(language: str) -> tuple[Preset, ...]:
    """Return all presets in a language, in the order in which they are offered."""
    return tuple(each.in_language(language) for each in _PRESETS.values())


__all__ = [
    "LANGUAGES",
    "PRESET_KEYS",
    "USUAL_HOME",
    "HomePart",
    "Preset",
    "PresetItem",
    "PresetLetter",
    "PresetStage",
    "checked_home",
    "home_of",
    "preset_of",
    "presets",
    "standard_letters",
]
