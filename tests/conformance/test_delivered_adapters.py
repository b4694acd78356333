"""The adapters that are delivered pass the kit, as a partner's would: one class each."""

from dataclasses import replace

import pytest

from gateway.conformance.examination import examine
from gateway.conformance.pytest import AdapterSuite
from gateway.conformance.tier import tier_of
from gateway.domain.adapter_tier import AdapterTier

PLACES = 12
"""Places of one answer that are altered; `gateway conform` takes more."""


@pytest.mark.xdist_group("conform dual_use")
class TestDualUse(AdapterSuite):
    """The licensing authority: REST, OAuth2, quantities by number and value."""

    package = "adapters.dual_use"
    most = PLACES


@pytest.mark.xdist_group("conform catch")
class TestCatch(AdapterSuite):
    """CATCH: two look-ups, a 404 that is an answer, usage."""

    package = "adapters.catch"
    most = PLACES


@pytest.mark.xdist_group("conform traces")
class TestTraces(AdapterSuite):
    """TRACES: SOAP, WS-Security, lists and notifications."""

    package = "adapters.traces"
    most = PLACES


@pytest.mark.xdist_group("conform cites")
class TestCites(AdapterSuite):
    """CITES permits: an authority as one file, usage."""

    package = "adapters.cites"
    most = PLACES


@pytest.mark.xdist_group("conform cites")
def test_the_one_thing_that_is_found_of_eudr_stays_and_it_is_a_draft() -> None:
    """Its reference is two values, and its answers name neither."""
    report = examine("eudr", "adapters.eudr", most=PLACES)
    assert {one.rule.name for one in report.nonconformities} == {"documents.not_named"}
    assert tier_of(report, None) is tier_of(replace(report, nonconformities=()), None) is AdapterTier.DRAFT
