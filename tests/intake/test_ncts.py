"""NCTS messages: houses keep their documents to themselves, every public sample is read or refused with its line, no leaf is forgotten."""

from copy import deepcopy
from decimal import Decimal
from pathlib import Path

import pytest
from lxml import etree

from gateway.decisions import decide
from gateway.domain.declaration import MessageKind
from gateway.domain.errors import ConfigurationError, DeclarationRefused
from gateway.domain.transport import (
    Container,
    ItemDetails,
    Package,
    TradeParty,
    TransportDetails,
    TransportDocument,
    TransportMeans,
)
from gateway.intake import Formats, IntakeLimits
from gateway.intake.format_file import FormatFile, read_format
from gateway.intake.rules import OPTIONAL_RULES
from gateway.intake.unread_leaves import is_unread, leaves, read_paths, unread_faults
from tests.builders.places import ROOT
from tests.builders.small_cases import CHED, case, codes, confirmed
from tests.builders.transit import ROOTS, document, item, lax_schema, movement, public_schema, samples, transit_formats
from tests.intake.reading import XML, rules, told

FOLDER = ROOT / "config" / "formats"
OF_ROOT = {"CC013C": "ncts_013", "CC014C": "ncts_014", "CC015C": "ncts_015", "CC170C": "ncts_170"}


@pytest.fixture(scope="module")
def lax(tmp_path_factory: pytest.TempPathFactory) -> Formats:
    return transit_formats(lax_schema(tmp_path_factory.mktemp("lax")))


@pytest.fixture(scope="module")
def schema(tmp_path_factory: pytest.TempPathFactory, corpus: Path) -> Path:
    return public_schema(tmp_path_factory.mktemp("ncts"), corpus)


@pytest.fixture(scope="module")
def public(schema: Path) -> Formats:
    return transit_formats(schema)


def refusal(formats: Formats, raw: bytes) -> DeclarationRefused:
    with pytest.raises(DeclarationRefused) as caught:
        formats.accept(raw, XML)
    return caught.value


def held(formats: Formats, raw: bytes) -> dict[int | None, list[str]]:
    """The codes of what holds, by goods item, where the certificate is confirmed."""
    decision = decide(case(formats.accept(raw, XML).declaration, confirmed()))
    found: dict[int | None, list[str]] = {}
    for finding in decision.findings:
        if finding.code in codes(decision):
            found.setdefault(finding.goods_item, []).append(finding.code)
    return found


def test_the_documents_of_a_house_are_never_another_houses(lax: Formats) -> None:
    raw = movement([item(1), item(2) + document("N853", CHED)])
    declaration = lax.accept(raw, XML).declaration
    assert declaration.documents == ()
    assert [len(one.documents) for one in declaration.items] == [0, 1]
    assert held(lax, raw) == {1: ["SW-DEC-010"]}


def test_those_of_the_consignment_are_of_all_houses(lax: Formats) -> None:
    assert held(lax, movement([item(1), item(2)], document("N853", CHED))) == {}


def test_a_file_cannot_take_the_documents_of_a_house_for_the_shipments(tmp_path: Path) -> None:
    text = (FOLDER / "ncts_015.toml").read_text("utf-8")
    each = 'documents = { each = "Consignment/SupportingDocument"'
    wrong = text.replace(each, each.replace("Consignment/", "Consignment/HouseConsignment/"), 1)
    for changed in (
        wrong,
        text.replace('"Consignment/countryOfDispatch"', '"Consignment/HouseConsignment/countryOfDispatch"'),
        text.replace('"Consignment/TransportDocument"', '"Consignment/HouseConsignment/TransportDocument"'),
    ):
        file = tmp_path / "ncts_015.toml"
        file.write_text(changed, "utf-8")
        _, (fault,) = read_format(file, OPTIONAL_RULES)
        assert "stands in a house: say it in [house]" in fault
    file.write_text(text.replace('items = { each = "Consignment', 'documents = { each = "Consignment', 1), "utf-8")
    assert read_format(file, OPTIONAL_RULES)[1]


def test_what_a_house_states_is_of_its_items_that_state_none(lax: Formats) -> None:
    own = "<countryOfDestination>BE</countryOfDestination>" + document("C640", "own")
    house = "<countryOfDestination>DE</countryOfDestination><countryOfDispatch>CH</countryOfDispatch>" + document(
        "Y929", "all"
    )
    read = lax.accept(movement([house + item(1, own) + item(2), item(3)]), XML).declaration
    assert [(one.number, one.country_of_destination, one.country_of_dispatch) for one in read.items] == [
        (1, "BE", "CH"),
        (2, "DE", "CH"),
        (3, None, None),
    ]
    assert [[cited.type for cited in one.documents] for one in read.items] == [["Y929", "C640"], ["Y929"], []]


def test_what_carries_goods_is_read_and_that_of_a_house_is_of_its_items(lax: Formats) -> None:
    def bill(number: str) -> str:
        return f"<TransportDocument><type>N705</type><referenceNumber>{number}</referenceNumber></TransportDocument>"

    def consignee(number: str) -> str:
        return f"<Consignee><identificationNumber>{number}</identificationNumber></Consignee>"

    seal = "<Seal><identifier>S1</identifier></Seal>"
    equipment = f"<containerIdentificationNumber>MSCU6639871</containerIdentificationNumber>{seal}"
    ship = "<typeOfIdentification>10</typeOfIdentification><identificationNumber>9074729</identificationNumber>"
    shipment = (
        f"<containerIndicator>1</containerIndicator><Carrier><identificationNumber>FR4</identificationNumber></Carrier>"
        f"<TransportEquipment>{equipment}</TransportEquipment>"
        f"<ActiveBorderTransportMeans>{ship}<conveyanceReferenceNumber>V-7</conveyanceReferenceNumber>"
        f"</ActiveBorderTransportMeans>{bill('MASTER')}"
    )
    house = consignee("FR1") + bill("HOUSE")
    packed = "<Packaging><typeOfPackages>CT</typeOfPackages><numberOfPackages>7</numberOfPackages></Packaging>"
    raw = movement([house + item(1, packed + consignee("FR2") + bill("OWN")) + item(2), item(3)], shipment)
    read = lax.accept(raw, XML).declaration
    assert read.transport == TransportDetails(
        documents=(TransportDocument(type="N705", reference="MASTER"),),
        containers=(Container(number="MSCU6639871", seals=("S1",)),),
        at_border=(TransportMeans(type="10", number="9074729", conveyance="V-7"),),
        carriers=(TradeParty(number="FR4"),),
        containerised="1",
    )
    of_house = TransportDocument(type="N705", reference="HOUSE")
    assert [one.more for one in read.items] == [
        ItemDetails(
            documents=(of_house, TransportDocument(type="N705", reference="OWN")),
            consignees=(TradeParty(number="FR2"),),
            packages=(Package(type="CT", number=Decimal(7)),),
        ),
        ItemDetails(documents=(of_house,), consignees=(TradeParty(number="FR1"),)),
        None,
    ]


def test_in_a_mixed_transit_each_item_has_its_own_type(lax: Formats) -> None:
    def mixed(own: str, kind: str = "T") -> dict[int | None, list[str]]:
        return held(lax, movement([item(1, code="731815", kind="T1") + item(2, kind=own)], kind=kind))

    assert mixed("T2") == mixed("T2F") == {}
    assert mixed("") == mixed("T1") == {2: ["SW-DEC-010"]}
    # Under T1 what an item says of itself spares it nothing, and that is told.
    assert mixed("T2", "T1") == {2: ["SW-DEC-010"]}
    (warned,) = lax.accept(movement([item(1, kind="T1") + item(2, kind="T2")]), XML).warnings
    assert warned.rule == "item_type_not_counted"
    assert (warned.path or "").endswith("/ConsignmentItem[2]/declarationType")


def test_a_holder_of_common_transit_is_the_declarant_by_its_own_number(lax: Formats) -> None:
    def findings(holder: str) -> set[str]:
        read = lax.accept(movement([item(1, code="731815")], holder=holder), XML).declaration
        assert read.declarant == read.holder == holder
        return {one.code for one in decide(case(read)).findings} & {"SW-DEC-262", "SW-DEC-263"}

    assert findings("CHE123456789") == set()
    assert findings("US123456789") == {"SW-DEC-263"}


def test_a_message_names_its_target_by_either_number_and_never_by_both(lax: Formats) -> None:
    def read(root: str, named: str) -> tuple[MessageKind, str | None, str]:
        made = lax.accept(movement([item(1)], root=root, named=named), XML).declaration
        return made.message, made.target_mrn, made.lrn

    mrn, lrn = "<MRN>26FR001260000001J2</MRN>", "<LRN>LRN-1</LRN>"
    for root, kind in (
        ("CC013C", MessageKind.REPLACE),
        ("CC014C", MessageKind.INVALIDATE),
        ("CC170C", MessageKind.PRESENT),
    ):
        assert read(root, mrn) == (kind, "26FR001260000001J2", "")
        assert read(root, lrn) == (kind, None, "LRN-1")
        assert told(refusal(lax, movement([item(1)], root=root, named=""))) == [("missing", f"/{root}")]
    for root in ("CC013C", "CC014C"):
        assert rules(refusal(lax, movement([item(1)], root=root, named=mrn + lrn))) == ["one_target"]


def test_every_public_sample_is_read_or_refused_with_its_line(public: Formats, corpus: Path) -> None:
    table = {}
    for name, text in samples(corpus):
        try:
            table[name] = str(public.accept(text.encode(), XML).declaration.message)
        except DeclarationRefused as error:
            # None is without its place: the table would have another text.
            told = [one for one in error.violations if one.line and one.path and one.rule]
            table[name] = f"{told[0].rule} {told[0].line}" if len(told) == len(error.violations) else "?"
    expected = (ROOT / "tests" / "data" / "ncts_samples.txt").read_text("utf-8").splitlines()
    assert [f"{name}: {became}" for name, became in table.items()] == expected


@pytest.mark.parametrize("root", ROOTS)
def test_each_leaf_is_read_or_said_to_be_unread(schema: Path, root: str) -> None:
    file = format_file(OF_ROOT[root])
    read, found = read_paths(file), leaves(schema, root)
    assert len(found) == len(set(found)) > 10
    assert [leaf for leaf in found if (leaf in read) is is_unread(leaf, file)] == []
    assert unread_faults(file, schema) == ()


def format_file(name: str) -> FormatFile:
    named = {path.stem: path for path in FOLDER.glob("*.toml")}
    file, faults = read_format(named[name], OPTIONAL_RULES, named)
    assert faults == ()
    assert file is not None
    return file


def test_one_schema_of_the_family_serves_all_its_roots(schema: Path) -> None:
    formats = transit_formats(schema)
    assert len(set(formats.schemas().values())) == 2
    assert {one.name for one in formats.described() if one.on} == {"native", *OF_ROOT.values()}
    alone = transit_formats(schema.with_name("cc015c.xsd"))
    off = {one.name: one.reason for one in alone.described() if not one.on}
    assert off.keys() == {"deco", "dms", "ncts_013", "ncts_014", "ncts_170", "wco_dec"}
    assert "formats.ncts_013.schema" in (off["ncts_013"] or "")


def test_a_format_extends_another_one_that_extends_none(tmp_path: Path) -> None:
    file = tmp_path / "own.toml"
    named = {path.stem: path for path in FOLDER.glob("*.toml")} | {"own": file}
    for extends in ("none", "own", "ncts_013"):
        file.write_text(f'title = "own"\nextends = "{extends}"\nroot = "own"\nschema_from = "operator"\n', "utf-8")
        assert any(": extends: " in fault for fault in read_format(file, OPTIONAL_RULES, named)[1])


def test_elements_in_a_namespace_are_refused_where_none_is_due(public: Formats, lax: Formats) -> None:
    inside = movement([item(1)]).replace(b"<n:CC015C xmlns:n=", b"<CC015C xmlns=").replace(b"</n:CC015C>", b"</CC015C>")
    assert rules(refusal(public, inside))[0] == "SCHEMAV_ELEMENT_CONTENT"
    assert set(rules(refusal(lax, inside))) == {"missing"}
    outside = (
        movement([item(1)]).replace(b"<n:CC015C xmlns:n=", b"<CC015C xmlns:n=").replace(b"</n:CC015C>", b"</CC015C>")
    )
    assert refusal(public, outside).code == "SW-INT-003"


def test_what_a_house_cites_counts_for_each_of_its_items_and_is_told_once(tmp_path: Path) -> None:
    cited = "".join(document("C640", f"R{number}") for number in range(99))
    house = "".join(item(number) for number in range(1, 1001))
    formats = transit_formats(lax_schema(tmp_path), IntakeLimits(max_documents=50_000))
    assert rules(refusal(formats, movement([cited + house]))) == ["documents_too_many"]
    unseen = movement([document("C640", "R\u200b1") + item(1) + item(2)])
    assert rules(refusal(formats, unseen)) == ["character_unseen"]


def test_without_any_element_and_with_any_twice_it_is_read_or_refused_with_a_place(
    public: Formats, corpus: Path
) -> None:
    whole = etree.fromstring(dict(samples(corpus))["ncts6/validator/cc015c-valid-2.xml"].encode())
    count, read = len(list(whole.iter(etree.Element))), {"without": 0, "twice": 0}
    assert count > 120
    for position in range(1, count):
        for change in read:
            changed = deepcopy(whole)
            one = list(changed.iter(etree.Element))[position]
            parent = one.getparent()
            assert parent is not None
            if change == "twice":
                one.addnext(deepcopy(one))
            else:
                parent.remove(one)
            try:
                public.accept(etree.tostring(changed), XML)
                read[change] += 1
            except DeclarationRefused as error:
                refused = error
                if not all(found.rule and found.path and found.line for found in refused.violations):
                    raise
    assert read["without"] > 20
    assert 0 < read["twice"] < count // 2


def test_what_is_read_of_the_least_message(public: Formats, corpus: Path) -> None:
    """Whatever can be left out is left out, one after another."""
    least = etree.fromstring(dict(samples(corpus))["ncts6/validator/cc015c-valid-2.xml"].encode())
    for one in list(least.iter(etree.Element))[1:]:
        parent = one.getparent()
        if parent is None:
            continue
        place = parent.index(one)
        parent.remove(one)
        try:
            public.accept(etree.tostring(least), XML)
        except DeclarationRefused:
            parent.insert(place, one)
    declaration = public.accept(etree.tostring(least), XML).declaration
    assert (declaration.documents, declaration.references, declaration.country_of_destination) == ((), (), None)
    assert [(one.number, one.documents, one.net_mass) for one in declaration.items] == [(1, (), None)]


def test_an_element_twice_and_one_without_anything_optional(public: Formats, corpus: Path) -> None:
    whole = dict(samples(corpus))["ncts6/trader-test-v8/anxi2_ie015_xml_example.xml"]
    twice = whole.replace("<security>0</security>", "<security>0</security><security>0</security>")
    assert rules(refusal(public, twice.encode())) == ["SCHEMAV_ELEMENT_CONTENT"]
    nobody = whole.replace("<identificationNumber>GB953574106000</identificationNumber>", "", 1)
    (missing,) = refusal(public, nobody.encode()).violations
    assert (missing.rule, missing.path) == ("missing", "/CC015C")


def test_a_schema_that_is_not_there_stops_the_start(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError):
        transit_formats(tmp_path / "none.xsd")


def test_a_movement_of_four_items_under_a_british_holder_is_not_held_for_who_declares(
    public: Formats, corpus: Path
) -> None:
    """Acceptance case 4."""
    text = dict(samples(corpus))["ncts6/trader-test-v8/anxi2_ie015_xml_example.xml"]
    declaration = public.accept(text.encode(), XML).declaration
    assert len(declaration.items) == 4
    assert declaration.holder is not None
    assert declaration.holder[:2] in {"GB", "XI"}
    assert not {one.code for one in decide(case(declaration)).findings} & {"SW-DEC-262", "SW-DEC-263"}
