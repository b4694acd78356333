"""A schema that is not whole is named before a message meets it."""

from pathlib import Path

import pytest
from lxml import etree

from gateway.intake.whole_schema import expected, schema_faults
from tests.builders.places import ROOT

NATIVE = ROOT / "xsd" / "declaration" / "1" / "declaration.xsd"
HEAD = '<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns:o="urn:o" targetNamespace="urn:t"{more}>{body}</xs:schema>'
ITEM = '<xs:element name="item" type="xs:int"/>'
VC = ' xmlns:vc="http://www.w3.org/2007/XMLSchema-versioning"'


def schema(folder: Path, body: str = ITEM, more: str = "") -> Path:
    """A schema's file."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "it.xsd"
    path.write_text(HEAD.format(body=body, more=more))
    return path


def test_the_delivered_schema_is_whole() -> None:
    assert schema_faults(NATIVE) == ()


def test_a_schema_of_ones_own_is_whole(tmp_path: Path) -> None:
    (tmp_path / "other.xsd").write_text(HEAD.format(body=ITEM, more="").replace("urn:t", "urn:o"))
    imported = '<xs:import namespace="urn:o" schemaLocation="other.xsd"/><xs:element name="all"><xs:complexType><xs:sequence><xs:element ref="o:item"/></xs:sequence></xs:complexType></xs:element>'
    assert schema_faults(schema(tmp_path, imported)) == ()


@pytest.mark.parametrize(
    ("body", "more", "says"),
    [
        ('<xs:import namespace="urn:o" schemaLocation="missing.xsd"/>', "", "missing.xsd"),
        ('<xs:import namespace="urn:o" schemaLocation="../../outside.xsd"/>', "", "outside.xsd"),
        ('<xs:import namespace="urn:o" schemaLocation="http://127.0.0.1:9/o.xsd"/>', "", "127.0.0.1"),
        ('<xs:element name="item" type="o:nowhere"/>', "", "nowhere"),
        (
            '<xs:element name="item"><xs:complexType><xs:assert test="true()"/></xs:complexType></xs:element>',
            "",
            "XSD 1.1 (xs:assert)",
        ),
        (ITEM.replace("/>", ' vc:minVersion="1.1"/>'), VC, "XSD 1.1 (vc:minVersion)"),
        ("<xs:element/>", "", "it.xsd"),
    ],
)
def test_what_is_not_whole_is_named(tmp_path: Path, body: str, more: str, says: str) -> None:
    (tmp_path / "outside.xsd").write_text(HEAD.format(body=ITEM, more="").replace("urn:t", "urn:o"))
    (fault, *_) = schema_faults(schema(tmp_path / "set" / "in", body, more))
    assert "it.xsd" in fault
    assert says in fault


def test_a_schema_that_says_it_needs_1_1_and_uses_nothing_of_it_is_whole(tmp_path: Path) -> None:
    marked = VC + ' vc:minVersion="1.1"'
    assert schema_faults(schema(tmp_path, more=marked)) == ()
    (fault,) = schema_faults(schema(tmp_path, '<xs:element name="item" type="o:nowhere"/>', marked))
    assert "nowhere" in fault


def test_a_construct_of_1_1_is_found_in_what_a_schema_includes_and_a_schema_may_include_itself(tmp_path: Path) -> None:
    including = '<xs:include schemaLocation="it.xsd"/><xs:include schemaLocation="other.xsd"/>'
    path = schema(tmp_path, including)
    other = '<xs:include schemaLocation="it.xsd"/>' + ITEM
    (tmp_path / "other.xsd").write_text(HEAD.format(body=other, more=""))
    assert schema_faults(path) == ()
    asserting = '<xs:element name="a"><xs:complexType><xs:assert test="true()"/></xs:complexType></xs:element>'
    (tmp_path / "other.xsd").write_text(HEAD.format(body=other + asserting, more=""))
    (fault,) = schema_faults(path)
    assert "other.xsd" in fault
    assert "XSD 1.1 (xs:assert)" in fault


def test_what_is_no_schema_at_all_is_named(tmp_path: Path) -> None:
    for text in ("", "<a/>", "no XML"):
        path = tmp_path / "it.xsd"
        path.write_text(text)
        assert schema_faults(path), text
    assert schema_faults(tmp_path / "missing.xsd")


def test_what_would_have_stood_there_is_told() -> None:
    story = (ROOT / "gateway" / "cli" / "demo" / "stories" / "01-clean-release.xml").read_bytes()
    wrong = etree.fromstring(story.replace(b"<LRN>", b"<Lrn>").replace(b"</LRN>", b"</Lrn>"))
    (first, *_) = expected(NATIVE, wrong, limit=5)
    assert (first.element, first.names) == ("Declaration", ("LRN",))
    assert not list(expected(NATIVE, etree.fromstring(story), limit=5))


@pytest.mark.corpus
def test_a_set_in_folders_beside_each_other_is_whole(corpus: Path) -> None:
    assert schema_faults(corpus / "wco-dec" / "xsd" / "customs" / "wrapper_submit.xsd") == ()
