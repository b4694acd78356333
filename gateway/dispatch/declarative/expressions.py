"""Regular expressions of an authority's file: by RE2, which takes time in proportion to the text, whatever it is asked."""

from collections.abc import Mapping

import re2

LONGEST = 300
"""Characters of the longest expression."""


class ExpressionFault(Exception):
    """The expression is none that RE2 knows, or too large."""


class Expression:
    """A compiled expression that a text has to match as a whole."""

    def __init__(self, text: str) -> None:
        """Compile it.

        Raises:
            ExpressionFault: it cannot be.
        """
        if len(text) > LONGEST:
            raise ExpressionFault(f"an expression has {LONGEST} characters at most")
        options = re2.Options()
        options.log_errors = False
        options.max_mem = 1 << 20
        try:
            self._compiled = re2.compile(text, options)
        except re2.error as error:
            raise ExpressionFault(
                f"no expression of RE2 (no look-around, no back-reference): {_said(error)}"
            ) from error
        self.groups: tuple[str, ...] = tuple(self._compiled.groupindex)
        """The names that it gives to parts."""

    def parts(self, text: str) -> Mapping[str, str | None] | None:
        """Return the named parts of a text; None: it does not match as a whole."""
        found = self._compiled.fullmatch(text)
        return None if found is None else dict(found.groupdict())

    def fits(self, text: str) -> bool:
        """Whether a text matches as a whole."""
        # As bytes: of a text the binding would count the characters before and behind.
        return self._compiled.fullmatch(text.encode("utf-8", "surrogatepass")) is not None


def _said(error: Exception) -> str:
    said = error.args[0] if error.args else b""
    return said.decode("utf-8", "replace") if isinstance(said, bytes) else str(said)
