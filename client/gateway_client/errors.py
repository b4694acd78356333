"""What a call may end with instead of its outcome."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Violation:
    """One thing that is wrong with what was sent."""

    code: str
    message: str
    place: str | None
    """The element or member; None: the whole."""
    line: int | None
    rule: str | None


class Refused(Exception):
    """The gateway refused a call, and says why."""

    def __init__(
        self,
        status: int,
        body: Mapping[str, Any],
        *,
        errors: tuple[Violation, ...] = (),
        retry_after: float | None = None,
    ) -> None:
        self.status = status
        self.body = body
        """All that the gateway said."""
        self.code = str(body.get("code") or "")
        """The gateway's word for it, the same in every language: `SW-API-404`; empty: it did not say."""
        self.title = str(body.get("title") or f"HTTP {status}")
        self.detail = str(body.get("detail") or "")
        self.errors = errors
        self.links: Mapping[str, str] = dict(body["links"]) if isinstance(body.get("links"), Mapping) else {}
        """What stands in the way: a declaration, an application, an approval."""
        self.retry_after = retry_after
        """Seconds after which the same call may be made again."""
        super().__init__(status, self.code, self.title, self.detail)

    def __str__(self) -> str:
        said = f"{self.status} {self.code}: {self.title}" if self.code else f"{self.status}: {self.title}"
        lines = [said, *([self.detail] if self.detail and self.detail != self.title else [])]
        lines += [
            ": ".join(part for part in (f"line {one.line}" if one.line else one.place, one.message) if part)
            for one in self.errors
        ]
        return "\n".join(lines)


class Unreachable(Exception):
    """Nobody answered, or something that is not the gateway: whether the call was carried out is not known. The same call may be made again."""


class NotGenuine(Exception):
    """A webhook that the gateway did not sign, or that was changed on its way: take nothing of it."""


class ClockDiffers(NotGenuine):
    """A webhook that is signed rightly, for another time than it is here: it is an old one sent again, or one of the two clocks is wrong."""

    def __init__(self, seconds: float, tolerance: float) -> None:
        self.seconds = seconds
        """How far this clock is ahead of the signature; negative: behind."""
        side = "ahead of" if seconds > 0 else "behind"
        super().__init__(
            f"This clock is {abs(seconds):.0f} s {side} the time of the signature, and {tolerance:.0f} s are tolerated: "
            "compare the clock with a time server; if it is right, the webhook was sent again by somebody, or came late"
        )
