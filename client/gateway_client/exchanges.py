"""What is asked in turn until something is known, without asking: each exchange yields what to do next, and is sent what came of it."""

import json
import time
from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from gateway_client import results
from gateway_client.calls import Answer, Call, Content, get, media_type_of, post
from gateway_client.names import Named, address, beside
from gateway_client.results import Body, Declaration

T = TypeVar("T")
_SHORTEST_TURN_S = 0.5
"""What does not wait by itself is asked no more often than this."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pause:
    """To do nothing for so many seconds; nothing comes of it."""

    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Watch:
    """To read an event stream until an event is the last one; that comes of it, or None if it did not come in time."""

    call: Call
    until: float
    """On the monotonic clock."""
    is_last: Callable[[Body], bool]


Exchange = Generator[Call | Pause | Watch, Any, T]


def message(
    path: str,
    content: Content,
    *,
    wait: float,
    params: tuple[tuple[str, str], ...] = (),
    media_type: str | None = None,
    if_match: str | None = None,
) -> Exchange[Declaration]:
    """Send a declaration or its next version, and wait for its decision.

    The message is sent once: it may be large, and its decision is read where it stands.
    """
    until = time.monotonic() + wait
    answer: Answer = yield post(
        path, content, params=params, wait=wait, media_type=media_type or media_type_of(content), if_match=if_match
    )
    found = outcome(answer)
    if found.carried_out or found.waits_for is not None or not found.id or time.monotonic() >= until:
        return found
    return (yield from decided(found, until=until, found=found))


def step(
    named: Named,
    what: str,
    said: Mapping[str, Any],
    *,
    wait: float,
    params: Mapping[str, str] | None = None,
    repeats: bool = True,
    if_match: str | None = None,
) -> Exchange[Declaration]:
    """Take a step on a declaration. Until it is carried out the same call is made again: that asks for its outcome.

    What is not to be repeated is sent once, and the decision behind it waited for.
    """
    until = time.monotonic() + wait
    path, query = address(named, what), (*beside(named).items(), *(params or {}).items())
    while True:
        began = time.monotonic()
        answer: Answer = yield post(path, said, params=query, wait=until - began, repeats=repeats, if_match=if_match)
        found = outcome(answer)
        if found.carried_out or found.waits_for is not None or time.monotonic() >= until:
            return found
        if not repeats:
            return (yield from decided(found, until=until, found=found))
        yield Pause(seconds=_turn(began, until))


def decided(named: Named, *, until: float, found: Declaration | None = None) -> Exchange[Declaration]:
    """Wait until a declaration is decided; when the time is over return it as it stands, undetermined."""
    while True:
        began = time.monotonic()
        if found is None:
            answer: Answer = yield get(address(named), tuple(beside(named).items()))
            found = as_read(answer)
        if found.decided or time.monotonic() >= until:
            return found
        stream = get(address(named, "stream"), tuple(beside(named).items()))
        seen = yield Watch(call=stream, until=until, is_last=lambda body: results.declaration(body).decided)
        if seen is not None:
            return results.declaration(seen)
        if time.monotonic() < until:
            yield Pause(seconds=_turn(began, until))
        found = None


def as_read(answer: Answer) -> Declaration:
    """Read a declaration that was asked for, with the tag of what its reader was told."""
    return replace(results.declaration(answer.said()), etag=answer.headers.get("etag"))


def outcome(answer: Answer) -> Declaration:
    """Read what a call on a declaration came to: of one that waits for somebody's word only its names are known."""
    body = answer.said()
    waits = results.waiting(body)
    if waits is None:
        return results.declaration(body, carried_out=answer.status != 202)
    about = body.get("declaration")
    return results.declaration(about if isinstance(about, Mapping) else {}, carried_out=False, waits_for=waits)


class EventReader:
    """The events of a stream of server-sent events, read from its bytes as they come.

    The libraries for it go by lines as Python splits them, at characters that may stand inside of JSON, too.
    """

    def __init__(self) -> None:
        self._rest = b""
        self._data: list[bytes] = []

    def read(self, piece: bytes) -> list[Body]:
        """Return the events that are whole with a further piece."""
        *lines, self._rest = (self._rest + piece).replace(b"\r\n", b"\n").split(b"\n")
        found: list[Body] = []
        for line in lines:
            if line.startswith(b"data:"):
                self._data.append(line.removeprefix(b"data:").removeprefix(b" "))
            elif not line and self._data:
                if (event := _object(b"\n".join(self._data))) is not None:
                    found.append(event)
                self._data = []
        return found


def _object(text: bytes) -> Body | None:
    """Read an event; None: it tells nothing that is read here."""
    try:
        event = json.loads(text, strict=False)
    except (ValueError, RecursionError):
        return None
    return event if isinstance(event, dict) else None


def _turn(began: float, until: float) -> float:
    now = time.monotonic()
    return max(0.0, min(until, began + _SHORTEST_TURN_S) - now)
