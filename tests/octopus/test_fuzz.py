"""Whatever JSON, bytes and status codes Octopus may send: only ``OctopusError`` escapes, and the rest is bounded."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
import json
from types import SimpleNamespace
from typing import Any, cast

import aiohttp
from hypothesis import given, settings, strategies as st

from custom_components.octopus_powerwall.domain.model import Account, Poll
from custom_components.octopus_powerwall.octopus import OctopusClient, OctopusError, agreements, parse, scalars
from custom_components.octopus_powerwall.octopus.reply import read_faults

from .server import ACCOUNT, CAR, KEY, SLOT, WALLBOX, agreement, device, jwt, meter_point

NOW = datetime(2026, 9, 12, 19, 0, tzinfo=UTC)

SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=20)
    | st.datetimes(timezones=st.timezones() | st.none()).map(datetime.isoformat)
    | st.sampled_from(["SMART", "BOOST", "LIVE", "SmartFlexVehicle", "ELECTRIC_VEHICLES", "IMPORT", "KT-CT-1111", CAR])
)
WORDS = """
    start end type energyAddedKwh delta meta source location __typename id status deviceType isSuspended provider
    activePower value timestamp current every meterPoint tariff direction agreements validFrom validTo productCode
    tariffCode properties electricity_meter_points tariff_code valid_from moved_out_at extensions errorCode path
"""
KEYS = st.sampled_from(WORDS.split())
JSON: st.SearchStrategy[Any] = st.recursive(
    SCALARS,
    lambda children: st.lists(children, max_size=6) | st.dictionaries(KEYS | st.text(max_size=5), children, max_size=8),
    max_leaves=25,
)


def mutated(sound: Any) -> st.SearchStrategy[Any]:
    """A sound value with some parts replaced by anything."""
    whole: st.SearchStrategy[Any]
    match sound:
        case dict():
            whole = st.fixed_dictionaries({key: mutated(value) for key, value in sound.items()})
        case list():
            whole = st.tuples(*[mutated(value) for value in sound]).map(list)
        case _:
            whole = st.just(sound)
    return st.one_of(whole, whole, whole, whole, whole, JSON)


ACCOUNT_DATA = {"current": [meter_point(agreement("INTELLI-VAR-22-10-14"))], "every": []}
DATA = {
    "devices": [device(), device(WALLBOX, status={"activePower": {"value": 7.2, "timestamp": "2026-09-12T18:59:00Z"}})],
    "plan0": [SLOT, SLOT],
    "plan1": [SLOT],
    "completedDispatches": [{"start": SLOT["start"], "end": SLOT["end"], "delta": "-1", "meta": {"source": None}}],
    "account": ACCOUNT_DATA,
    "obtainKrakenToken": {"token": jwt(NOW), "refreshToken": "refresh", "refreshExpiresIn": 1},
}
ERRORS = [{"message": "No.", "path": ["plan0"], "extensions": {"errorCode": "KT-CT-4340"}}]


@settings(max_examples=200, deadline=None)
@given(JSON)
def test_the_scalars_take_anything(value: Any) -> None:
    for read in (scalars.as_object, scalars.as_text, scalars.as_time):
        read(value)
    number = scalars.as_number(value, 1000)
    assert number is None or abs(number) <= 1000


@settings(max_examples=300, deadline=None)
@given(JSON | mutated(DATA["devices"]) | mutated(DATA["plan0"]) | mutated(DATA["completedDispatches"]))
def test_the_row_parsers_take_anything(value: Any) -> None:
    for read in (parse.read_devices, parse.read_planned_dispatches, parse.read_completed_dispatches):
        found = read(value)
        if isinstance(value, list):
            assert found is not None
            assert len(found.rows) + found.skipped <= len(value)
        else:
            assert found is None
    parse.read_homes_of_devices(value)
    for planned in (parse.read_planned_dispatches(value) or parse.Rows(())).rows:
        assert planned.start < planned.end
        assert planned.start.tzinfo is UTC
        assert planned.energy_kwh is None or 0 <= planned.energy_kwh <= 1000


@settings(max_examples=300, deadline=None)
@given(mutated(ACCOUNT_DATA), JSON, JSON)
def test_the_account_parsers_take_anything(account: Any, properties: Any, errors: Any) -> None:
    read = agreements.read_import_agreements(account, NOW) if isinstance(account, dict) else None
    rows = agreements.assign_homes(read.agreements.rows if read else (), {"properties": properties})
    agreements.read_homes({"properties": properties}, NOW)
    for found in rows:
        assert found.valid_to is None or found.valid_from < found.valid_to
    read_faults(errors)


class FakeSession:
    """Answers every request with the next of some prepared answers, again and again."""

    def __init__(self, answers: list[tuple[int, bytes, str]]) -> None:
        self._answers = answers
        self.requests = 0

    @asynccontextmanager
    async def request(self, *_: Any, **__: Any) -> AsyncGenerator[Any]:
        status, body, date = self._answers[self.requests % len(self._answers)]
        self.requests += 1

        async def iter_chunked(size: int) -> AsyncGenerator[bytes]:
            for at in range(0, len(body), size):
                yield body[at : at + size]

        yield SimpleNamespace(
            status=status,
            headers={"Date": date},
            content=SimpleNamespace(iter_chunked=iter_chunked),
            close=lambda: None,
        )


def payload(data: Any, errors: Any) -> bytes:
    return json.dumps({"data": data, "errors": errors}).encode()


ANSWERS = st.tuples(
    st.sampled_from([200, 200, 200, 200, 200, 301, 400, 401, 403, 404, 429, 500]),
    st.builds(payload, mutated(DATA), st.just([]) | mutated(ERRORS))
    | JSON.map(lambda value: json.dumps(value).encode())
    | st.binary(max_size=50),
    st.sampled_from(["Sat, 12 Sep 2026 19:00:00 GMT", "Mon, 01 Jan 0001 00:00:00 +1400", ""]) | st.text(max_size=30),
)


@settings(max_examples=300, deadline=None)
@given(st.lists(ANSWERS, min_size=1, max_size=5))
async def test_a_client_takes_anything(answers: list[tuple[int, bytes, str]]) -> None:
    session = FakeSession([(200, payload(DATA, []), ""), *answers])
    client = OctopusClient(cast(aiohttp.ClientSession, session), KEY, ACCOUNT, now=lambda: NOW, user_agent="x")
    for _ in range(3):
        try:
            poll = await client.async_poll()
            account = await client.async_account()
        except OctopusError:
            continue
        assert isinstance(poll, Poll)
        assert isinstance(account, Account)
    # At most: a token, a poll twice, further plans twice with a token each, the account twice, REST and 4 products.
    assert session.requests <= 3 * 16
