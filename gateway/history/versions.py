"""The versions of a declaration, each with the decisions that were made on it. Read from the audit trail alone."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from gateway.domain.acts import Act
from gateway.domain.decision import Effect
from gateway.domain.events import EventKind, SealedEvent

_RECEIVED = frozenset({EventKind.RECEIVED, EventKind.AMENDMENT_RECEIVED})


@dataclass(frozen=True, slots=True, kw_only=True)
class DecidedOnce:
    """A decision as the trail reports it."""

    number: int
    effect: Effect
    decided_at: datetime
    confirmed: bool
    """Whether customs confirmed this very decision, or had confirmed all that it refuses for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceivedVersion:
    """A version as it was received."""

    version: int
    received_at: datetime
    act: Act | None
    """The act that brought it, with who did; None: the trail is from before who acts was written down."""
    decisions: tuple[DecidedOnce, ...]


def confirmed_decisions(events: Iterable[SealedEvent]) -> frozenset[int]:
    """Return the numbers of the decisions that customs confirmed, or that refuse for nothing but what it had confirmed before."""
    found = set()
    for event in events:
        if event.kind is EventKind.CONFIRMED or (event.kind is EventKind.DECIDED and event.body().get("confirmed")):
            found.add(event.body()["number"])
    return frozenset(found)


def versions(events: Sequence[SealedEvent], acts: Iterable[Act]) -> tuple[ReceivedVersion, ...]:
    """Return the versions that a declaration's events report, in their order."""
    by_event = {act.seq: act for act in acts}
    received: dict[int, SealedEvent] = {}
    decided: dict[int, list[tuple[int, Effect, datetime]]] = {}
    confirmed = confirmed_decisions(events)
    for event in events:
        if event.kind in _RECEIVED:
            received[event.body()["version"]] = event
        elif event.kind is EventKind.DECIDED:
            body = event.body()
            decided.setdefault(body["version"], []).append((body["number"], Effect(body["effect"]), event.at))
    return tuple(
        ReceivedVersion(
            version=number,
            received_at=event.at,
            act=by_event.get(event.seq),
            decisions=tuple(
                DecidedOnce(number=one, effect=effect, decided_at=at, confirmed=one in confirmed)
                for one, effect, at in decided.get(number, ())
            ),
        )
        for number, event in sorted(received.items())
    )
