"""The catalogue: which tariff an agreement is for, its hours on every kind of day, and what owners are told of it."""

from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
import re

from hypothesis import given, strategies as st
import pytest

from custom_components.octopus_powerwall.domain.model import Interval
from custom_components.octopus_powerwall.domain.price import tariffs
from custom_components.octopus_powerwall.domain.price.tariffs import (
    CATALOGUE,
    FLAT,
    SlotPolicy,
    Tariff,
    TariffReason,
    Treatment,
    tariff_of,
)
from custom_components.octopus_powerwall.domain.windows import LONDON, OFF_PEAK
from tests.tariff_sentences import SENTENCES

# The tariffs of the catalogue, each with the product codes that name it.
CODES = {
    # Intelligent Octopus Go, the whole half hour billed cheap.
    "intelligent_go": [
        "INTELLI-22-03-29",
        "INTELLI-VAR-22-10-14",
        "INTELLI-BB-VAR-23-03-01",
        "INTELLI-VAR-24-10-29",
        "INTELLI-VAR-OEV-24-07-17",
        "INTELLI-FIX-12M-25-04-10",
        "INTELLI-FIX-12M-26-06-13",
        "IOG-KDP-VAR-25-04-10",
        "IOG-KDP-FIX-12M-25-04-10",
    ],
    # Intelligent Octopus Go, four rates; any IOG product not known to bill whole slots is taken for one.
    "intelligent_go_capped": [
        "IOG-SMB-TOU-25-12-12",
        "IOG-SMB-VAR-24-10-29",
        "IOG-SMB-FIX-12M-26-09-18",
        "IOG-SMB-FIX-6M-26-03-05",
        "IOG-VAR-27-01-01",
        "IOG-NEW-KDP-27-01-01",
    ],
    # Not Intelligent Octopus Go, although it begins alike.
    "intelligent_flux": [
        "INTELLI-FLUX-IMPORT-23-07-14",
        "INTELLI-FLUX-EXPORT-23-07-14",
        "INTELLI-FLUX-IMPORT-BB-23-07-14",
        "INTELLI-BB-FLUX-IMPORT-23-07-14",
    ],
    # Fixed hours.
    "go": [
        "GO-VAR-22-10-14",
        "GO-FIX-12M-26-04-18",
        "GO-VAR-BB-23-02-07",
    ],
    "cosy": [
        "COSY-22-12-08",
        "COSY-FIX-12M-26-03-23",
    ],
    "aira_zero": [
        "AIRA-ZERO-24-07-01",
    ],
    "flux": [
        "FLUX-IMPORT-23-02-14",
        "FLUX-IMPORT-BB-23-02-14",
    ],
    "snug": [
        "SNUG-24-11-07",
    ],
    # Changing prices.
    "agile": [
        "AGILE-24-10-01",
        "AGILE-18-02-21",
        "AGILE-FLEX-22-11-25",
        "AGILE-FLEX-BB-23-02-08",
    ],
    "tracker": [
        "SILVER-FLEX-22-11-25",
        "SILVER-25-09-02",
    ],
    # The battery is not the owner's to command.
    "tesla": [
        "TESLA-IMPORT-22-01-01",
        "TESLA-EXPORT-22-01-01",
        "OE-TESLA-FIX-12M-22-01-01",
    ],
    "zero": [
        "ZERO-22-05-01",
        "OE-ZERO-FIX-12M-22-05-01",
    ],
    "zero_bills_5": [
        "ZERO-EXPORT-60M-22-05-01",
        "ZERO-EXPORT-60M-22-10-01",
        "INTELLI-ZERO-60M-25-01-27",
    ],
    "zero_bills_10": [
        "ZERO-BILLS-120M-24-10-08",
    ],
    "zero_bills_upgrade": [
        "ZEROBILLS-UPGRADE-60M-25-01-27",
    ],
    # Add-on and export.
    "power_pack": [
        "POWER-PACK-24-02-15",
    ],
    "outgoing": [
        "OUTGOING-VAR-24-10-26",
        "OUTGOING-PRIME-FIX-12M-26-06-23",
    ],
    "outgoing_seg": [
        "OUTGOING-SEG-FIX-12M-20-07-07",
    ],
    "agile_outgoing": [
        "AGILE-OUTGOING-19-05-13",
        "AGILE-OUTGOING-BB-23-02-28",
    ],
    "flux_export": [
        "FLUX-EXPORT-23-02-14",
    ],
    "other_export": [
        "AIRA-SOLAR-EXPORT-EASY-25-01-13",
        "COSY-EXPORT-27-01-01",
    ],
    # Flat, or not known: never cheap.
    "flat": [
        "VAR-22-11-01",
        "OE-FIX-12M-26-04-18",
        "LOYAL-FIX-12M-26-04-18",
        "AIRA-VAR-24-07-01",
        "BULB-CRED-VAR-V1",
        "GO-4H-0030",
        "GO-5H-2030-21-04-01",
        "GO-18-06-12",
        "GOLD-VAR-27-01-01",
        "NET-ZERO-FIX-12M-27-01-01",
        "FIX-ZERO-STANDING-12M-27-01-01",
        "MY-INTELLI-VAR-22-10-14",
        "INTELLIGENT-27-01-01",
        "G-1R-SILVER-25-09-02-H",
    ],
}
BY_CODE = [(code, key) for key, codes in CODES.items() for code in codes]
# How Octopus writes a code elsewhere: as a tariff code of one, two or three rates and a region, and untidily.
FORMS = ("{}", "E-1R-{}-H", "E-2R-{}-C", "E-FLAT2R-{}-P", "  {}\n", "\tE-1R-{}-A ")


@pytest.mark.parametrize("key", CODES)
def test_a_product_code_names_the_tariff_in_whatever_form(key: str) -> None:
    """A code for gas, which begins otherwise, is only known as it is."""
    written = [form.format(code) for code in CODES[key] for form in (FORMS if not code.startswith("G-") else FORMS[:1])]
    found = {text: tariff_of(text).key for each in written for text in (each, each.lower())}
    assert found == dict.fromkeys(found, key)


@pytest.mark.parametrize(
    "code", [None, "", "   ", "-", "E", "E-", "E-1R-", "H", "E-1R-H", "---", "\x00", "E-1R-" * 9999]
)
def test_a_code_that_says_nothing_is_flat(code: str | None) -> None:
    assert tariff_of(code) is FLAT


@pytest.mark.parametrize(
    ("name", "code", "key"),
    [
        # Names of tariffs whose battery belongs to somebody else, beside codes that say nothing.
        ("Octopus Zero", None, "zero"),
        ("OCTOPUS ZERO", "OE-FIX-12M-22-05-01", "zero"),
        ("The Octopus Zero Tariff", "XYZ-1", "zero"),
        ("Zero", "XYZ-1", "zero"),
        ("Octopus Zero Export", "XYZ-1", "zero"),
        ("Zero Bills", "XYZ-1", "zero"),
        ("Octopus Zero\u00a0Bills (5 years)", "XYZ-1", "zero_bills_5"),
        ("Octopus Zero-Bills (10 years)", "XYZ-1", "zero_bills_10"),
        ("Octopus ZeroBills 10 year", "XYZ-1", "zero_bills_10"),
        ("Octopus Zero Bills (Upgrade)", "XYZ-1", "zero_bills_upgrade"),
        ("Octopus Zero Bills Export (5 years)", "ZERO-EXPORT-60M-22-05-01", "zero_bills_5"),
        ("Tesla", "XYZ-1", "tesla"),
        ("Tesla Energy Plan Import", "XYZ-1", "tesla"),
        ("Octopus Tesla", "XYZ-1", "tesla"),
        ("The Tesla tariff", "VAR-22-11-01", "tesla"),
        ("Fixed Tesla Powerwall 12M", "XYZ-1", "tesla"),
        ("Intelligent Octopus Flux Import", "XYZ-1", "intelligent_flux"),
        ("Intelligent  Flux", None, "intelligent_flux"),
        # They hold against a code that says otherwise, since taking the battery would break the contract…
        ("Octopus Zero Bills (10 years)", "INTELLI-VAR-24-10-29", "zero_bills_10"),
        ("Octopus Zero", "GO-VAR-22-10-14", "zero"),
        ("Intelligent Octopus Flux", "INTELLI-VAR-24-10-29", "intelligent_flux"),
        # … but Tesla is also a car.
        ("Tesla Intelligent Octopus Go", "INTELLI-VAR-24-10-29", "intelligent_go"),
        ("Intelligent Octopus Go for Tesla", "IOG-SMB-VAR-24-10-29", "intelligent_go_capped"),
        ("Fixed for Tesla drivers", "XYZ-1", "flat"),
        # A word of the name alone refuses nobody.
        ("Zero standing charge fix", "XYZ-1", "flat"),
        ("Octopus Zero Standing Charge 12M", "XYZ-1", "flat"),
        ("Zero Exit Fees Fixed", "XYZ-1", "flat"),
        ("Octopus 12M Fixed, zero exit fees", "OE-FIX-12M-26-04-18", "flat"),
        ("Octopus Net Zero Fixed", "XYZ-1", "flat"),
        ("Zero Carbon Fix", "XYZ-1", "flat"),
        ("Zeroed", "XYZ-1", "flat"),
        ("Intelligent Octopus Go Zero Exit Fees", "IOG-SMB-VAR-24-10-29", "intelligent_go_capped"),
        ("Aira Zero", "AIRA-ZERO-24-07-01", "aira_zero"),
        ("Aira Zero", "XYZ-1", "flat"),
        # No name makes anything cheap.
        ("Intelligent Octopus Go", "XYZ-1", "flat"),
        ("Octopus Go", "", "flat"),
        ("Cosy Octopus", None, "flat"),
        ("Octopus Flux Import", "FLUX-IMPORT-23-02-14", "flux"),
    ],
)
def test_a_name_can_refuse_but_never_make_cheap(name: str, code: str | None, key: str) -> None:
    assert tariff_of(code, name).key == key


@pytest.mark.parametrize(
    ("code", "name", "key"),
    [
        ("INTELLI-VAR-24-10-29", None, "intelligent_go_capped"),
        ("IOG-KDP-VAR-25-04-10", None, "intelligent_go_capped"),
        ("IOG-SMB-VAR-24-10-29", None, "intelligent_go_capped"),
        ("BRAND-NEW-27-01-01", "Intelligent Octopus Go", "intelligent_go_capped"),
        ("GO-VAR-22-10-14", "Octopus Go", "go"),
        ("INTELLI-FLUX-IMPORT-23-07-14", None, "intelligent_flux"),
        ("BRAND-NEW-27-01-01", "Octopus Zero Bills (Upgrade)", "zero_bills_upgrade"),
        ("BRAND-NEW-27-01-01", "Tesla tariff", "tesla"),
    ],
)
def test_rates_of_its_own_for_the_car_mean_the_charge_cap(code: str, name: str | None, key: str) -> None:
    assert tariff_of(code, name, four_rate=True).key == key


FAMILIES = re.compile(r"intelli|iog|go|cosy|aira|flux|snug|e")


@given(st.text().filter(lambda text: not FAMILIES.match(re.sub(r"[\W_]+", "", text).casefold())), st.text())
def test_law_an_unknown_code_is_never_cheap(code: str, name: str) -> None:
    tariff = tariff_of(code, name)
    assert tariff.cheap == ()
    assert tariff.policy is None


@given(st.one_of(st.none(), st.text()), st.one_of(st.none(), st.text()), st.booleans())
def test_law_any_text_ends_in_the_catalogue(code: str | None, name: str | None, four_rate: bool) -> None:
    assert tariff_of(code, name, four_rate) in CATALOGUE


@given(
    st.sampled_from([code for code, key in BY_CODE if key in {"intelligent_flux", "tesla", "zero", "zero_bills_5"}]),
    st.text(),
    st.booleans(),
)
def test_law_no_name_and_no_rates_free_a_refused_code(code: str, name: str, four_rate: bool) -> None:
    assert tariff_of(code, name, four_rate).is_refused


@given(
    st.sampled_from([code for code, _ in BY_CODE]),
    st.sampled_from(["Octopus Zero", "Octopus Zero Bills (5 years)", "Intelligent Octopus Flux"]),
)
def test_law_no_code_frees_a_refused_name(code: str, name: str) -> None:
    assert tariff_of(code, name).is_refused


def test_every_tariff_can_be_recognised() -> None:
    assert {key for _, key in BY_CODE} == {tariff.key for tariff in CATALOGUE}


def test_the_catalogue_holds_every_tariff_of_the_module_once() -> None:
    standings = {tariffs.ENDED, tariffs.NOT_BEGUN, tariffs.NO_ELECTRICITY}  # without an agreement there is no tariff
    defined = [value for value in vars(tariffs).values() if isinstance(value, Tariff) and value not in standings]
    assert sorted(tariff.key for tariff in CATALOGUE) == sorted(tariff.key for tariff in defined)
    assert len({tariff.key for tariff in CATALOGUE}) == len({tariff.name for tariff in CATALOGUE}) == len(CATALOGUE)


@pytest.mark.parametrize("tariff", CATALOGUE, ids=lambda tariff: tariff.key)
def test_treatment_policy_and_hours_fit_together(tariff: Tariff) -> None:
    assert re.fullmatch(r"[a-z][a-z0-9_]*[a-z0-9]", tariff.key)
    assert (tariff.policy is not None) == tariff.has_slots == (tariff.treatment is Treatment.SLOTS)
    assert bool(tariff.cheap) == (tariff.treatment in {Treatment.SLOTS, Treatment.WINDOWS})
    assert tariff.is_refused == SENTENCES[tariff.reason].startswith("Refused.")
    assert tariff.is_export == (tariff.reason in {TariffReason.EXPORT, TariffReason.ADD_ON})
    if tariff.has_slots:
        assert tariff.cheap == (OFF_PEAK,)


def test_every_reason_is_explained_and_used() -> None:
    named = (*CATALOGUE, tariffs.ENDED, tariffs.NOT_BEGUN, tariffs.NO_ELECTRICITY)
    assert set(SENTENCES) == set(TariffReason) == {tariff.reason for tariff in named}


def test_the_policies_are_called_as_in_the_options() -> None:
    assert {policy.value for policy in SlotPolicy} == {"whole_slot", "confirmed_only"}


ORDINARY = (date(2026, 1, 14), date(2026, 7, 14))
SPRING = (date(2026, 3, 29), date(2027, 3, 28))
AUTUMN = (date(2026, 10, 25), date(2027, 10, 31))
DAYS = ORDINARY + SPRING + AUTUMN

# By the terms: the tariff's hours on the wall, and how long they last on an ordinary, a spring and an autumn day.
HOURS = {
    "intelligent_go": (["23:30-05:30"], (6, 5, 7)),
    "intelligent_go_capped": (["23:30-05:30"], (6, 5, 7)),
    "go": (["00:30-05:30"], (5, 4, 6)),
    "cosy": (["04:00-07:00", "13:00-16:00", "22:00-00:00"], (8, 8, 8)),
    "aira_zero": (["04:00-07:00", "13:00-16:00", "22:00-00:00"], (8, 8, 8)),
    "flux": (["02:00-05:00"], (3, 3, 3)),
    "snug": (["00:30-06:30"], (6, 5, 7)),
}


def local_day(day: date) -> tuple[datetime, datetime]:
    """From one local midday to the next, so that the night between the two dates is whole; in UTC."""
    return (
        datetime.combine(day - timedelta(days=1), time(12), LONDON).astimezone(UTC),
        datetime.combine(day, time(12), LONDON).astimezone(UTC),
    )


def shown(occurrence: Interval) -> str:
    """The occurrence as a clock in London shows it."""
    return f"{occurrence.start.astimezone(LONDON):%H:%M}-{occurrence.end.astimezone(LONDON):%H:%M}"


@pytest.mark.parametrize("tariff", CATALOGUE, ids=lambda tariff: tariff.key)
def test_the_hours_of_every_tariff_on_every_kind_of_day(tariff: Tariff) -> None:
    for day in DAYS:
        check_hours(tariff, day)


def check_hours(tariff: Tariff, day: date) -> None:
    """Compare a tariff's hours on one day with the terms."""
    cheap, (ordinary, spring, autumn) = HOURS.get(tariff.key, ([], (0, 0, 0)))
    first, last = local_day(day)
    found = sorted(each for window in tariff.cheap for each in window.occurrences(first, last))
    assert sorted(shown(each) for each in found) == sorted(cheap)
    expected = spring if day in SPRING else autumn if day in AUTUMN else ordinary
    assert sum((each.length for each in found), timedelta(0)) == timedelta(hours=expected)

    at = first
    while at < last:
        covering = tariff.cheap_window(at)
        assert (covering is not None) == any(at in each for each in found)
        at += timedelta(minutes=15)


def test_the_hours_on_the_night_the_clocks_go_back_in_utc() -> None:
    go = tariff_of("GO-VAR-22-10-14")
    window = go.cheap_window(datetime(2026, 10, 25, 1, 15, tzinfo=UTC))
    assert window == Interval(datetime(2026, 10, 24, 23, 30, tzinfo=UTC), datetime(2026, 10, 25, 5, 30, tzinfo=UTC))


def table() -> str:
    """The catalogue as docs/tariffs.md shows it."""
    rows = [
        "| Tariff | Cheap hours | What this integration does, and why |",
        "|---|---|---|",
    ]
    for tariff in CATALOGUE:
        cheap = ", ".join(map(str, tariff.cheap)) or "none"
        rows.append(f"| {tariff.name} | {cheap} | {SENTENCES[tariff.reason]} |")
    return "\n".join(rows)


def test_the_table_in_the_docs_is_the_catalogue() -> None:
    page = (Path(__file__).parents[2] / "docs" / "tariffs.md").read_text(encoding="utf-8")
    documented = "\n".join(line for line in page.splitlines() if line.startswith("|"))
    assert documented == table()
