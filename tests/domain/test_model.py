"""The shared values: what they work out by themselves."""

import pytest

from custom_components.octopus_powerwall.domain.model import Account, Agreement

from .story import LEGACY, at


def read_of(*rates: bool | None, code: str = LEGACY) -> Account:
    return Account(at("12:00"), tuple(Agreement(code, at("00:00"), four_rate=rate) for rate in rates))


@pytest.mark.parametrize(
    ("read", "earlier", "expect"),
    [
        (read_of(None), read_of(True), True),
        (read_of(None), read_of(False), False),
        (read_of(None), read_of(True, None), True),
        (read_of(None), read_of(True, code="INTELLI-FIX-12M-25-04-10"), None),
        (read_of(None), None, None),
        (read_of(False), read_of(True), False),
        (read_of(True), read_of(False), True),
    ],
)
def test_rates_that_could_not_be_asked_for_are_those_known(
    read: Account, earlier: Account | None, expect: bool | None
) -> None:
    known = read.with_known_from(earlier)
    assert [agreement.four_rate for agreement in known.agreements] == [expect]
    assert known.with_known_from(earlier) is known
