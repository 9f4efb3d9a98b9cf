"""Talks to the running Home Assistant as a browser does: log-in, config flow, actions, and what happens."""

import asyncio
from collections.abc import Callable
import contextlib
from itertools import count
from typing import Any, Self

import aiohttp

from .hass_process import HassError, HassProcess

DOMAIN = "octopus_powerwall"
_BOOT_S = 180.0
_ANSWER_S = 75.0


class ActionError(HassError):
    """Home Assistant refused an action, with its sentence."""


class HassApi:
    """One logged-in connection. ``async with await HassApi.connect(...)`` closes it."""

    def __init__(self, url: str, session: aiohttp.ClientSession, token: str, socket: aiohttp.ClientWebSocketResponse):
        self.url = url
        self._session = session
        self._token = token
        self._socket = socket
        self._ids = count(1)
        self._waiting: dict[int, asyncio.Future[Any]] = {}
        self._hearing: dict[int, Callable[[dict[str, Any]], None]] = {}
        self._reader = asyncio.create_task(self._read())

    @classmethod
    async def connect(cls, url: str, process: HassProcess) -> Self:
        """Wait until Home Assistant has started, and log in; raises ``HassError`` if it does not."""
        session = aiohttp.ClientSession()
        try:
            async with asyncio.timeout(_BOOT_S):
                await _until_served(session, url, process)
                token = await _log_in(session, url)
                socket = await _open_socket(session, url, token)
            return cls(url, session, token, socket)
        except TimeoutError:
            await session.close()
            raise HassError(f"Home Assistant did not start in {_BOOT_S:.0f} s") from None
        except BaseException:
            await session.close()
            raise

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        self._reader.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._reader
        await self._socket.close()
        await self._session.close()

    async def ask(self, kind: str, **arguments: Any) -> Any:
        """Send a command and wait for its result; raises ``ActionError`` with Home Assistant's sentence."""
        number, answer = next(self._ids), asyncio.get_running_loop().create_future()
        self._waiting[number] = answer
        await self._socket.send_json({"id": number, "type": kind, **arguments})
        async with asyncio.timeout(_ANSWER_S):
            return await answer

    async def hear(self, event_type: str, heard: Callable[[dict[str, Any]], None]) -> None:
        """Call back with the data of every event of a type."""
        number, answer = next(self._ids), asyncio.get_running_loop().create_future()
        self._waiting[number], self._hearing[number] = answer, heard
        await self._socket.send_json({"id": number, "type": "subscribe_events", "event_type": event_type})
        await answer

    async def act(self, domain: str, action: str, *, entity_id: str | None = None, **data: Any) -> None:
        """Run an action and wait for its end."""
        target = {"target": {"entity_id": entity_id}} if entity_id else {}
        await self.ask("call_service", domain=domain, service=action, service_data=data, **target)

    async def states(self) -> dict[str, dict[str, Any]]:
        """Every state by entity id."""
        return {state["entity_id"]: state for state in await self.ask("get_states")}

    async def our_entities(self) -> dict[str, str]:
        """The entity ids of the integration by key (``status`` and so on)."""
        found = await self.ask("config/entity_registry/list")
        return {
            entry["translation_key"]: entry["entity_id"]
            for entry in found
            if entry["platform"] == DOMAIN and entry["disabled_by"] is None
        }

    async def our_repairs(self) -> list[str]:
        """The repair issues that the integration shows."""
        issues = (await self.ask("repairs/list_issues"))["issues"]
        return [issue["translation_key"] for issue in issues if issue["domain"] == DOMAIN]

    async def flow(self, path: str, *, kind: str = "flow", **body: Any) -> dict[str, Any]:
        """Open a config flow (``kind`` "options/flow": an options flow), or answer its form."""
        headers = {"Authorization": f"Bearer {self._token}"}
        url = f"{self.url}/api/config/config_entries/{kind}{path}"
        async with self._session.post(url, json=body, headers=headers) as response:
            if response.status != 200:
                raise HassError(f"the config flow answered {response.status}: {await response.text()}")
            found: dict[str, Any] = await response.json()
            return found

    async def _read(self) -> None:
        async for message in self._socket:
            data = message.json()
            number = data.get("id", 0)
            if data["type"] == "event" and number in self._hearing:
                self._hearing[number](data["event"]["data"])
            elif data["type"] == "result" and (waiting := self._waiting.pop(number, None)) is not None:
                if waiting.done():
                    continue
                if data["success"]:
                    waiting.set_result(data["result"])
                else:
                    waiting.set_exception(ActionError(data["error"]["message"]))


class SetUp:
    """The integration's config flow, filled in as a new owner would."""

    def __init__(self, api: HassApi, flow: dict[str, Any]) -> None:
        self._api = api
        self._flow = flow

    @classmethod
    async def begin(cls, api: HassApi, *, api_key: str, account_number: str) -> Self:
        """Open the flow and give it key and account; raises ``HassError`` where they are refused."""
        flow = await api.flow("", handler=DOMAIN)
        flow = await api.flow(f"/{flow['flow_id']}", api_key=api_key, account_number=account_number)
        if flow.get("errors"):
            raise HassError(f"the config flow refused the account: {flow['errors']}")
        return cls(api, flow)

    async def finish(self, charging_entity: str | None) -> str:
        """Pick the proposed Powerwall, and the charger's entity where it is asked for; returns the entry's id."""
        while self._flow["type"] == "form":
            answer: dict[str, Any] = {}
            match self._flow["step_id"]:
                case "powerwall":
                    answer["powerwall"] = _proposed(self._flow, "powerwall")
                case "car_guard":
                    answer["car_guard"] = "preserve_charge"
                case "charger" if charging_entity is not None:
                    answer["charging_entity"] = charging_entity
            self._flow = await self._api.flow(f"/{self._flow['flow_id']}", **answer)
            if self._flow.get("errors"):
                raise HassError(f"the config flow refused {answer}: {self._flow['errors']}")
        if self._flow["type"] != "create_entry":
            raise HassError(f"the config flow ended with {self._flow.get('reason', self._flow['type'])}")
        if self._flow["result"]["state"] != "loaded":
            raise HassError(f"the new entry is in the state {self._flow['result']['state']}, see Home Assistant's log")
        entry_id: str = self._flow["result"]["entry_id"]
        return entry_id


async def keep_edges(api: HassApi, entry_id: str) -> None:
    """Have slots held from edge to edge, as Octopus lists them: a story of two minutes has no half hours."""
    options = await api.flow("", kind="options/flow", handler=entry_id)
    await api.flow(f"/{options['flow_id']}", kind="options/flow", whole_half_hours="off")


def _proposed(flow: dict[str, Any], name: str) -> str:
    """What a form has filled in for a field, or else the first thing it offers."""
    field = next(field for field in flow["data_schema"] if field["name"] == name)
    proposed = field.get("description", {}).get("suggested_value") or field.get("default")
    if proposed is None:
        option = field["selector"]["select"]["options"][0]
        proposed = option if isinstance(option, str) else option["value"]
    return str(proposed)


async def _until_served(session: aiohttp.ClientSession, url: str, process: HassProcess) -> None:
    while True:
        process.check_alive()
        with contextlib.suppress(aiohttp.ClientError):
            async with session.get(url + "/manifest.json") as response:
                if response.status == 200:
                    return
        await asyncio.sleep(0.1)


async def _open_socket(session: aiohttp.ClientSession, url: str, token: str) -> aiohttp.ClientWebSocketResponse:
    socket = await session.ws_connect(url + "/api/websocket", max_msg_size=0)
    await socket.receive_json()
    await socket.send_json({"type": "auth", "access_token": token})
    answer = await socket.receive_json()
    if answer["type"] != "auth_ok":
        raise HassError(f"Home Assistant did not let the demo in: {answer}")
    return socket


async def _log_in(session: aiohttp.ClientSession, url: str) -> str:
    client = url + "/"
    body = {"client_id": client, "handler": ["trusted_networks", None], "redirect_uri": client}
    async with session.post(url + "/auth/login_flow", json=body) as response:
        flow = await response.json()
    if flow.get("type") != "create_entry":
        raise HassError(f"Home Assistant did not let the demo log in: {flow}")
    form = {"grant_type": "authorization_code", "code": flow["result"], "client_id": client}
    async with session.post(url + "/auth/token", data=form) as response:
        token: str = (await response.json())["access_token"]
    return token
