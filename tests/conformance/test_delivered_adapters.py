"""The adapters that are delivered pass the kit, as a partner's would: one class each."""

import pytest

from gateway.conformance.pytest import AdapterSuite

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
    """CITES permits: a file in place of code, usage."""

    package = "adapters.cites"
    most = PLACES
