"""The records of Surveillance: the columns are those of the annex, and each has what was declared of a released item."""

import csv
import json
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from msgspec import structs

from gateway.domain.calendar import Calendar
from gateway.domain.declaration import AdditionalReference
from gateway.domain.release import Released, ReleasedItem
from gateway.domain.transport import (
    Authorisation,
    Container,
    Duty,
    ItemDetails,
    Package,
    PartyInRole,
    TaxBase,
    TradeParty,
    TransportDetails,
    TransportDocument,
)
from gateway.wings.reporting.commands import print_records
from gateway.wings.reporting.surveillance_record import columns, records
from tests.builders.actors import AS_CUSTOMS, CUSTOMS
from tests.builders.authority import Authority
from tests.builders.current_declaration import CURRENT
from tests.builders.goods import JSON, goods, message, milk
from tests.builders.offices import authority, loaded, office, rules
from tests.builders.replicas import Office, mrn_of
from tests.builders.shown import AT, record

__all__ = ["authority", "loaded", "office", "rules"]  # fixtures

CHEDS = ("CHEDP.FR.2026.9710001", "CHEDP.FR.2026.9710002")

CALENDAR = Calendar(zone=ZoneInfo("Europe/Paris"))


@pytest.mark.corpus
def test_the_columns_are_those_of_the_annex(corpus: Path) -> None:
    text = (corpus / "surveillance" / "annex-21-03.csv").read_text("utf-8")
    rows = list(csv.DictReader(text.splitlines()))
    named = [(one.number, one.element) for one in columns()]
    assert [number for number, _ in named] == [int(row["row"]) for row in rows] == list(range(1, 58))
    assert [element for _, element in named[:54]] == [row["data_element"] for row in rows[:54]]
    assert [one.number for one in columns() if not one.at] == [28]  # a heading


def test_every_column_has_what_was_declared_of_its_item() -> None:
    transport = TransportDetails(
        documents=(TransportDocument(type="N705", reference="MASTER"),),
        authorisations=(Authorisation(type="C512", number="FRSDE1"), Authorisation(type="C514", holder="FR9")),
        containers=(
            Container(number="A", goods_items=(1,)),
            Container(number="B", goods_items=(2,)),
            Container(number="C"),
        ),
        consignees=(TradeParty(number="FR7"),),
        fiscal=(PartyInRole(role="FR1", number="FR99"),),
        exporter_country="CN",
        importer_country="FR",
        containerised="1",
        border_mode="1",
        inland_mode="3",
    )
    duty = Duty(type="A00", payment="E", payable=Decimal(8), bases=(TaxBase(rate=Decimal(8), unit="KGM", quantity=Decimal(10), amount=Decimal(100)),))  # fmt: skip
    more = ItemDetails(
        documents=(TransportDocument(type="N740", reference="OWN"),),
        packages=(Package(number=Decimal(3)), Package(number=Decimal(4))),
        national_codes=("X1",),
        preferential_origin="CH",
        preference="300",
        quota="090067",
        valuation_method="1",
        duties=(duty,),
    )
    first = structs.replace(
        CURRENT.items[0],
        more=more,
        documents=(structs.replace(CURRENT.items[0].documents[0], issuer="BCP"),),
        references=(AdditionalReference(type="Y929"),),
        requested_procedure="40",
        previous_procedure="00",
        additional_procedures=("000",),
        additional_codes=("8000",),
        description="Milk",
        origin="NO",
        country_of_destination="DE",
        gross_mass=Decimal(110),
        supplementary_units=Decimal(5),
        statistical_value=Decimal(900),
    )
    declared = structs.replace(
        CURRENT,
        items=(first, CURRENT.items[1]),
        transport=transport,
        additional_type="A",
        importer="FR2",
        exporter="CN1",
        country_of_dispatch="NO",
        country_of_destination="FR",
        references=(AdditionalReference(type="Y900", reference="N1"),),
    )
    stored = replace(record(), mrn=CURRENT.mrn, released=Released(whole=True, items=(), at=AT))
    (number, found), (_, second) = records(stored, declared)
    assert number == 1
    stated = {one.element for one in columns() if one.at}
    assert set(found) == stated
    assert {name: found[name] for name in ("12 03 010 000", "12 04 001 000", "12 04 002 000", "12 05 001 000")} == {
        "12 03 010 000": ["BCP"],
        "12 04 001 000": [None, "N1"],
        "12 04 002 000": ["Y929", "Y900"],
        "12 05 001 000": ["OWN", "MASTER"],
    }
    assert (found["12 12 001 000"], found["12 12 080 000"]) == (["FRSDE1", None], [None, "FR9"])
    assert [found[f"18 09 0{part} 000"] for part in (56, 57, 58)] == ["040120", "11", "00"]
    assert (found["16 03 000 000"], second["16 03 000 000"]) == ("DE", "FR")  # the item's own, else the shipment's
    assert (found["19 07 063 000"], second["19 07 063 000"]) == (["A", "C"], ["B", "C"])
    assert (found["14 03 040 014"], found["18 06 004 000"]) == ([Decimal(100)], [Decimal(3), Decimal(4)])
    assert (found["issuer"], found["declaration number"]) == ("FR", CURRENT.mrn)
    assert "18 09 060 000" not in second
    # Goods that are out in part are not reported, and of what was not released there is nothing.
    partly = (ReleasedItem(goods_item=1, quantity=Decimal(1), unit="KGM"), ReleasedItem(goods_item=2))
    assert [
        one for one, _ in records(replace(stored, released=Released(whole=False, items=partly, at=AT)), declared)
    ] == [2]
    assert list(records(replace(stored, released=None), declared)) == []


async def test_the_command_prints_what_is_out(
    office: Office, authority: Authority, capsys: pytest.CaptureFixture[str]
) -> None:
    for ched in CHEDS:
        authority.issue(ched, ("0401", "5000", "KGM"))
    mrn = mrn_of("REPORT-1")
    written = json.loads(message("REPORT-1", goods(milk(CHEDS[0], "10"), milk(CHEDS[1], "20")), mrn=mrn))
    written["GoodsShipment"]["TransportDocument"] = [{"type": "N705", "referenceNumber": "BL-1"}]
    office.store.writes_wider = False  # as it was taken before the upgrade
    raw = json.dumps(written).encode()
    lodged = await office.settled((await office.lifecycle.lodging.lodge(raw, JSON, by=CUSTOMS, asker=AS_CUSTOMS)).id)
    office.store.writes_wider = True
    formats = office.rules.formats
    await print_records(office.store, formats, CALENDAR, lodged.id, None)
    assert capsys.readouterr().out == ""
    assert (await office.release(lodged)).done
    await print_records(office.store, formats, CALENDAR, mrn, None)
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [(one["item"], one["columns"]["declaration number"]) for one in lines] == [(1, mrn), (2, mrn)]
    assert [one["surveillance"]["answer"] for one in lines] == ["send", "send"]
    assert [one["columns"]["12 05 001 000"] for one in lines] == [["BL-1"], ["BL-1"]]
