"""Whether a process is about to stop."""

from dataclasses import dataclass


@dataclass(slots=True)
class Drain:
    """The last while of a process: it takes calls still, and says that it is not ready."""

    begun: bool = False
