"""Formats as configuration: every fault with its place, and the native schema documented throughout."""

import re
import shutil
import tomllib
from pathlib import Path

import pytest
from lxml import etree

from gateway.domain.errors import BusinessRuleViolated, ConfigurationError
from gateway.intake import Formats, IntakeLimits
from tests.builders.places import ROOT
from tests.builders.samples import build_native
from tests.intake.reading import XML, load

XS = "{http://www.w3.org/2001/XMLSchema}"
SCHEMA = ROOT / "xsd" / "declaration" / "1"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A configuration of our own to break."""
    shutil.copytree(ROOT / "config" / "formats", tmp_path / "formats")
    shutil.copytree(ROOT / "config" / "messages", tmp_path / "messages")
    return tmp_path / "formats"


def faults(folder: Path, schema_paths: dict[str, Path] | None = None) -> tuple[str, ...]:
    """Gives the faults of a configuration."""
    with pytest.raises(ConfigurationError) as caught:
        Formats.load(folder, schemas=ROOT / "xsd", schema_paths=schema_paths or {}, limits=IntakeLimits())
    return caught.value.faults


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('lrn = "LRN"', 'lrnn = "LRN"', "Declaration has no field 'lrnn'"),
        ('lrn = "LRN"', 'lrn = "LRN//x"', "'' is no step of a path"),
        ('lrn = "LRN"', 'lrn = "LRN[!A=b]"', "'[!A=b]' is no condition"),
        ('lrn = "LRN"', 'lrn = "x:LRN"', "the prefix 'x' is not in [namespaces]"),
        ('lrn = "LRN"', 'lrn = { path = "LRN", jion = 1 }', "unknown key 'jion'"),
        ('lrn = "LRN"', "lrn = { take = [0] }", "one of `path`, `paths` and `join` is needed"),
        ('lrn = "LRN"', "lrn = 5", "paths are texts"),
        ('as = "document" }', 'as = "docment" }', "[docment] is no record described before"),
        ('"item_number_twice"', '"item_number_thrice"', "unknown rule 'item_number_thrice'"),
        ('direction = "transit"', 'direction = "sideways"', "'sideways' is not known"),
        ('kind = "lodge"', 'kind = "dislodge"', "'dislodge' is not known"),
        ('additional_types = ["R"]', 'additional_types = ["A"]', "'A' has a kind already"),
        ('commodity_code = { join', '# commodity_code = { join', "where 'commodity_code' stands is not said"),
        ("json = true", "jason = true", "unknown key"),
        ('schema = "declaration/1/declaration.xsd"', 'schema = "declaration/1/none.xsd"', "cannot be read"),
    ],
)  # fmt: skip
def test_a_fault_of_a_format_is_told_with_file_and_line(folder: Path, old: str, new: str, told: str) -> None:
    file = folder / "native.toml"
    text = file.read_text("utf-8")
    assert old in text
    file.write_text(text.replace(old, new, 1), "utf-8")

    found = faults(folder)

    line = text[: text.index("rules = [" if "item_number" in old else old)].count("\n") + 1
    (fault,) = [one for one in found if told in one]
    if told.startswith("where"):
        assert fault.startswith(f"{file}:")
    else:
        assert fault.startswith(f"{file}:{line}:"), fault


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('[message]\nkind = "lodge"', 'message = "lodge"'),
        ('types = ["IM", "CO"]', "types = 5"),
        ('message_id = "messageIdentification"', "message_id = [5]"),
        ('join = [', "join = 5 #"),
    ],
)  # fmt: skip
def test_a_value_of_the_wrong_kind_is_a_fault_not_a_crash(folder: Path, old: str, new: str) -> None:
    file = folder / "native.toml"
    text = file.read_text("utf-8")
    assert old in text
    file.write_text(text.replace(old, new, 1), "utf-8")
    assert all(one.startswith(f"{file}:") for one in faults(folder))


def test_all_faults_are_told_at_once(folder: Path) -> None:
    file = folder / "native.toml"
    text = file.read_text("utf-8").replace('lrn = "LRN"', 'lrnn = "LRN"').replace('mrn = "MRN"', 'mrnn = "MRN"')
    file.write_text(text, "utf-8")
    (folder / "broken.toml").write_text("title = ", "utf-8")
    found = faults(folder, {"wco_dec": folder / "none.xsd", "other": folder / "none.xsd"})
    assert len(found) == 5
    assert sum("native.toml" in one for one in found) == 2
    assert any("broken.toml" in one for one in found)
    assert any("formats.other" in one for one in found)
    assert any(one.startswith(f"{folder / 'wco_dec.toml'}:") and "none.xsd" in one for one in found)


def test_a_schema_that_is_none_stops_the_start_with_its_line(folder: Path, tmp_path: Path) -> None:
    schema = tmp_path / "own.xsd"
    schema.write_text(
        '<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema">\n<xs:element name="a" type="none"/></xs:schema>',
        "utf-8",
    )
    (fault,) = faults(folder, {"wco_dec": schema})
    assert f"{schema}:2:" in fault


def test_one_root_has_one_format(folder: Path) -> None:
    shutil.copy(folder / "native.toml", folder / "second.toml")
    assert any("has a format already" in one for one in faults(folder))


def test_a_folder_without_formats_stops_the_start(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "config" / "messages", tmp_path / "messages")
    (tmp_path / "formats").mkdir()
    assert faults(tmp_path / "formats") == (f"{tmp_path / 'formats'}: holds no format",)


def test_one_format_alone_is_read_in_json(folder: Path, tmp_path: Path) -> None:
    """A message in JSON has no root by which two were told apart."""
    text = (folder / "native.toml").read_text("utf-8").replace("urn:eu-single-window:declaration:1", "urn:example:own")
    assert "json = true" in text
    own = tmp_path / "own"
    own.mkdir()
    (own / "an_own.toml").write_text(text, "utf-8")
    with pytest.raises(ConfigurationError) as caught:
        Formats.load(folder, own, schemas=ROOT / "xsd", schema_paths={}, limits=IntakeLimits())
    (fault,) = [one for one in caught.value.faults if " json: " in one]
    assert fault.startswith(f"{folder / 'native.toml'}:")
    assert f"{own / 'an_own.toml'}" in fault


def test_a_new_format_is_a_file(folder: Path, tmp_path: Path) -> None:
    """The same elements under another name, with a schema of the operator's: no code, and told apart by its root."""
    other = "urn:example:other"
    for file in SCHEMA.glob("*.xsd"):
        text = file.read_text("utf-8").replace("urn:eu-single-window:declaration:1", other)
        (tmp_path / file.name).write_text(text, "utf-8")
    text = (folder / "native.toml").read_text("utf-8").replace("urn:eu-single-window:declaration:1", other)
    text = text.replace('schema = "declaration/1/declaration.xsd"', 'schema_from = "operator"').replace(
        "json = true\n", ""
    )
    (folder / "other.toml").write_text(text, "utf-8")
    formats = Formats.load(
        folder, schemas=ROOT / "xsd", schema_paths={"other": tmp_path / "declaration.xsd"}, limits=IntakeLimits()
    )
    raw = build_native(items=2)
    native, foreign = (
        formats.accept(raw, XML),
        formats.accept(raw.replace(b"urn:eu-single-window:declaration:1", other.encode()), XML),
    )
    assert foreign.declaration.format == "other"
    assert foreign.digest == native.digest


@pytest.mark.parametrize("number", ["1e90000000", "1E-90000000", "1" * 40, "0." + "0" * 40 + "1", "NaN"])
def test_a_number_without_end_is_no_number_whatever_a_foreign_schema_lets_pass(
    folder: Path, tmp_path: Path, number: str
) -> None:
    """Written out, which a message about it would do, it has 90 million digits."""
    for file in SCHEMA.glob("*.xsd"):
        text = file.read_text("utf-8")
        begin = text.find('<xs:simpleType name="Quantity">')
        if begin >= 0:
            end = text.index("</xs:simpleType>", begin)
            text = f'{text[:begin]}<xs:simpleType name="Quantity"><xs:restriction base="xs:token"/>{text[end:]}'
        (tmp_path / file.name).write_text(text, "utf-8")
    text = (folder / "native.toml").read_text("utf-8")
    (folder / "native.toml").write_text(
        text.replace('schema = "declaration/1/declaration.xsd"', 'schema_from = "operator"').replace(
            "json = true\n", ""
        ),
        "utf-8",
    )
    formats = Formats.load(
        folder, schemas=ROOT / "xsd", schema_paths={"native": tmp_path / "declaration.xsd"}, limits=IntakeLimits()
    )
    raw = build_native(items=1)
    formats.accept(raw, XML)
    for element in (b"<quantity>120", b"<netMass>120"):
        assert element in raw
        with pytest.raises(BusinessRuleViolated) as caught:
            formats.accept(raw.replace(element, element.replace(b"120", number.encode())), XML)
        assert caught.value.violations[0].rule == "not_a_number"


def test_every_element_of_the_native_schema_is_documented_with_its_data_element() -> None:
    undocumented, without_number = [], set()
    for file in sorted(SCHEMA.glob("*.xsd")):
        for element in etree.parse(file).iter(f"{XS}element"):
            text = element.findtext(f"{XS}annotation/{XS}documentation") or ""
            if not text:
                undocumented.append(f"{file.name}: {element.get('name')}")
            elif not re.match(r"\d\d \d\d \d{3} \d{3}\. ", text):
                without_number.add(element.get("name"))
    assert undocumented == []
    # These are the message's own, or classes that have no number.
    assert without_number == {
        "Declaration", "messageIdentification", "preparationDateAndTime", "version", "dataset", "GoodsShipment",
    }  # fmt: skip


def test_the_manifest_names_the_files_of_the_schema() -> None:
    manifest = tomllib.loads((SCHEMA / "MANIFEST.toml").read_text("utf-8"))
    assert sorted(manifest["files"]) == sorted(file.name for file in SCHEMA.glob("*.xsd"))
    assert manifest["namespace"] == "urn:eu-single-window:declaration:1"
    assert etree.parse(SCHEMA / "declaration.xsd").getroot().get("version") == manifest["version"]
    for file in SCHEMA.glob("*.xsd"):
        assert len(file.read_text("utf-8").splitlines()) < 400


def test_what_repeats_repeats_as_often_as_annex_b_says() -> None:
    most = {
        (kind.get("name"), element.get("name")): element.get("maxOccurs")
        for file in SCHEMA.glob("*.xsd")
        for kind in etree.parse(file).iter(f"{XS}complexType")
        for element in kind.iter(f"{XS}element")
        if element.get("maxOccurs")
    }
    for parent in ("GoodsShipment", "GoodsItem"):
        for name in ("SupportingDocument", "AdditionalReference", "PreviousDocument"):
            assert most[parent, name] == "99"
    assert most["GoodsShipment", "GoodsItem"] == "9999"
    assert most["Declaration", "Authorisation"] == "9"


def test_formats_are_described() -> None:
    deco, dms, native, *ncts, wco = load().described()
    assert [(one.name, one.on, one.json) for one in (deco, dms)] == [("deco", False, False), ("dms", False, False)]
    assert [(one.name, one.on) for one in ncts] == [(f"ncts_{kind}", False) for kind in ("013", "014", "015", "170")]
    assert (native.name, native.on, native.json, native.reason) == ("native", True, True, None)
    assert native.root == "{urn:eu-single-window:declaration:1}Declaration"
    assert (wco.name, wco.on, wco.json) == ("wco_dec", False, False)


ATTRIBUTES = """title = "t"
root = "N"
namespace = ""
schema_from = "operator"
source = "s"
valid_from = 2026-01-01
[message]
by = ["@what"]
[[message.kinds]]
values = ["NEW"]
kind = "lodge"
[item]
number = "@no"
commodity_code = "@code"
additional_codes = "Extra/@code"
additional_procedures = "@also"
[declaration]
lrn = "@number"
declarant = "Head/@by"
declaration_type = "Head/@way"
items = { each = "Line", as = "item" }
[[direction]]
types = ["IM"]
direction = "import"
"""


def test_attributes_are_read_at_any_place_also_where_they_are_several(folder: Path, tmp_path: Path) -> None:
    schema = tmp_path / "n.xsd"
    schema.write_text(
        '<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema"><xs:element name="N"/></xs:schema>', "utf-8"
    )
    (folder / "n.toml").write_text(ATTRIBUTES, "utf-8")
    formats = Formats.load(folder, schemas=ROOT / "xsd", schema_paths={"n": schema}, limits=IntakeLimits())
    line = b'<Line no="1" code="73181595" also="F15"><Extra code="4099"/><Extra/><Extra code="4100"/></Line>'
    read = formats.accept(
        b'<N what="NEW" number="L-1"><Head by="FR12345678901234" way="IM"/>' + line + b"</N>", XML
    ).declaration
    (item,) = read.items
    assert (read.lrn, item.number, item.commodity_code) == ("L-1", 1, "73181595")
    assert (item.additional_codes, item.additional_procedures) == (("4099", "4100"), ("F15",))
