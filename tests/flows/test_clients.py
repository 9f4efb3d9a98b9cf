"""The Octopus client is made in one place, for Octopus itself unless a loopback address stands in."""

from homeassistant.core import HomeAssistant
from homeassistant.loader import async_get_integration
import pytest

from custom_components.octopus_powerwall.const import DOMAIN
from custom_components.octopus_powerwall.sources.octopus_client import ApiUrlRefusedError, make_client

KEY = "sk_live_secret"
NUMBER = "A-12345678"
VARIABLE = "OCTOPUS_POWERWALL_API_URL"


@pytest.fixture(autouse=True)
async def loaded(hass: HomeAssistant) -> None:
    await async_get_integration(hass, DOMAIN)


@pytest.mark.parametrize(
    ("value", "url"),
    [
        (None, "https://api.octopus.energy"),
        ("", "https://api.octopus.energy"),
        ("http://127.0.0.1:8124", "http://127.0.0.1:8124"),
        ("http://localhost:8124/", "http://localhost:8124"),
        ("http://[::1]:8124", "http://[::1]:8124"),
    ],
)
async def test_where_it_asks(hass: HomeAssistant, monkeypatch: pytest.MonkeyPatch, value: str | None, url: str) -> None:
    if value is None:
        monkeypatch.delenv(VARIABLE, raising=False)
    else:
        monkeypatch.setenv(VARIABLE, value)
    assert make_client(hass, KEY, NUMBER)._transport._base_url == url


@pytest.mark.parametrize(
    "value", ["https://api.octopus.energy", "http://10.0.0.1", "http://127.0.0.1@example.com", "127.0.0.1:8124"]
)
async def test_any_other_address_is_refused(hass: HomeAssistant, monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv(VARIABLE, value)
    with pytest.raises(ApiUrlRefusedError, match=VARIABLE) as refused:
        make_client(hass, KEY, NUMBER)
    assert refused.value.translation_key == "api_url_refused"
    assert refused.value.translation_placeholders == {"variable": VARIABLE}
    assert value not in str(refused.value)


async def test_a_malformed_number_is_not_repeated(hass: HomeAssistant, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(VARIABLE, raising=False)
    with pytest.raises(ValueError, match="A-12A34A99") as refused:
        make_client(hass, KEY, "secret-number")
    assert "secret" not in str(refused.value)
