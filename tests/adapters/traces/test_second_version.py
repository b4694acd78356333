"""A second version of the service is a path, an action and two namespaces; it is live beside the first."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import cast

import pytest
from lxml import etree

from adapters.simulation import simulator_process
from adapters.traces.adapter import TracesAdapter
from adapters.traces.certex_v06 import CHED, PATH, SOAP
from adapters.traces.simulator import AUTHENTICATION_KEY
from gateway.contract import DocumentFilter, ReceiptOutcome, RequestRejected, Status, UnexpectedAnswer
from gateway.dispatch import load_adapters
from gateway.dispatch.delivered import digest_of
from gateway.dispatch.registry import folder_of
from gateway.domain.adapter_tier import AdapterTier, StoredTier, StoredTiers
from gateway.settings.adapters import AdapterConfig
from tests.adapters.traces.orders import line, mrn, order, quantity
from tests.adapters.traces.port import SETTINGS, VALID, asked, occasion, position
from tests.adapters.traces.second_version.adapter import V04
from tests.builders.driving import Wire, replay

PACKAGES = {"traces": "adapters.traces", "traces_v04": "tests.adapters.traces.second_version"}
Live = dict[str, tuple[TracesAdapter, Wire]]


@pytest.fixture(scope="module")
def urls() -> Iterator[dict[str, str]]:
    with simulator_process(*PACKAGES.values()) as urls:
        yield dict(zip(PACKAGES, urls, strict=True))


@pytest.fixture
def live(urls: dict[str, str]) -> Iterator[Live]:
    """Both adapters, loaded as the gateway loads them, each with its authority."""
    configs = [
        AdapterConfig(
            name=name,
            package=package,
            base_url=urls[name],
            values=SETTINGS.values,
            secrets={"authentication_key": "env:KEY"},
        )
        for name, package in PACKAGES.items()
    ]
    folder = folder_of(PACKAGES["traces_v04"])
    assert folder is not None
    proven = StoredTier(
        adapter="traces_v04", package=PACKAGES["traces_v04"], digest=digest_of(folder), tier=AdapterTier.PROVEN,
        proven_until=datetime.max.replace(tzinfo=UTC),
    )  # fmt: skip
    tiers = StoredTiers.of([proven])
    loaded = load_adapters(configs, allow_draft=False, tiers=tiers, environment={"KEY": AUTHENTICATION_KEY})
    found: Live = {}
    for name, one in loaded.items():
        # One of an earlier contract stands behind what gives it numbers as that had them.
        found[name] = (cast("TracesAdapter", one.adapter), Wire(urls[name], {}))
    yield found
    for _, wire in found.values():
        wire.control("POST", "reset", {})


def test_both_serve_beside_each_other(live: Live) -> None:
    for step, (adapter, wire) in enumerate(live.values(), start=1):
        taken = order(line(quantity(str(step))))
        assert wire.run(adapter.verify(asked(VALID), occasion())).status is Status.VALID
        assert wire.run(adapter.reserve(taken, occasion())).outcome is ReceiptOutcome.DONE
        assert wire.run(adapter.write_off(taken, occasion())).outcome is ReceiptOutcome.DONE
        assert [one.reference for one in wire.run(adapter.list(DocumentFilter(declaration=mrn()), occasion()))] == [
            VALID
        ]
    lefts = [
        position(wire.run(adapter.position(asked(VALID), occasion())))["available"] for adapter, wire in live.values()
    ]
    assert lefts == [[[1, "19999", "KGM"]], [[1, "19998", "KGM"]]], "each has its own ledger"


def test_each_speaks_its_own_version_and_no_word_of_the_other(live: Live) -> None:
    (first, _), (second, _) = live.values()
    for adapter, path, own, foreign in (
        (first, PATH, CHED, V04.names.ched_namespace),
        (second, V04.path, V04.names.ched_namespace, CHED),
    ):
        for exchange in (
            adapter.verify(asked(VALID), occasion()),
            adapter.reserve(order(line()), occasion()),
            adapter.cancel(order(), occasion()),
            adapter.list(DocumentFilter(), occasion()),
        ):
            request = next(exchange)
            assert request.path == path
            (payload,) = etree.fromstring(request.body).iterfind(f"{{{SOAP}}}Body/*")
            assert etree.QName(payload).namespace == own
            assert foreign.encode() not in request.body
            assert foreign.rpartition("/")[2] not in request.headers["SOAPAction"]


def test_the_answer_of_one_version_is_none_to_the_other(live: Live) -> None:
    (first, first_wire), (second, second_wire) = live.values()
    for ours, wire, other in ((first, first_wire, second), (second, second_wire, first)):
        at = occasion()
        wire.run(ours.verify(asked(VALID), at))
        with pytest.raises(UnexpectedAnswer):
            replay(other.verify(asked(VALID), at), (200, wire.received[-1]))
        with pytest.raises(RequestRejected):
            wire.run(other.verify(asked(VALID), occasion()))
        with pytest.raises(RequestRejected):
            wire.run(other.cancel(order(), occasion()))
