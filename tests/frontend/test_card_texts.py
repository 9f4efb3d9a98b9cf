"""Every text of the card and the dashboard is asked for, and what is asked for is there, with its placeholders."""

import json
import re
import string

from custom_components.octopus_powerwall.domain.reserve.situation import Problem
from custom_components.octopus_powerwall.frontend.resource import FOLDER, MODULES

COMMON: dict[str, str] = json.loads((FOLDER.parent / "translations" / "en.json").read_text(encoding="utf-8"))["common"]
TEXTS = {key: text for key, text in COMMON.items() if key.startswith(("card_", "dashboard_"))}
SCRIPTS = {name: (FOLDER / name).read_text(encoding="utf-8") for name in MODULES}
PYTHON = "\n".join(
    path.read_text(encoding="utf-8") for path in (*FOLDER.glob("*.py"), FOLDER.parent / "domain" / "picture.py")
)
# What is wrong with the battery is said with its values; what is wrong with the account, Repairs says.
WORDED = (Problem.RESTORE_FAILED, Problem.NOT_OBEYING)
# What a sentence's values are called where they are filled in.
GIVEN = {
    "card_action_skip": {"start", "end"},
    "card_back": {"baseline"},
    "card_back_now": {"baseline"},
    "card_do_restore_failed": {"baseline"},
    "card_label_ahead": {"money"},
    "card_label_charged": {"energy"},
    "card_label_kept": {"energy"},
    "card_label_lost": {"money"},
    "card_label_saved": {"money"},
    "card_label_span": {"start", "end", "what"},
    "card_next_charge": {"start", "end", "target"},
    "card_next_perhaps": {"start", "end"},
    "card_next_preserve": {"start", "end"},
    "card_next_unconfirmed": {"start", "end", "target"},
    "card_not_heard": {"since"},
    "card_overridden": {"reserve", "until"},
    "card_problem_restore_failed": {"baseline", "reserve"},
    "card_reason": {"reason"},
    "card_status": {"status"},
    "card_status_until": {"status", "until"},
}


def asked_for() -> set[str]:
    """The keys that Python's sentences and the scripts name."""
    keys = set(re.findall(r'"(card_[a-z_]+)"', PYTHON))
    keys |= {f"card_{kind}_{problem}" for kind in ("problem", "do") for problem in WORDED}
    for script in SCRIPTS.values():
        keys |= set(re.findall(r"\b((?:card|dashboard)_[a-z_]+)\b", script))
        keys |= {f"card_label_{name}" for name in re.findall(r"\b(?:label|day\.texts)\.(\w+)", script)}
        for names in re.findall(r"const \{ ([\w, ]+) \} = day\.texts", script):
            keys |= {f"card_label_{name}" for name in names.split(", ")}
    keys |= {f"dashboard_{name}" for name in re.findall(r'\btext\("(\w+)"\)', SCRIPTS["strategy.js"])}
    return keys


def test_every_text_is_used_and_there() -> None:
    assert asked_for() == set(TEXTS)


def test_placeholders() -> None:
    found = {
        key: names
        for key, text in TEXTS.items()
        if (names := {name for _, name, _, _ in string.Formatter().parse(text) if name})
    }
    assert found == GIVEN


def test_no_prose_in_the_scripts() -> None:
    """Words of more than one stand in the translations; the product's name is a name."""
    for name, script in SCRIPTS.items():
        code = re.sub(r"(?m)^\s*(//|/\*\*).*$", "", script)
        if name == "style.js":
            continue
        for quoted in re.findall(r'"([A-Z][a-z]+ [a-z]?[^"]*)"', code):
            assert quoted == "Octopus Powerwall", f"{name}: {quoted}"
