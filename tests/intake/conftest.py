"""The formats as delivered, and with the foreign one switched on."""

from collections.abc import Callable
from pathlib import Path

import pytest

from gateway.domain.errors import DeclarationRefused
from gateway.intake import Formats
from tests.intake.reading import XML, load


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
            formats.accept(raw, media_type).must_have_lrn()
        return caught.value

    return refuse
