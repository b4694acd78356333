"""The recordings that lie in an adapter's package, as tests drive an adapter by them."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gateway.conformance.expectation import Expectation, expected_of
from gateway.conformance.recording import Recording, read_recordings
from gateway.contract import Exchange, Intervention, MovementKind, Occasion
from gateway.contract.errors import AdapterError


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """One recording of one request."""

    method: str
    subject: Any
    occasion: Occasion
    request: tuple[str, str, bytes]
    status: int
    answer: bytes
    expect: dict[str, Any]

    def exchange(self, adapter: Any) -> Exchange[Any]:
        """The exchange that it is of."""
        subject, name = self.subject, self.method
        if name in {"force", "amend", "delete"}:
            name, subject = "intervene", Intervention(kind=MovementKind(name), order=subject)
        found: Exchange[Any] = getattr(adapter, name)(subject, self.occasion)
        return found


def recorded(folder: Path) -> dict[str, Recorded]:
    """All recordings of a package, by name."""
    return {one.name: _plain(one) for one in read_recordings(folder / "exchanges")}


def made_of(value: Any) -> dict[str, Any]:
    """What a result is expected as."""
    if not isinstance(value, AdapterError):
        return expected_of(value)
    return {"raises": type(value).__name__}


def _plain(one: Recording) -> Recorded:
    ((request, response),) = one.exchanges
    subject = one.subject.order if isinstance(one.subject, Intervention) else one.subject
    return Recorded(
        method=one.method,
        subject=subject,
        occasion=one.occasion,
        request=(request.method, request.path, request.body or b""),
        status=response.status,
        answer=response.body,
        expect=_expected(one.expect),
    )


def _expected(expect: Expectation) -> dict[str, Any]:
    return {"raises": expect.raises} if expect.raises is not None else expected_of(expect.value)
