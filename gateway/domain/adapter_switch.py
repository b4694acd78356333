"""The switches of adapters: on, off by a person, or quarantined by the gateway after overruns of their code."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType


class AdapterState(StrEnum):
    """What an adapter is switched to."""

    ENABLED = "enabled"
    DRAINING = "draining"
    """What is under way comes to its end, and nothing new is begun: a person said so."""
    DISABLED = "disabled"
    """Nothing of its code is run: a person said so."""
    QUARANTINED = "quarantined"
    """The same, and the gateway did it by itself, after overruns by several declarations."""


class OverrunKind(StrEnum):
    """What an adapter's code did, for which its step was ended or did not count."""

    LATE = "late"
    """It took longer than it may."""
    ENDED = "ended"
    """It ended its process."""
    MEMORY = "memory"
    """It wanted more memory than it may have."""
    CHANGED = "changed"
    """Its rule of identity said something else when it was asked again."""


_TOLD = {
    OverrunKind.LATE: "took longer than it may",
    OverrunKind.ENDED: "ended its process",
    OverrunKind.MEMORY: "wanted too much memory",
    OverrunKind.CHANGED: "said something else when it was asked again",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Quarantine:
    """Why the gateway switched an adapter off."""

    declarations: int
    """By so many declarations its code overran."""
    kinds: Mapping[OverrunKind, int] = field(default_factory=lambda: MappingProxyType({}))
    """By how many it did what last; of what an older version of the gateway noted that is not known."""

    @property
    def why(self) -> str:
        """The same as a sentence, for operators."""
        told = ", ".join(f"{_TOLD[kind]} ({self.kinds[kind]})" for kind in OverrunKind if self.kinds.get(kind))
        many = "" if self.declarations == 1 else "s"
        return f"over {self.declarations} declaration{many} its code {told or 'overran its limits'}"


@dataclass(frozen=True, slots=True, kw_only=True)
class SwitchedOff:
    """An adapter that is not used, or begins nothing new."""

    state: AdapterState
    since: datetime
    quarantine: Quarantine | None = None
    """Why it is quarantined, if it is."""
