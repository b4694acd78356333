"""The orders that the kit gives to a sandbox beside the gateway's own, and what is replied to them."""

import msgspec

from gateway.contract import Occasion, Response
from gateway.sandbox import wire


class Construct(msgspec.Struct, frozen=True, tag="construct", kw_only=True):
    """Construct an adapter under a name, and go by it from here on."""

    adapter: str
    module: str
    cls: str
    values: dict[str, str]
    secrets: dict[str, str]
    identity: str | None
    types: tuple[str, ...]
    contract: str


class Select(msgspec.Struct, frozen=True, tag="select", kw_only=True):
    """Go by the adapter of a name from here on."""

    adapter: str


class Run(msgspec.Struct, frozen=True, kw_only=True):
    """One exchange against answers that are known."""

    method: str
    subject: msgspec.Raw
    occasion: Occasion
    answers: tuple[Response, ...]
    expected: tuple[tuple[str, str], ...] | None = None
    """The method and path of each request: where another one is asked, the run ends there."""


class Replay(msgspec.Struct, frozen=True, tag="replay", kw_only=True):
    """Run exchanges against answers, one after the other: each has a reply."""

    runs: tuple[Run, ...]


class OutputMark(msgspec.Struct, frozen=True, tag="mark", kw_only=True):
    """Mark the end of what was printed so far."""

    mark: str


class TryPattern(msgspec.Struct, frozen=True, tag="pattern", kw_only=True):
    """Try how long a regular expression can be kept busy."""

    text: str
    searches: bool


KitOrder = wire.Order | Construct | Select | Replay | OutputMark | TryPattern


class Replayed(msgspec.Struct, frozen=True, tag="replayed", kw_only=True):
    """How a run ended, after which requests, and the seconds of the processor that each of its steps took."""

    requests: tuple[msgspec.Raw, ...]
    costs: tuple[float, ...]
    last: wire.Asked | wire.Gave | wire.AdapterRaised


class Tried(msgspec.Struct, frozen=True, tag="tried", kw_only=True):
    """The input that a regular expression takes too long for, in words; None: nothing is found."""

    explosion: str | None


KitReply = wire.Reply | Replayed | Tried
