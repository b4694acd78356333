"""The adapters that are delivered pass the kit, as a partner's would: one class each."""

import pytest

from gateway.conformance.checks import CHECKS, NEEDS_AUTHORITY
from gateway.conformance.examination import examine
from gateway.conformance.exchanges import AdapterProcess
from gateway.conformance.pytest import AdapterSuite
from gateway.conformance.report import page
from gateway.conformance.tier import tier_of
from gateway.domain.adapter_tier import AdapterTier
from tests.builders.extent import part
from tests.builders.places import ROOT

EUDR = ROOT / "adapters/eudr/authority.toml"

PLACES = 12
"""Places of one answer that are altered; `gateway conform` takes more."""


class TestDualUse(AdapterSuite):
    """The licensing authority: REST, OAuth2, quantities by number and value."""

    package = "adapters.dual_use"
    most = PLACES


@pytest.mark.whole
class TestCatch(AdapterSuite):
    """CATCH: two look-ups, a 404 that is an answer, usage."""

    package = "adapters.catch"
    most = PLACES


@pytest.mark.whole
class TestFgas(AdapterSuite):
    """The F-gas Portal: accounts by holder and year, usage."""

    package = "adapters.fgas"
    most = PLACES


@pytest.mark.whole
class TestTraces(AdapterSuite):
    """TRACES: SOAP, WS-Security, lists and notifications."""

    package = "adapters.traces"
    most = PLACES


@pytest.mark.whole
class TestCites(AdapterSuite):
    """CITES permits: an authority as one file, usage."""

    package = "adapters.cites"
    most = PLACES


class TestEos(AdapterSuite):
    """EOS: operators by their numbers, SOAP, a fault that is no empty answer."""

    package = "adapters.eos"
    most = PLACES


ONE_FILE_EACH = ("coi", "cbam", "flegt", "agrim", "icg", "noa", "ods", "pic", "precursors", "waste")
AT_RECORDINGS = {one.name for one in CHECKS} - NEEDS_AUTHORITY


@pytest.mark.whole
def test_an_authority_that_is_one_file_conforms() -> None:
    """By its recordings; two of them every day. `flows/formalities/test_formalities.py` asks their simulators."""
    with AdapterProcess() as process:
        for name in part(ONE_FILE_EACH, 5):
            report = examine(name, f"adapters.{name}", most=2, only=AT_RECORDINGS, process=process)
            assert [str(one) for one in report.nonconformities] == [], name
            assert tier_of(report, None) is AdapterTier.CONFORMANT


@pytest.mark.whole
def test_eudr_is_a_draft_for_the_one_reason_that_its_file_says() -> None:
    """Its reference is two values, and its answers name neither: nothing that could be mended."""
    report = examine("eudr", "adapters.eudr", most=PLACES)
    assert (report.passed, [str(one) for one in report.nonconformities]) == (True, [])
    assert tier_of(report, None) is AdapterTier.DRAFT
    line = next(number for number, text in enumerate(EUDR.read_text().splitlines(), 1) if text.startswith("same = "))
    assert f"authority.toml:{line}: no answer names what was asked: VerifyDeclarationResponse holds" in page(
        report, AdapterTier.DRAFT, None
    )
