"""The result of asking an authority what it knows of an operator."""

from dataclasses import dataclass

from gateway.contract import PartyAnswer


@dataclass(frozen=True, slots=True, kw_only=True)
class PartyRead:
    """The result of asking about one operator."""

    answer: PartyAnswer | None
    """None: it is not known."""
    cause: str | None = None
    """Without an answer: the code of the fault, `SW-ADP-0n`."""
    message_ids: tuple[str, ...] = ()
