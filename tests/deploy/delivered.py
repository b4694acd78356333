"""What several tests of delivered files know of the gateway."""

import tomllib

from gateway.settings import Settings
from tests.builders.places import ROOT

GRACE_S = 10
"""What a supervisor waits beyond `stop_seconds` before it ends processes by force."""


def version() -> str:
    """The gateway's version."""
    found: str = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    return found


def longest_stop_s() -> float:
    """The seconds that `gateway serve` takes to end, at most, where nothing is configured otherwise."""
    fields = Settings.model_fields
    return sum(float(fields[name].default) for name in ("stop_seconds", "drain_seconds") if name in fields) + GRACE_S
