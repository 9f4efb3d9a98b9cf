"""How a form says no."""

from collections.abc import Mapping


class RefusedError(Exception):
    """What was typed into a form cannot be used.

    ``key`` names the sentence for the owner in the translations, ``field`` where on the form it stands (``base``: above
    all fields), ``placeholders`` what goes into it.
    """

    def __init__(self, key: str, *, field: str = "base", placeholders: Mapping[str, str] | None = None) -> None:
        super().__init__(key)
        self.key = key
        self.field = field
        self.placeholders = dict(placeholders or {})

    @property
    def errors(self) -> dict[str, str]:
        """The form's errors."""
        return {self.field: self.key}
