"""Certificates about which an authority answers nothing for a while, and declarations of one certificate each."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from tests.builders.running import Authorities, declaration


def about(reference: str, lrn: str, declarant: bytes | None = None) -> bytes:
    """A declaration with one certificate of its own."""
    raw = declaration("01", lrn).replace(b"CHEDP.FR.2026.0000001", reference.encode())
    return raw if declarant is None else raw.replace(b"FR12345678901234", declarant)


@contextmanager
def hanging(simulated: Authorities, references: Sequence[str]) -> Iterator[None]:
    """No question about these certificates is answered for a while."""
    for reference in references:
        simulated.control("traces", "POST", "/hold", reference=reference, when="before")
    try:
        yield
    finally:
        simulated.control("traces", "POST", "/hold/release")


def held(simulated: Authorities) -> int:
    """How many questions hang."""
    found = simulated.control("traces", "GET")["held"]
    assert isinstance(found, int)
    return found
