"""The table of words, against the states that Home Assistant's own integrations list."""

import json
from pathlib import Path
from typing import Any

from homeassistant import components
import pytest

from custom_components.octopus_powerwall.domain.price.charger_words import (
    VOCABULARIES,
    Vocabulary,
    is_known,
    meaning_of,
)

CORE = Path(components.__file__).parent
LISTED = [vocabulary for vocabulary in VOCABULARIES if vocabulary.key is not None]


def states(vocabulary: Vocabulary) -> set[str]:
    """The states that the integration's own texts list."""
    for name in ("strings.json", "translations/en.json"):
        path = CORE / vocabulary.source / name
        if path.exists():
            texts: dict[str, Any] = json.loads(path.read_text())
            return set(texts["entity"]["sensor"][vocabulary.key]["state"])
    raise AssertionError(f"no texts of {vocabulary.source}")


@pytest.mark.parametrize("vocabulary", LISTED, ids=lambda vocabulary: f"{vocabulary.source} {vocabulary.key}")
def test_every_state_of_an_integration_is_known(vocabulary: Vocabulary) -> None:
    known = {*vocabulary.charging, *vocabulary.idle, *vocabulary.silent}
    # A text that says the same in all integrations may stand for them in a shared list.
    assert {state for state in states(vocabulary) if not state.startswith("[%")} <= known
    assert known <= states(vocabulary)


def test_those_that_say_it_in_words_of_their_own_are_there() -> None:
    assert {vocabulary.source for vocabulary in LISTED} >= {
        "ohme",
        "renault",
        "technove",
        "tesla_wall_connector",
        "volvo",
    }


@pytest.mark.parametrize("vocabulary", VOCABULARIES, ids=lambda vocabulary: f"{vocabulary.source} {vocabulary.key}")
def test_no_source_contradicts_another(vocabulary: Vocabulary) -> None:
    assert not set(vocabulary.charging) & set(vocabulary.idle)
    assert {meaning_of(word) for word in vocabulary.charging} <= {True}
    assert True not in {meaning_of(word) for word in vocabulary.idle}
    assert {meaning_of(word) for word in vocabulary.silent} <= {None}


def test_words_are_compared_without_case_and_with_any_separator() -> None:
    assert meaning_of(" Charging-Reduced ") is meaning_of("charging reduced") is meaning_of("CHARGING_REDUCED") is True
    assert is_known("Boosting")
    assert not is_known("gibberish")
