"""The formats as delivered, and with the foreign one switched on."""

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from gateway.domain.errors import DeclarationRefused, Violation
from gateway.intake import Formats, IntakeLimits

ROOT = Path(__file__).resolve().parents[2]
XML = "application/xml"
JSON = "application/json"


def load(schema_paths: Mapping[str, Path] | None = None, limits: IntakeLimits | None = None) -> Formats:
    """Loads the delivered formats."""
    return Formats.load(
        ROOT / "config" / "formats",
        schemas=ROOT / "xsd",
        schema_paths=schema_paths or {},
        limits=limits or IntakeLimits(),
    )


@pytest.fixture(scope="session")
def formats() -> Formats:
    """The formats as delivered."""
    return load()


@pytest.fixture(scope="session")
def wco(corpus: Path) -> Formats:
    """The formats of an installation that has the administration's schema."""
    return load({"wco_dec": corpus / "wco-dec" / "xsd" / "customs" / "wrapper_submit.xsd"})


@pytest.fixture(scope="session")
def refused(formats: Formats) -> Callable[..., DeclarationRefused]:
    """Gives the refusal of a message."""

    def refuse(raw: bytes, media_type: str | None = XML) -> DeclarationRefused:
        with pytest.raises(DeclarationRefused) as caught:
            formats.accept(raw, media_type)
        return caught.value

    return refuse


def rules(refusal: DeclarationRefused) -> list[str | None]:
    """Gives the violated rules in the order in which they are told."""
    return [violation.rule for violation in refusal.violations]


def told(refusal: DeclarationRefused) -> list[tuple[str | None, str | None]]:
    """Gives rule and place of each violation."""
    return [(violation.rule, violation.path) for violation in refusal.violations]


def only(refusal: DeclarationRefused) -> Violation:
    """Gives the only violation."""
    (violation,) = refusal.violations
    return violation
