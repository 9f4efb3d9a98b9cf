"""Tesla's cloud misbehaves when the reserve is written: it is put back all the same (facts/powerwall.md 2.2)."""

from itertools import pairwise

import pytest

from tests.simulators.tesla.behaviours import Behaviour, BodyError, Dropped, Hang, HttpError, Ignored, Lag, Snap

from .house import House
from .trouble import activities, memory, repairs

pytestmark = [
    pytest.mark.freeze_time("2026-11-18 12:20:00+00:00"),
    pytest.mark.usefixtures("seldom_looked_at", "seldom_polled"),
]


async def test_success_that_is_ignored_is_repeated_at_3_8_and_20_minutes(house: House) -> None:
    """Tesla says "Updated" and does nothing: three more tries, then the owner is told; nothing to restore is left."""
    house.plan("12:30", "13:00")
    await house.move_in()
    told = activities(house)
    house.tesla.misbehave(Ignored(), times=4)
    await house.until("12:59:30")
    assert house.told == [("12:30:00", 100), ("12:33:00", 100), ("12:38:00", 100), ("12:50:00", 100)]
    assert (house.status, house.reason) == ("waiting", "write_refused")
    assert "not_obeying" in told
    assert "overridden" not in told
    assert "not_obeying" in repairs(house)
    await house.until("13:20")
    assert house.reserve == 20
    assert house.writes[4:] == [20, 20, 20], "nothing has shown that 100 never stood"
    assert house.status == "idle"
    assert repairs(house) == set()


async def test_ignored_restore_is_repeated_without_end_ever_more_slowly(house: House) -> None:
    """Tesla keeps saying "Updated" for hours: the waits grow to half an hour, and the owner is told after ten min."""
    house.plan("12:30", "13:00")
    await house.move_in()
    told = activities(house)
    await house.until("12:59")
    rule = house.tesla.misbehave(Ignored())
    await house.until("13:09:30")
    assert "restore_failed" not in repairs(house)
    await house.until("13:10:30")
    assert "restore_failed" in repairs(house)
    assert "restore_failed" in told
    assert house.status == "restore_failed"
    await house.until("16:00")
    times = [at for at, value in house.told if value == 20]
    assert times[:4] == ["13:00:00", "13:03:00", "13:08:00", "13:20:00"]
    minutes = [int(at[:2]) * 60 + int(at[3:5]) for at in times]
    waits = [later - sooner for sooner, later in pairwise(minutes[3:])]
    assert waits == sorted(waits)
    assert waits[-1] == 30
    assert told.count("restore_failed") == 1, "the echo of each try is not the reserve back"
    house.tesla.behave(rule)
    await house.until("16:40")
    assert house.reserve == 20
    assert house.status == "idle"
    assert repairs(house) == set()
    assert told[-1] == "reserve_restored"


@pytest.mark.parametrize(
    "behaviour",
    [
        HttpError(500, applied=True),
        HttpError(504, applied=True, json=False),
        Dropped(applied=True),
        BodyError(applied=True),
        Hang(lands_after_s=0),
        Hang(lands_after_s=30),
    ],
    ids=["500", "html_504", "dropped", "error_in_body", "hang_landed", "hang_lands"],
)
async def test_failure_that_was_applied_is_confirmed_by_a_read(house: House, behaviour: Behaviour) -> None:
    """Tesla says no and does it: no second raise, and a restore is sent until a call was taken."""
    house.plan("12:30", "13:00")
    await house.move_in()
    told = activities(house)
    house.tesla.misbehave(behaviour, times=1)
    await house.until("12:59")
    house.tesla.misbehave(behaviour, times=1)
    await house.until("13:20")
    assert house.told[:2] == [("12:30:00", 100), ("13:00:00", 20)]
    assert [value for _, value in house.told[2:]] == ([] if isinstance(behaviour, BodyError) else [20])
    assert house.reserve == 20
    assert "overridden" not in told
    assert memory(house).watch is None
    assert house.status == "idle"
    assert repairs(house) == set()


@pytest.mark.parametrize(
    "behaviour",
    [
        HttpError(400),
        HttpError(403),
        HttpError(404),
        HttpError(408),
        HttpError(410),
        HttpError(429, retry_after_s=600),
        HttpError(500),
        HttpError(503, json=False),
        HttpError(520),
        Dropped(),
    ],
    ids=lambda behaviour: str(getattr(behaviour, "status", "dropped")),
)
async def test_failure_that_was_not_applied_is_repeated_after_1_3_and_10_minutes(
    house: House, behaviour: Behaviour
) -> None:
    """Tesla says no and means it, up and down."""
    house.plan("12:30", "13:00")
    await house.move_in()
    house.tesla.misbehave(behaviour, times=3)
    await house.until("12:59")
    assert [at for at, _ in house.told] == ["12:30:00", "12:31:00", "12:33:00", "12:40:00"]
    assert house.reserve == 100
    house.tesla.misbehave(behaviour, times=3)
    await house.until("13:20")
    assert [at for at, value in house.told if value == 20] == ["13:00:00", "13:01:00", "13:03:00", "13:10:00"]
    assert house.reserve == 20
    assert house.status == "idle"
    assert repairs(house) == set()


@pytest.mark.usefixtures("as_often_as_usual")
async def test_ninety_seconds_of_cloud_lag_cost_no_write_and_are_no_override(house: House) -> None:
    """Old values are shown for a poll or two after each write: exactly two writes."""
    house.tesla.site.lag = Lag(shown_after_s=90, acts_after_s=90)
    house.plan("12:30", "13:00")
    await house.move_in()
    told = activities(house)
    await house.until("13:20")
    assert house.told == [("12:30:00", 100), ("13:00:00", 20)]
    assert told == ["reserve_raised", "reserve_restored"]
    assert house.reserve == 20
    assert repairs(house) == set()


async def test_hundred_that_becomes_eighty_is_told_and_restored(house: House) -> None:
    """Tesla makes 80 of 100: no override; reported, and put back at the end."""
    house.tesla.site.snap = Snap(hundred=True)
    house.plan("12:30", "13:00")
    await house.move_in()
    told = activities(house)
    await house.until("12:35")
    assert house.reserve == 80
    assert "not_obeying" in repairs(house)
    await house.until("13:10")
    assert house.told == [("12:30:00", 100), ("13:00:00", 20)]
    assert "overridden" not in told
    assert house.reserve == 20
    assert repairs(house) == set()


async def test_hundred_that_becomes_eighty_later(house: House) -> None:
    """The snap comes a quarter of an hour later: still ours."""
    house.tesla.site.snap = Snap(hundred=True, after_s=900)
    house.plan("12:30", "13:00")
    await house.move_in()
    told = activities(house)
    await house.until("12:50")
    assert house.reserve == 80
    assert "not_obeying" in repairs(house)
    await house.until("13:10")
    assert "overridden" not in told
    assert house.told == [("12:30:00", 100), ("13:00:00", 20)]
    assert house.reserve == 20


@pytest.mark.usefixtures("as_often_as_usual")
async def test_hung_write_that_lands_after_its_restore_is_undone(house: House) -> None:
    """A call hangs for 60 s, a second one works; the first lands five minutes after the restore."""
    house.plan("12:30", "13:00")
    await house.move_in()
    house.tesla.misbehave(Hang(lands_after_s=35 * 60 + 30), times=1)
    await house.until("12:30:59")
    assert memory(house).attempt is not None
    assert memory(house).attempt.in_flight
    await house.until("12:31:01")
    assert not memory(house).attempt.in_flight
    await house.until("13:05:29")
    assert house.told == [("12:30:00", 100), ("12:31:30", 100), ("13:00:00", 20)]
    assert house.reserve == 20
    await house.until("13:05:31")
    assert house.reserve == 100
    await house.until("13:10")
    assert house.told[3:] == [("13:06:00", 20)]
    assert house.reserve == 20
    await house.until("13:30")
    assert house.status == "idle"
    assert repairs(house) == set()


async def test_hung_restore_does_not_stop_the_next(house: House) -> None:
    """The restore hangs for good: after 60 s it is given up, and once a read shows the old value it goes out again."""
    house.plan("12:30", "13:00")
    await house.move_in()
    await house.until("12:59")
    house.tesla.misbehave(Hang(), times=2)
    await house.until("13:10")
    assert [at for at, value in house.told if value == 20] == ["13:00:00", "13:02:00", "13:04:00"]
    assert house.reserve == 20
    assert house.status == "idle"


async def test_owner_may_set_one_of_our_values_after_a_restore(house: House) -> None:
    """After an ordinary hold nothing may land late: 100 set by the owner stays."""
    house.plan("12:30", "13:00")
    await house.move_in()
    await house.until("13:05")
    house.tesla.site.set_in_app(reserve_pct=100)
    await house.until("13:30")
    assert house.writes == [100, 20]
    assert house.reserve == 100


async def test_a_refused_write_is_logged_in_teslas_own_words(house: House, caplog: pytest.LogCaptureFixture) -> None:
    """What Tesla's integration says is what helps the owner, and whoever they ask."""
    house.plan("12:30", "13:00")
    await house.move_in()
    await house.until("12:29:30")
    house.tesla.misbehave(HttpError(412), times=1)
    await house.until("12:30:30")
    (said,) = (record.getMessage() for record in caplog.records if "could not be set to 100" in record.getMessage())
    assert said.endswith("(HomeAssistantError) Command failed: A condition has not been met to process the request.")
