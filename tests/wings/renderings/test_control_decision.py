"""The control decision of transit: which documents a holder is asked for, what is controlled, and that nothing else is told."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from lxml import etree

from adapters.simulation.faults import Fault
from gateway.configured_rules import Rules
from gateway.dispatch import LoadedAdapter
from gateway.domain.decision import Effect
from gateway.domain.record import Record
from gateway.wings.renderings.control_decision import control_decision
from tests.builders.actors import AS_CUSTOMS, CUSTOMS, ONE
from tests.builders.authority import Authority
from tests.builders.goods import goods, milk
from tests.builders.offices import authority, loaded, rules
from tests.builders.replicas import Office
from tests.builders.transit import document, item, lax_schema, movement, public_schema, transit_formats

__all__ = ["authority", "loaded", "rules"]  # fixtures

CHED = "CHEDP.FR.2026.9780001"
XML = "application/xml"


@pytest.fixture
async def transit(
    authority: Authority, database_url: str, rules: Rules, loaded: LoadedAdapter, tmp_path: Path
) -> AsyncIterator[Office]:
    """An office that takes messages of transit."""
    authority.issue(CHED, ("0401", "5000", "KGM"))
    opened = Office(authority, database_url, replace(rules, formats=transit_formats(lax_schema(tmp_path))), loaded)
    await opened.open()
    yield opened
    await opened.close()


async def lodged(office: Office, raw: bytes) -> Record:
    made = await office.lifecycle.lodging.lodge(raw, XML, waited_for=True, by=CUSTOMS, asker=AS_CUSTOMS)
    return await office.settled(made.id)


async def rendered(office: Office, record: Record) -> etree._Element | None:
    declared = await office.store.declarations.declaration(record.id, record.version)
    assert declared is not None
    written = control_decision(record, declared)
    return etree.fromstring(written) if written is not None else None


def asked(root: etree._Element | None) -> list[tuple[str | None, ...]]:
    assert root is not None
    return [
        tuple(one.findtext(name) for name in ("documentType", "description"))
        for one in root.findall("RequestedDocument")
    ]


async def test_a_missing_ched_is_asked_for(transit: Office) -> None:
    """Acceptance case 15."""
    root = await rendered(transit, await lodged(transit, movement([item(1)])))
    assert root is not None
    assert asked(root)[0][0] == "N853"
    assert str(asked(root)[0][1]).startswith("Goods item 1")
    assert root.findtext("TransitOperation/notificationType") == "1"
    assert (root.findtext("TransitOperation/LRN"), root.find("TransitOperation/MRN")) == ("LRN-1", None)
    assert root.findtext("HolderOfTheTransitProcedure/identificationNumber") == "FR12345678901234"
    assert root.findtext("messageSender") == "NTA.FR"
    assert root.find("TypeOfControls") is None


async def test_it_follows_the_schema_and_is_as_the_public_one(transit: Office, corpus: Path, tmp_path: Path) -> None:
    folder = tmp_path / "xsd"
    folder.mkdir()
    public_schema(folder, corpus)
    schema = etree.XMLSchema(etree.parse(folder / "cc060c.xsd"))
    record = await lodged(transit, movement([item(1)]))
    for root in (await rendered(transit, record), await rendered(transit, await announced(transit, record))):
        assert root is not None
        assert schema.validate(root), schema.error_log
    first = await rendered(transit, record)
    wanted = etree.parse(corpus / "ncts6" / "expected" / "cc060c-missing-ched.xml").getroot()
    assert first is not None
    assert [one.tag for one in first if one.tag != "correlationIdentifier"] == [
        one.tag for one in wanted if one.tag != "correlationIdentifier"
    ]
    assert first.attrib == wanted.attrib


async def announced(office: Office, record: Record) -> Record:
    await office.lifecycle.examinations.announce(record.id, reference="X1", by=ONE, asker=AS_CUSTOMS)
    return await office.settled(record.id)


async def test_an_announced_control_is_told_alone(transit: Office) -> None:
    """No type of control stands beside a document that is asked for."""
    record = await announced(transit, await lodged(transit, movement([item(1)])))
    root = await rendered(transit, record)
    assert root is not None
    assert (root.findtext("TransitOperation/notificationType"), root.findtext("TypeOfControls/type")) == ("0", "40")
    assert root.find("RequestedDocument") is None


async def test_an_intention_names_neither_controls_nor_documents(transit: Office, corpus: Path, tmp_path: Path) -> None:
    """Conditions C0452 and C0455 of NCTS phase 5; once customs has accepted the declaration it is a decision."""
    record = await announced(transit, await lodged(transit, movement([item(1)])))
    assert record.examination is not None
    told = replace(record, examination=replace(record.examination, intended=True))
    root = await rendered(transit, told)
    assert root is not None
    assert root.findtext("TransitOperation/notificationType") == "2"
    assert (root.find("TypeOfControls"), root.find("RequestedDocument")) == (None, None)
    folder = tmp_path / "xsd"
    folder.mkdir()
    public_schema(folder, corpus)
    schema = etree.XMLSchema(etree.parse(folder / "cc060c.xsd"))
    assert schema.validate(root), schema.error_log
    accepted = await rendered(transit, replace(told, accepted_at=datetime.now(UTC)))
    assert accepted is not None
    assert accepted.findtext("TransitOperation/notificationType") == "0"


async def test_nothing_is_asked_for_where_nothing_is_missing(transit: Office) -> None:
    record = await lodged(transit, movement([item(1, document("N853", CHED))]))
    assert await rendered(transit, record) is None


async def test_what_an_authority_has_not_said_is_not_asked_for(transit: Office, authority: Authority) -> None:
    authority.fail(Fault.DOWN, count=None)
    record = await lodged(transit, movement([item(1, document("N853", CHED))]))
    assert record.decision is not None
    assert record.decision.decision.effect is Effect.HOLD
    assert await rendered(transit, record) is None


async def test_only_transit_has_it(transit: Office) -> None:
    record = await transit.lodge("MSG-1", goods(milk("CHEDP.FR.2026.9789999", "10")))
    assert await rendered(transit, record) is None


async def test_the_same_state_is_the_same_message(transit: Office) -> None:
    record = await lodged(transit, movement([item(1)]))
    declared = await transit.store.declarations.declaration(record.id, 1)
    assert declared is not None
    assert control_decision(record, declared) == control_decision(record, declared)
    assert record.received_at <= datetime.now(UTC)
