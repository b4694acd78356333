"""What is sent for a call, and what its answer says, without sending anything."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from gateway_client.errors import Refused, Unreachable, Violation
from gateway_client.results import objects

Content = bytes | Mapping[str, Any]
"""A declaration: XML or JSON as it is sent, or the object that JSON is made of."""
Params = Sequence[tuple[str, str]]
REPEATED = frozenset({429, 500, 502, 503, 504})
"""Answers after which the same call is made again: nobody is served now, or the gateway failed. No other refusal gets better by itself."""
LONGEST_WAIT_S = 30.0
"""Seconds that a gateway lets a call wait as it is delivered."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One call as it is sent."""

    method: str
    path: str
    params: Params = ()
    headers: Mapping[str, str] = field(default_factory=dict)
    content: bytes | None = None
    waits_s: float = 0.0
    """How long the gateway may wait before it answers."""
    repeats: bool = True
    """Whether it may be made again when it is not known whether it was carried out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One answer as it came."""

    status: int
    headers: Mapping[str, str]
    content: bytes

    @property
    def retry_after(self) -> float | None:
        """The seconds after which the call may be made again (RFC 9110); None: it does not say, or nothing that can be read."""
        value = self.headers.get("retry-after", "").strip()
        if value.isascii() and value.isdecimal():
            return float(value[:9])
        try:
            at = parsedate_to_datetime(value)
        except ValueError:
            return None
        at = at if at.tzinfo else at.replace(tzinfo=UTC)
        return max(0.0, (at - datetime.now(UTC)).total_seconds())

    def said(self) -> Mapping[str, Any]:
        """Return the object that was answered.

        Raises:
            Refused: the call was refused.
            Unreachable: whoever answered is not the gateway.
        """
        body = self._object()
        if 400 <= self.status < 600 and (body is not None or self.status < 500):
            raise Refused(self.status, body or {}, errors=_violations(body or {}), retry_after=self.retry_after)
        if body is None or not 200 <= self.status < 300:
            raise Unreachable(f"The answer is not the gateway's: HTTP {self.status}")
        return body

    def _object(self) -> Mapping[str, Any] | None:
        try:
            body = json.loads(self.content)
        except (ValueError, RecursionError):
            return None
        return body if isinstance(body, dict) else None


def get(path: str, params: Params = (), *, waits_s: float = 0.0) -> Call:
    """Return a call that reads."""
    return Call(method="GET", path=path, params=params, waits_s=waits_s)


def delete(path: str) -> Call:
    """Return a call that takes something back or away: made again, it finds that done."""
    return Call(method="DELETE", path=path)


def post(
    path: str, content: Content | None, *, params: Params = (), wait: float | None = None, media_type: str | None = None,
    repeats: bool = True, if_match: str | None = None,
) -> Call:  # fmt: skip
    """Return a call that sends something, and may wait for its outcome."""
    headers, waits_s = {}, 0.0
    if wait is not None:
        waits_s = min(LONGEST_WAIT_S, max(0.0, wait))
        headers["prefer"] = f"wait={round(waits_s)}"
    if if_match is not None:
        headers["if-match"] = if_match
    if content is not None:
        headers["content-type"] = media_type or media_type_of(content)
    written = json.dumps(content).encode() if isinstance(content, Mapping) else content
    return Call(
        method="POST", path=path, params=params, headers=headers, content=written, waits_s=waits_s, repeats=repeats
    )


def media_type_of(content: Content) -> str:
    """Return the media type of a declaration: what begins as an object is JSON, all else XML."""
    if isinstance(content, Mapping) or content.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{"):
        return "application/json"
    return "application/xml"


def _violations(body: Mapping[str, Any]) -> tuple[Violation, ...]:
    return tuple(
        Violation(
            code=str(one.get("code") or ""),
            message=str(one.get("message") or ""),
            place=one.get("path"),
            line=one.get("line"),
            rule=one.get("rule"),
        )
        for one in objects(body, "errors")
    )
