"""The one way in which every flow of ours shows a form: with what was typed, and with why it was refused."""

from collections.abc import Mapping
from typing import Any, TypedDict

from homeassistant.data_entry_flow import FlowHandler
import probatio

from ..const import CONF_API_KEY
from .errors import RefusedError


class Form(TypedDict):
    """What ``async_show_form`` is called with."""

    step_id: str
    data_schema: probatio.Schema
    errors: dict[str, str]
    description_placeholders: dict[str, str]


def fill_form(
    flow: FlowHandler[Any, Any, Any],
    step_id: str,
    schema: probatio.Schema,
    filled_in: Mapping[str, Any] | None = None,
    refused: RefusedError | None = None,
    placeholders: Mapping[str, str] | None = None,
) -> Form:
    """Return a form with its fields filled in; an API key never goes back to the browser."""
    shown = {key: value for key, value in (filled_in or {}).items() if key != CONF_API_KEY and value is not None}
    return Form(
        step_id=step_id,
        data_schema=flow.add_suggested_values_to_schema(schema, shown),
        errors=refused.errors if refused else {},
        description_placeholders={**(placeholders or {}), **(refused.placeholders if refused else {})},
    )
