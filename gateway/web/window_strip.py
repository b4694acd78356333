"""An open contingency window, for the strip on every page of the console."""

from dataclasses import dataclass

AUTHORITIES = "/console/authorities"
CONTINGENCY = "/console/contingency"


@dataclass(frozen=True, slots=True, kw_only=True)
class WindowStrip:
    """A window that is open."""

    adapter: str
    number: int
    system: str
    mode: str
    until: str
    """Empty: until it is closed."""
    inside: str
    """The address of what was decided inside."""
    close: str
    """The address where it is closed; empty: this reader may not."""
