"""The HTTP request that goes out and the answer that comes back."""

from collections.abc import Callable, Mapping

from msgspec import Struct

from gateway.dispatch.breaker import OwnLimits

MAX_HEAD = 64 * 1024
"""Bytes of one head, its status line among them."""
KEEP_ALIVE_S = 30.0
"""Seconds that an idle connection is kept."""
MAX_ERROR_BODY = 64 * 1024
"""Bytes that are read of an answer whose status nobody reads."""
ERROR_BODY_S = 2.0
"""Seconds that such an answer may take after its head."""
WITHOUT_BODY = frozenset({204, 304})
"""Statuses whose answers have no body, even if their heads state one (RFC 9112, 6.3)."""

MaySend = Callable[[], bool]
"""Says, at the last point before the bytes of a request go, whether they may."""


class Withheld(OwnLimits):
    """The request was not sent, for want of the lease: the order may be one of the past, of a process that has lost it."""


class HttpCall(Struct, frozen=True, kw_only=True):
    """One request, its target and headers checked."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes
    expect: frozenset[int]
    """Statuses whose answers are read whole; of others only as much as evidence keeps."""
    max_bytes: int
    """The most bytes of a body that is read whole."""
    max_head: int = MAX_HEAD
    may_send: MaySend | None = None
    is_status_enough: bool = False
    """Whether nothing of its answer is read but the head."""

    @property
    def has_answer_body(self) -> bool:
        """Whether its answer may have a body that is read."""
        return self.method != "HEAD" and not self.is_status_enough


class HttpAnswer(Struct, frozen=True, kw_only=True):
    """One answer, complete if its status was expected."""

    status: int
    headers: Mapping[str, str]
    """The headers by lower-case name, without cookies; what was sent several times is joined by a comma."""
    body: bytes
