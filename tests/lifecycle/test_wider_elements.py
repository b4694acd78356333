"""Elements that no decision is made by count as content once no older replica is left, and what was stored before is answered as before."""

import json
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
import pytest

from gateway.configured_rules import Rules
from gateway.dispatch import LoadedAdapter
from gateway.domain.codec import encode
from gateway.domain.errors import Resubmitted
from gateway.domain.transport import Container, TransportDetails, TransportDocument
from gateway.domain.verification import EvidenceItem
from gateway.domain.work_list import Search
from gateway.intake import Formats, IntakeLimits
from gateway.lifecycle.lodging import Lodged
from gateway.store import Erased, after_steps
from tests.builders.actors import AS_CUSTOMS, CUSTOMS
from tests.builders.authority import Authority
from tests.builders.goods import JSON, goods, message, milk
from tests.builders.offices import authority, loaded, office, rules
from tests.builders.places import ROOT
from tests.builders.replicas import Office, mrn_of

__all__ = ["authority", "loaded", "office", "rules"]  # fixtures

CHED = "CHEDP.FR.2026.9700002"


def shipped(lrn: str, document: str | None = None, *, version: int = 1, kilograms: str = "10") -> bytes:
    """A declaration under a bill of lading."""
    written: dict[str, Any] = json.loads(message(lrn, goods(milk(CHED, kilograms)), mrn=mrn_of(lrn), version=version))
    if document is not None:
        written["GoodsShipment"]["TransportDocument"] = [{"type": "N705", "referenceNumber": document}]
    return json.dumps(written).encode()


async def lodge(office: Office, raw: bytes) -> Lodged:
    return await office.lifecycle.lodging.lodge(raw, JSON, by=CUSTOMS, asker=AS_CUSTOMS)


async def carried_by(office: Office, lodged: Lodged, version: int = 1) -> tuple[str, ...]:
    stored = await office.store.declarations.declaration(lodged.id, version)
    assert stored is not None
    return tuple(one.reference for one in stored.transport.documents) if stored.transport is not None else ()


async def test_a_transport_document_counts_once_all_replicas_know_it(office: Office, authority: Authority) -> None:
    authority.issue(CHED, ("0401", "5000", "KGM"))
    assert office.store.writes_wider  # nothing waits in a new database
    lodged = await lodge(office, shipped("WIDE-1", "BL-1"))
    assert await carried_by(office, lodged) == ("BL-1",)
    assert not (await lodge(office, shipped("WIDE-1", "BL-1"))).fresh
    for other in ("BL-2", None):
        with pytest.raises(Resubmitted):
            await lodge(office, shipped("WIDE-1", other))

    # Beside an older replica it is read, and neither kept nor counted; what another has kept is known again.
    office.store.writes_wider = False
    assert not (await lodge(office, shipped("WIDE-1", "BL-1"))).fresh
    before = await lodge(office, shipped("WIDE-2", "BL-1"))
    assert await carried_by(office, before) == ()
    await office.settled(before.id)
    second = await lodge(office, shipped("WIDE-2", "BL-1", version=2, kilograms="20"))
    assert second.fresh

    # After the upgrade the same message is answered as before, and another one is another one.
    office.store.writes_wider = True
    for version, kilograms in ((1, "10"), (2, "20")):
        again = await lodge(office, shipped("WIDE-2", "BL-1", version=version, kilograms=kilograms))
        assert (again.id, again.version, again.fresh) == (before.id, version, False)
        with pytest.raises(Resubmitted):
            await lodge(office, shipped("WIDE-2", "BL-2", version=version, kilograms=kilograms))
    third = await lodge(office, shipped("WIDE-2", "BL-3", version=3, kilograms="20"))
    assert third.fresh
    assert await carried_by(office, third, 3) == ("BL-3",)

    # Where the message is erased, the rest alone can be compared.
    await office.lifecycle.steps.invalidate(before.id, reason=None, by=CUSTOMS, asker=AS_CUSTOMS)
    await office.settled(before.id)
    digest = EvidenceItem.of(shipped("WIDE-2", "BL-1")).digest
    await office.store.erasure.erase_piece(before.id, digest, at=datetime.now(UTC), by=CUSTOMS, reason="a secret in it")
    assert not (await lodge(office, shipped("WIDE-2", "BL-2"))).fresh
    with pytest.raises(Resubmitted):
        await lodge(office, shipped("WIDE-2", "BL-2", kilograms="11"))


def test_what_is_not_stated_is_not_written() -> None:
    """A later element leaves the digests of declarations without it as they are."""
    one = TransportDetails(documents=(TransportDocument(type="N705", reference="BL-1"),))
    assert encode(one) == b'{"documents":[{"type":"N705","reference":"BL-1"}]}'


async def found(office: Office, typed: str, **reader: Any) -> list[str]:
    """The declarations that are found by the end of a number."""
    reader = {"eoris": None, **reader}
    listed = await office.lifecycle.work_list.page(Search(ends=frozenset({typed})), **reader, whole=False)
    return [one.id for one in listed.found]


async def test_a_declaration_is_found_by_its_containers_and_means_of_transport(
    office: Office, authority: Authority
) -> None:
    authority.issue(CHED, ("0401", "5000", "KGM"))

    def carried(lrn: str, version: int = 1, *, container: str | None) -> bytes:
        written = json.loads(shipped(lrn, "BL-1", version=version))
        if container is not None:
            written["GoodsShipment"]["TransportEquipment"] = [{"containerIdentificationNumber": container}]
        written["GoodsShipment"]["ActiveBorderTransportMeans"] = [{"identificationNumber": f"b-{lrn} 77"}]
        return json.dumps(written).encode()

    first = await lodge(office, carried("FIND-1", container="MSCU466700-1"))
    other = await lodge(office, carried("FIND-2", container="TGHU7599330"))
    for typed in ("MSCU4667001", "4667001", "66700-1", "mscu466700/1"):
        assert await found(office, typed) == [first.id], typed
    assert await found(office, "FIND277") == [other.id]
    # Too little of a number finds nothing, nor does another office's or another trader's.
    for typed, reader in (
        ("--0-01", {}),
        ("4667001", {"offices": frozenset({"XX000001"})}),
        ("4667001", {"eoris": frozenset({"DE12345"})}),
    ):
        assert await found(office, typed, **reader) == []
    declared = await office.store.declarations.declaration(first.id, 1)
    assert declared is not None
    assert await found(office, "4667001", eoris=frozenset({declared.declarant})) == [first.id]

    # A later version's is found, too, and an earlier one's still.
    await office.settled(first.id)
    await lodge(office, carried("FIND-1", 2, container="CSQU3054383"))
    assert await found(office, "CSQU3054383") == await found(office, "4667001") == [first.id]

    # What a replica stored that did not know of the numbers is found after the upgrade.
    last = b"SELECT number, last FROM transport_number WHERE declaration_id = %s ORDER BY 1"
    with psycopg.connect(office.url, autocommit=True) as connection:
        numbers = connection.execute(last, (first.id,)).fetchall()
        assert numbers == [("BFIND177", 2), ("CSQU3054383", 2), ("MSCU4667001", 1)]
        connection.execute("DELETE FROM transport_number")
        connection.execute(after_steps()["0068_transport_number.after.sql"].encode())
        assert connection.execute(last, (first.id,)).fetchall() == numbers

    # Erased with the content.
    await office.lifecycle.steps.invalidate(other.id, reason=None, by=CUSTOMS, asker=AS_CUSTOMS)
    await office.settled(other.id)
    await office.store.erasure.erase(other.id, Erased.CONTENT, at=datetime.now(UTC), by=CUSTOMS, reason="over")
    assert await found(office, "TGHU7599330") == []


@pytest.fixture
async def foreign_office(
    authority: Authority, database_url: str, rules: Rules, loaded: LoadedAdapter, tmp_path: Path
) -> AsyncIterator[Office]:
    """One that takes the partial messages of WCO DEC, whatever they say."""
    schema = tmp_path / "wco.xsd"
    space = "urn:wco:datamodel:WCO:DocumentMetaData-DMS:2"
    schema.write_text(
        f'<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" targetNamespace="{space}"><xs:element name="MetaData"/></xs:schema>'
    )
    formats = Formats.load(
        ROOT / "config" / "formats", schemas=ROOT / "xsd", schema_paths={"wco_dec": schema}, limits=IntakeLimits()
    )
    opened = Office(authority, database_url, replace(rules, formats=formats), loaded)
    await opened.open()
    yield opened
    await opened.close()


def partial(lrn: str, kilograms: int, container: str | None = None) -> bytes:
    """A message that carries the gross mass of the first goods item, and what contains it."""
    carried = f"<TransportEquipment><ID>{container}</ID></TransportEquipment>" if container is not None else ""
    mass = f'<GrossMassMeasure unitCode="KGM">{kilograms}</GrossMassMeasure>'
    return (
        '<md:MetaData xmlns:md="urn:wco:datamodel:WCO:DocumentMetaData-DMS:2" xmlns="urn:wco:datamodel:WCO:DEC-DMS:2">'
        f"<Declaration><FunctionCode>13</FunctionCode><FunctionalReferenceID>{lrn}</FunctionalReferenceID><ID>{mrn_of(lrn)}</ID><TypeCode>COR</TypeCode><GoodsShipment>"
        f"<Consignment>{carried}</Consignment><GovernmentAgencyGoodsItem><SequenceNumeric>1</SequenceNumeric>"
        f"<Commodity><GoodsMeasure>{mass}</GoodsMeasure></Commodity></GovernmentAgencyGoodsItem></GoodsShipment>"
        "</Declaration></md:MetaData>"
    ).encode()


async def test_a_partial_message_of_before_the_upgrade_counts_with_its_wider_elements(
    foreign_office: Office, authority: Authority
) -> None:
    office, lrn = foreign_office, "WIDE-P"
    authority.issue(CHED, ("0401", "5000", "KGM"))

    async def send(raw: bytes, kind: str = "application/xml") -> Lodged:
        lodged = await office.lifecycle.lodging.lodge(raw, kind, by=CUSTOMS, asker=AS_CUSTOMS)
        await office.settled(lodged.id)
        return lodged

    def whole(container: str, *, document: str = "BL-1") -> bytes:
        """All of what the second version says, in one message."""
        written = json.loads(shipped(lrn, document, version=2))
        written["GoodsShipment"]["TransportEquipment"] = [{"containerIdentificationNumber": container}]
        written["GoodsShipment"]["GoodsItem"][0]["Commodity"]["GoodsMeasure"]["grossMass"] = "12"
        return json.dumps(written).encode()

    office.store.writes_wider = False
    first = await send(shipped(lrn, "BL-1"), JSON)
    assert (await send(partial(lrn, 12, "MSCU6639871"))).version == 2
    stored = await office.store.declarations.declaration(first.id, 2)
    assert stored is not None
    assert stored.transport is None

    # The same again is the same, alone and as a whole; another container is other content.
    office.store.writes_wider = True
    again = await send(partial(lrn, 12, "MSCU6639871"))
    assert (again.version, again.fresh) == (2, False)
    again = await send(whole("MSCU6639871"), JSON)
    assert (again.version, again.fresh) == (2, False)
    for other in (whole("CSQU3054383"), whole("MSCU6639871", document="BL-2")):
        with pytest.raises(Resubmitted):
            await send(other, JSON)

    # A further one leaves alone what was stated before the upgrade.
    assert (await send(partial(lrn, 13))).version == 3
    third = await office.store.declarations.declaration(first.id, 3)
    assert third is not None
    assert third.transport == TransportDetails(
        documents=(TransportDocument(type="N705", reference="BL-1"),), containers=(Container(number="MSCU6639871"),)
    )
    assert await found(office, "MSCU6639871") == [first.id]
