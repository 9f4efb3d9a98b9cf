"""What wants the owner now, read off the repairs that are open: the binary sensor ``attention`` (design 7)."""

from collections.abc import Callable, Iterator

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import CALLBACK_TYPE, Event, HomeAssistant, callback
from homeassistant.helpers import issue_registry as ir

from ..const import DOMAIN
from ..domain.status import Status
from .controller import Controller
from .issues import ADVICE, Issue, issue_id


@callback
def async_watch_attention(hass: HomeAssistant, entry: ConfigEntry, controller: Controller) -> CALLBACK_TYPE:
    """Keep ``attention`` in the controller's picture true until the returned function is called."""

    @callback
    def update() -> None:
        controller.async_show_attention(tuple(_wanting(hass, entry.entry_id, controller)))

    @callback
    def on_repair(event: Event[ir.EventIssueRegistryUpdatedData]) -> None:
        if event.data["domain"] == DOMAIN:
            update()

    stops: tuple[Callable[[], None], ...] = (
        hass.bus.async_listen(ir.EVENT_REPAIRS_ISSUE_REGISTRY_UPDATED, on_repair),
        controller.async_add_listener(update),
    )
    update()

    @callback
    def stop() -> None:
        for each in stops:
            each()

    return stop


def _wanting(hass: HomeAssistant, entry_id: str, controller: Controller) -> Iterator[str]:
    """Yield the open repairs that are more than advice and that the owner has not set aside."""
    registry = ir.async_get(hass)
    overridden = controller.snapshot.status is Status.OVERRIDDEN
    for issue in Issue:
        found = registry.async_get_issue(DOMAIN, issue_id(entry_id, issue))
        if found is None or not found.active or found.dismissed_version is not None or issue in ADVICE:
            continue
        # Others that also write the reserve are a problem once they have done so.
        if issue is not Issue.CONFLICTING_AUTOMATIONS or overridden:
            yield issue.value
