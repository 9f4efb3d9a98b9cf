"""What can be done to the account and to the schema: homes, meters, contracts, fields that come and go."""

from typing import Any

from .account import Agreement, MeterPoint, Property
from .director import Director
from .schema import check_field
from .script import When, command, instant
from .world import WHOLE_SLOT_PRODUCT


class AccountCommands(Director):
    """The commands of ``Commands`` that are about contracts and not about cars."""

    @command("at")
    def migrate(
        self, product_code: str, *, at: When | None = None, account: str | None = None, display_name: str | None = None
    ) -> None:
        """Octopus moves the account to another product at an instant: now, later (future-dated) or earlier."""
        now = self._begin()
        self.world.account(account).migrate(product_code, instant(now if at is None else at, now), display_name)

    @command()
    def set_product(self, product_code: str, *, account: str | None = None, display_name: str | None = None) -> None:
        """Let the present import agreements always have been for this product."""
        now = self._begin()
        for point in self.world.account(account).import_points(now):
            for agreement in point.agreements:
                if agreement.valid_at(now):
                    agreement.product_code, agreement.display_name = product_code, display_name

    @command()
    def remove_field(self, name: str) -> None:
        """A field leaves Octopus' schema: ``field`` of every type, or ``Type.field``."""
        self._begin()
        check_field(name)
        self.world.gone_fields.add(name)

    @command()
    def restore_field(self, name: str | None = None) -> None:
        """A field, or every one, comes back into the schema."""
        self._begin()
        self.world.gone_fields -= {name} if name is not None else set(self.world.gone_fields)

    @command("since", "left_at")
    def add_home(
        self,
        property_id: str,
        product_code: str = WHOLE_SLOT_PRODUCT,
        *,
        since: When = "2024-11-01T00:00:00Z",
        left_at: When | None = None,
        address: str = "2 Example Lane",
        account: str | None = None,
        display_name: str | None = None,
    ) -> Property:
        """Another home on the account, with an import meter of its own."""
        now = self._begin()
        begun = instant(since, now)
        self._names += 1
        point = MeterPoint(f"10000000007{self._names:02d}", [Agreement(product_code, begun, None, display_name)])
        gone = None if left_at is None else instant(left_at, now)
        found = Property(property_id, [point], begun, gone, address=address)
        self.world.account(account).properties.append(found)
        return found

    @command("since")
    def add_meter(
        self,
        product_code: str,
        *,
        since: When = "2024-11-01T00:00:00Z",
        property_id: str | None = None,
        account: str | None = None,
        display_name: str | None = None,
        **changes: Any,
    ) -> MeterPoint:
        """Another meter in a home (the first one): ``changes`` are ``is_export null_tariff says_direction``."""
        now = self._begin()
        self._names += 1
        agreement = Agreement(product_code, instant(since, now), None, display_name)
        point = MeterPoint(f"10000000005{self._names:02d}", [agreement], **changes)
        homes = self.world.account(account).properties
        home = next((home for home in homes if property_id in {None, home.id}), None)
        if home is None:
            raise LookupError(f"no home {property_id!r}")
        home.meter_points.append(point)
        return point

    @command("at")
    def end_agreements(self, *, at: When | None = None, account: str | None = None) -> None:
        """Every agreement that is open ends, and nothing follows: moved house, or the account was closed."""
        now = self._begin()
        end = now if at is None else instant(at, now)
        for _, agreement in self.world.account(account).agreements():
            if agreement.valid_to is None or agreement.valid_to > end:
                agreement.valid_to = end
