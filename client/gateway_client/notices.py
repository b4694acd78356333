"""Following the notices: where to go on, what came, and what may have been lost."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from gateway_client.calls import Answer, Call, get
from gateway_client.errors import Refused, Unreachable
from gateway_client.results import Body, objects

START = "0"
WAIT_S = 25.0
"""Below what proxies let a silent call live as they are delivered."""
_AT_ONCE = 100
_EMPTY_TURN_S = 1.0
_GONE = 410


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """What happened to a declaration."""

    place: str
    """Where to go on once this one is dealt with: keep it, and give it to `notices(after=...)`. From there all that follow come, and of
    those that came in one answer with this one some may come again."""
    kind: str
    at: str
    declaration: str
    """The id."""
    version: int | None
    lrn: str | None
    mrn: str | None
    state: str
    effect: str | None
    sentence: str
    """The same in your language."""
    body: Body = field(repr=False, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """The gateway knows the place no more, as after it was restored from a backup: what stood behind it may be lost, or come again."""

    place: str
    """Where it goes on; keep it."""
    detail: str
    body: Body = field(repr=False, compare=False)


class Follower:
    """Where a reader of the notices stands; it says what to ask next, and asks nobody itself."""

    def __init__(self, after: str, kinds: Sequence[str] = ()) -> None:
        self._after = after
        self._kinds = tuple(("kind", kind) for kind in kinds)

    def call(self) -> Call:
        """Return the call that waits for the notices behind the place."""
        params = (("after", self._after), ("limit", str(_AT_ONCE)), ("wait", str(round(WAIT_S))), *self._kinds)
        return get("/v1/notices", params, waits_s=WAIT_S)

    def take(self, answer: Answer, took_s: float) -> tuple[Sequence[Notice | Gap], float]:
        """Take an answer that came after so many seconds; return what it tells, and how long to rest before the next call.

        Raises:
            Refused: the caller may not read on.
            Unreachable: whoever answered is not the gateway.
        """
        try:
            body = answer.said()
        except Refused as refused:
            return [self._gap(refused)], 0.0
        before = self._after
        following = body.get("next")
        if not isinstance(body.get("items"), list) or not isinstance(following, str) or not following:
            raise Unreachable("The answer is not the gateway's: it is no page of notices")
        self._after = following
        listed = objects(body, "items")
        rest_s = 0.0 if listed else max(0.0, _EMPTY_TURN_S - took_s)
        return [self._notice(one, self._after if one is listed[-1] else before) for one in listed], rest_s

    def _gap(self, refused: Refused) -> Gap:
        """Return the gap that a refusal tells of; it may name its place by a plain number."""
        named = refused.body.get("continue_at")
        on = str(named) if isinstance(named, str | int) and not isinstance(named, bool) else ""
        if refused.status != _GONE or not on or on == self._after:
            raise refused
        self._after = on
        return Gap(place=on, detail=refused.detail, body=refused.body)

    def _notice(self, body: Body, place: str) -> Notice:
        version, said = body.get("version"), {name: _text(body, name) for name in _TEXTS}
        return Notice(
            place=place,
            kind=said["kind"] or "",
            at=said["at"] or "",
            declaration=said["declaration"] or "",
            version=version if isinstance(version, int) else None,
            lrn=said["lrn"],
            mrn=said["mrn"],
            state=said["state"] or "",
            effect=said["effect"],
            sentence=said["sentence"] or "",
            body=body,
        )


_TEXTS = ("kind", "at", "declaration", "lrn", "mrn", "state", "effect", "sentence")


def _text(body: Body, name: str) -> str | None:
    value = body.get(name)
    return value if isinstance(value, str) else None
