"""The delivered formats, and what a refusal of theirs tells."""

from collections.abc import Mapping
from pathlib import Path

from gateway.domain.errors import DeclarationRefused, Violation
from gateway.intake import Formats, IntakeLimits
from tests.builders.places import ROOT

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
