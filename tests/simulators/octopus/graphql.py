"""Executes real GraphQL on the world with graphql-core: authorisation, limits, resolvers, faults."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
import json
from typing import Any

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    GraphQLResolveInfo,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionSetNode,
    execute_sync,
    parse,
    validate,
    value_from_ast_untyped,
)

from .account import Account
from .device import ABOUT, Device
from .errors import KrakenError, whole_request_error
from .faults import MINT, PLANNED, Fault, FaultKind
from .malformed import RootAnswer, bend, patch_slots
from .rows import Slot, energy_text, written
from .schema import SCHEMA, schema_without
from .tokens import TokenOffice
from .traffic import Window
from .world import User, World

MAX_COMPLEXITY = 200
_FIELD_COST = {PLANNED: 3}
type Info = GraphQLResolveInfo[Any]


@dataclass(frozen=True, slots=True)
class RootField:
    """A root field of a query: the key of its answer, its name, what it is asked with, its rows' keys."""

    key: str
    name: str
    arguments: Mapping[str, Any]
    row_keys: Mapping[str, str]

    @property
    def device_id(self) -> str | None:
        """The device that it is about."""
        device_id = self.arguments.get("deviceId")
        return device_id if isinstance(device_id, str) else None


@dataclass(slots=True)
class Query:
    """A parsed and valid request, measured before it runs.

    ``complexity`` is our reading of Octopus' points, whose formula is not public: one for every field at any depth,
    except that a plan costs 3 with all that is in it (facts/octopus.md 2.1).
    """

    document: DocumentNode
    variables: dict[str, Any]
    operation_name: str | None
    roots: list[RootField] = field(default_factory=list)
    names: set[str] = field(default_factory=set)
    complexity: int = 0

    @property
    def operations(self) -> tuple[str, ...]:
        """The operation's name, if it has one, else its kind."""
        operation = self._operation
        return (operation.name.value if operation.name else operation.operation.value,)

    @property
    def _operation(self) -> OperationDefinitionNode:
        found = [node for node in self.document.definitions if isinstance(node, OperationDefinitionNode)]
        named = [node for node in found if node.name and node.name.value == self.operation_name]
        return (named or found)[0]

    def measure(self) -> None:
        """Fill in roots, names and complexity from the document."""
        fragments = {
            node.name.value: node for node in self.document.definitions if isinstance(node, FragmentDefinitionNode)
        }
        for node in _fields(self._operation.selection_set, fragments):
            arguments = {
                argument.name.value: value_from_ast_untyped(argument.value, self.variables)
                for argument in node.arguments or ()
            }
            row_keys = {child.name.value: _key(child) for child in _fields(node.selection_set, fragments)}
            self.roots.append(RootField(_key(node), node.name.value, arguments, row_keys))
            self.complexity += self._cost(node, fragments)

    def _cost(self, node: FieldNode, fragments: Mapping[str, FragmentDefinitionNode]) -> int:
        self.names.add(node.name.value)
        inner = sum(self._cost(child, fragments) for child in _fields(node.selection_set, fragments))
        return _FIELD_COST.get(node.name.value, 1 + inner)


@dataclass(slots=True)
class Answer:
    """What goes back: HTTP status, body, and the error codes in it."""

    status: int
    body: dict[str, Any]

    @property
    def codes(self) -> tuple[str, ...]:
        """Octopus' codes, or ``invalid`` for an error that has none."""
        return tuple(error.get("extensions", {}).get("errorCode", "invalid") for error in self.body.get("errors", ()))


def read_query(body: Any, gone: frozenset[str] = frozenset()) -> Query | Answer:
    """Parse and validate a request's JSON; what Octopus would refuse comes back as its HTTP 400 answer.

    ``gone`` are the fields that have left the schema.
    """
    if not isinstance(body, dict) or not isinstance(body.get("query"), str):
        return Answer(400, {"errors": [{"message": "Must provide query string."}]})
    variables = body.get("variables") or {}
    if not isinstance(variables, dict):
        return Answer(400, {"errors": [{"message": "Variables are invalid JSON."}]})
    read = _document(body["query"], gone)
    if not isinstance(read, DocumentNode):
        return Answer(400, {"errors": [dict(error.formatted) for error in read]})
    query = Query(read, variables, body.get("operationName"))
    query.measure()
    return query


@lru_cache(maxsize=64)
def _document(text: str, gone: frozenset[str] = frozenset()) -> DocumentNode | tuple[GraphQLError, ...]:
    """A query parsed and validated, once for all polls that repeat it; or its errors."""
    try:
        document = parse(text)
    except GraphQLError as error:
        return (error,)
    return tuple(validate(schema_without(SCHEMA, gone), document)) or document


@dataclass(slots=True)
class Endpoint:
    """The GraphQL endpoint: one ``run`` per request. ``now`` is true time; Octopus' own clock is the tokens' affair."""

    world: World
    tokens: TokenOffice
    now: Callable[[], datetime]
    planned_limit: Window
    points_limit: Window
    # By the document's id, operation and variables: the document, which must live as long as its id is a key; what was
    # found; the answer.
    _last: dict[tuple[int, str | None, str], tuple[DocumentNode, str, str]] = field(default_factory=dict)

    def run(self, query: Query, authorization: str | None, faults: list[Fault]) -> Answer:
        """Answer a query; the world must be settled to now."""
        if query.complexity > MAX_COMPLEXITY:
            return Answer(200, whole_request_error("KT-CT-1188"))
        if refused := _repeated(query, faults):
            return Answer(200, {"errors": [{"message": refused}]})
        execution = _Execution(self, self.now(), authorization, faults, query.complexity)
        answer = self._execute(query, execution)
        if answer.status == 200 and isinstance(data := answer.body.get("data"), dict):
            execution.bend(data, query)
        return answer

    def _execute(self, query: Query, execution: _Execution) -> Answer:
        """Execute a query, unless it finds what it found last time, as most polls do: that is answered alike."""
        found = execution.find(query)
        if found is None:
            return _execute(query, execution.resolvers(), execution.middleware())
        question = (id(query.document), query.operation_name, repr(query.variables))
        values = repr(found)
        _, known_values, known = self._last.get(question, (None, "", ""))
        if values == known_values:
            return Answer(200, json.loads(known))
        answer = _execute(query, {root.name: _telling(found) for root in query.roots}, None)
        if answer.status == 200 and "errors" not in answer.body:
            self._last[question] = query.document, values, json.dumps(answer.body)
        return answer


def _execute(query: Query, roots: Mapping[str, Any], middleware: tuple[Callable[..., Any]] | None) -> Answer:
    result = execute_sync(
        SCHEMA,
        query.document,
        roots,
        variable_values=query.variables,
        operation_name=query.operation_name,
        middleware=middleware,
    )
    refused = result.data is None and any(not error.path for error in result.errors or ())
    return Answer(400 if refused else 200, dict(result.formatted))


def _telling(found: Mapping[str, Any]) -> Callable[..., Any]:
    """Return a resolver that tells, or raises, what was found under a field's key."""

    def tell(info: Info, **_: Any) -> Any:
        value = found[str(info.path.key)]
        if isinstance(value, KrakenError):
            raise value
        return value

    return tell


@dataclass(slots=True)
class _Execution:
    """One running query."""

    endpoint: Endpoint
    at: datetime
    authorization: str | None
    faults: list[Fault]
    points: int
    listed: dict[str, list[Slot]] = field(default_factory=dict)
    charged: bool = False

    def finders(self) -> dict[str, Callable[..., Any]]:
        """What finds the value of each root field of queries and mutations, by the field's key and arguments."""
        return {
            "viewer": self._viewer,
            "account": self._account,
            "devices": self._devices,
            PLANNED: self._planned,
            "completedDispatches": self._completed,
            "plannedDispatches": self._legacy_planned,
            MINT: self._mint,
        }

    def resolvers(self) -> dict[str, Any]:
        """The root object of queries and mutations: a resolver for each field."""

        def resolver(find: Callable[..., Any]) -> Callable[..., Any]:
            return lambda info, **arguments: find(str(info.path.key), **arguments)

        return {name: resolver(find) for name, find in self.finders().items()}

    def find(self, query: Query) -> dict[str, Any] | None:
        """Find each root field's value, or the error that it raises, by its key.

        Returns None where that is the library's affair: with faults, other fields, or variables that may not fit.
        """
        finders = self.finders()
        if self.faults or not query.variables or any(root.name not in finders for root in query.roots):
            return None
        if not all(isinstance(value, str) for root in query.roots for value in root.arguments.values()):
            return None
        found: dict[str, Any] = {}
        for root in query.roots:
            try:
                found[root.key] = finders[root.name](root.key, **root.arguments)
            except KrakenError as error:
                found[root.key] = error
        return found

    def middleware(self) -> tuple[Callable[..., Any]] | None:
        """What raises the errors that faults ask for, at root fields or deeper."""
        failures = [fault for fault in self.faults if fault.kind is FaultKind.ERROR]

        # graphql-core takes plain functions only: a bound method would be passed over.
        def fail_fields(resolve: Callable[..., Any], source: Any, info: Info, **arguments: Any) -> Any:
            about = source.get(ABOUT) if isinstance(source, dict) else None
            device = self._label(arguments.get("deviceId")) or about
            path = info.path.as_list()
            for fault in failures:
                if fault.code is not None and fault.fails_field(info.field_name, path, device):
                    raise KrakenError(fault.code)
            return resolve(source, info, **arguments)

        return (fail_fields,) if failures else None

    def bend(self, data: dict[str, Any], query: Query) -> None:
        """Alter the executed answer: raw rows first, then faults."""
        answers = [RootAnswer(root.key, root.name, self._label(root.device_id), root.row_keys) for root in query.roots]
        for answer in answers:
            if answer.name == PLANNED:
                patch_slots(data, answer, self.listed.get(answer.key, []))
        bend(data, answers, self.faults, self.at)

    def _label(self, device_id: str | None) -> str | None:
        return next((device.label for device in self.endpoint.world.devices if device.id == device_id), None)

    def _user(self) -> User:
        name = self.endpoint.tokens.user_of(self.authorization)
        user = self.endpoint.world.user(name)
        if user is None:
            raise KrakenError("KT-CT-1111")
        if not self.charged and not self.endpoint.points_limit.take(name, self.points, self.at):
            raise KrakenError("KT-CT-1199")
        self.charged = True
        return user

    def _own_account(self, number: str) -> Account:
        for account in self._user().accounts:
            if account.number == number:
                return account
        raise KrakenError("KT-CT-1111")

    def _viewer(self, _key: str) -> dict[str, Any]:
        return {"accounts": [self._account_object(account) for account in self._user().accounts]}

    def _account(self, _key: str, **arguments: Any) -> dict[str, Any]:
        return self._account_object(self._own_account(arguments["accountNumber"]))

    def _account_object(self, account: Account) -> dict[str, Any]:
        return account.as_graphql(self.at, self.endpoint.world.time_style)

    def _devices(self, _key: str, **arguments: Any) -> list[dict[str, Any]]:
        account = self._own_account(arguments["accountNumber"])
        device_id, property_id = arguments.get("deviceId"), arguments.get("propertyId")
        found = [
            device
            for device in account.devices
            if device_id in {None, device.id} and property_id in {None, device.property_id}
        ]
        if device_id is not None and not found:
            raise KrakenError("KT-CT-4301")
        style = self.endpoint.world.time_style
        return [device.as_graphql(self.at, style, self._forced_state(device)) for device in found]

    def _forced_state(self, device: Device) -> str | None:
        for fault in self.faults:
            if fault.kind is FaultKind.EMPTY_PLAN and fault.state and fault.device in {None, device.label}:
                return fault.state if device.is_charger else None
        return None

    def _planned(self, key: str, **arguments: Any) -> list[dict[str, Any]]:
        user = self._user()
        if not self.endpoint.planned_limit.take(user.name, 1, self.at):
            raise KrakenError("KT-CT-1199")
        device = self._own_device(user, arguments["deviceId"])
        slots = device.listed(self.at)
        if any(fault.kind is FaultKind.EMPTY_PLAN and fault.device in {None, device.label} for fault in self.faults):
            slots = []
        self.listed[key] = slots
        world = self.endpoint.world
        return [
            {
                "__typename": "SmartFlexDispatch",
                "start": written(slot.start, world.time_style, number),
                "end": written(slot.end, world.time_style, number),
                "type": slot.type or "SMART",
                "energyAddedKwh": energy_text(slot.energy, world.energy_style),
            }
            for number, slot in enumerate(slots)
        ]

    def _own_device(self, user: User, device_id: str) -> Device:
        for account in user.accounts:
            for device in account.devices:
                if device.id == device_id:
                    return device
                if device_id in device.former_ids:
                    raise KrakenError("KT-CT-4301")
        raise KrakenError("KT-CT-1111")

    def _completed(self, _key: str, **arguments: Any) -> list[dict[str, Any]]:
        return self.endpoint.world.completed(self._own_account(arguments["accountNumber"]), self.at)

    def _legacy_planned(self, _key: str, **_arguments: Any) -> None:
        self._user()
        raise KrakenError("KT-CT-1113")

    def _mint(self, _key: str, **arguments: Any) -> dict[str, Any]:
        credentials = arguments["input"]
        if refresh_token := credentials.get("refreshToken"):
            return self.endpoint.tokens.refresh(refresh_token)
        user = self.endpoint.world.user_with_key(credentials.get("APIKey") or "")
        if user is None:
            raise KrakenError("KT-CT-1139")
        return self.endpoint.tokens.mint(user.name)


def _repeated(query: Query, faults: list[Fault]) -> str | None:
    """The refusal of a field asked for twice, as Octopus' backend host was seen to answer in July 2026."""
    if any(fault.kind is FaultKind.REPEATED_FIELD for fault in faults):
        names = [root.name for root in query.roots]
        for name in names:
            if names.count(name) > 1:
                return f"Field '{name}' is repeated {names.count(name)} times. Maximum allowed is 1."
    return None


def _key(node: FieldNode) -> str:
    return node.alias.value if node.alias else node.name.value


def _fields(selection: SelectionSetNode | None, fragments: Mapping[str, FragmentDefinitionNode]) -> Iterator[FieldNode]:
    for node in selection.selections if selection else ():
        match node:
            case FieldNode():
                yield node
            case InlineFragmentNode():
                yield from _fields(node.selection_set, fragments)
            case FragmentSpreadNode():
                yield from _fields(fragments[node.name.value].selection_set, fragments)
