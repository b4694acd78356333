"""A format that says what it does not read says it of everything: `gateway check` names what it has forgotten, and what it says twice."""

from pathlib import Path

import pytest

from gateway.intake.format_file import FormatFile, read_format
from gateway.intake.rules import OPTIONAL_RULES
from gateway.intake.unread_leaves import leaves, unread_faults
from tests.builders.partner_project import typed

HEAD = '<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns="urn:t" targetNamespace="urn:t" elementFormDefault="qualified">'
SCHEMA = f"""{HEAD}<xs:include schemaLocation="note.xsd"/>
<xs:element name="Note"><xs:complexType><xs:complexContent><xs:extension base="Signed"><xs:sequence>
 <xs:element name="Number"/><xs:element name="By" type="Party"/><xs:element ref="Line" maxOccurs="9"/><xs:group ref="Ends"/>
</xs:sequence></xs:extension></xs:complexContent></xs:complexType></xs:element>
<xs:complexType name="Signed"><xs:sequence><xs:element name="Stamp" minOccurs="0"/></xs:sequence></xs:complexType>
<xs:complexType name="Party"><xs:sequence><xs:element name="Id"/><xs:element name="Name"/><xs:element name="For" type="Party" minOccurs="0"/></xs:sequence></xs:complexType>
<xs:group name="Ends"><xs:choice><xs:element name="Paid" type="Amount"/><xs:element name="Free"/></xs:choice></xs:group>
<xs:complexType name="Amount"><xs:simpleContent><xs:extension base="xs:decimal"><xs:attribute name="unit"/></xs:extension></xs:simpleContent></xs:complexType>
<xs:element name="Line"><xs:complexType><xs:sequence><xs:element name="No"/><xs:element name="Code"/><xs:element name="Way" maxOccurs="2"/></xs:sequence></xs:complexType></xs:element>
</xs:schema>"""  # fmt: skip
FORMAT = """title = "Note"
root = "{urn:t}Note"
namespace = "urn:t"
schema_from = "operator"
source = "made"
valid_from = 2026-01-01

[message]
kind = "lodge"

[item]
number = "No"
commodity_code = "Code[!Way]"

[declaration]
lrn = "Number"
declarant = "By/Id"
items = { each = "Line", as = "item" }

[[direction]]
types = ["IM"]
direction = "import"

[[unread]]
paths = ["Stamp", "By/Name", "*/Way", "Free"]
reason = "nobody asks"

[[unread]]
paths = ["Paid"]
reason = "paid elsewhere"
"""


@pytest.fixture
def schema(tmp_path: Path) -> Path:
    """A schema that includes itself, with a type within itself."""
    path = tmp_path / "note.xsd"
    path.write_text(SCHEMA, "utf-8")
    return path


def format_of(folder: Path, text: str) -> FormatFile:
    file = folder / "note.toml"
    file.write_text(text, "utf-8")
    made, faults = read_format(file, OPTIONAL_RULES)
    assert faults == ()
    assert made is not None
    return made


def test_all_elements_with_a_value_are_found_and_none_within_itself(schema: Path) -> None:
    assert sorted(leaves(schema, "{urn:t}Note")) == [
        "By/Id", "By/Name", "Free", "Line/Code", "Line/No", "Line/Way", "Number", "Paid", "Stamp",
    ]  # fmt: skip
    assert leaves(schema, "{urn:t}Nothing") == ()


def test_a_complete_format_has_no_fault(schema: Path, tmp_path: Path) -> None:
    assert unread_faults(format_of(tmp_path, FORMAT), schema) == ()


def test_what_is_forgotten_is_named_with_its_remedy(schema: Path, tmp_path: Path) -> None:
    (fault,) = unread_faults(format_of(tmp_path, FORMAT.replace('"By/Name", ', "")), schema)
    assert fault.startswith(f"{tmp_path / 'note.toml'}:4: By/Name of {schema}: neither read nor said to be unread")


def test_what_is_read_and_said_to_be_unread_is_named(schema: Path, tmp_path: Path) -> None:
    (fault,) = unread_faults(format_of(tmp_path, FORMAT.replace('"Free"', '"Free", "Line/No"')), schema)
    assert "Line/No" in fault
    assert "take them out of [[unread]]" in fault


def test_a_format_that_says_nothing_of_it_is_let_be(schema: Path, tmp_path: Path) -> None:
    assert unread_faults(format_of(tmp_path, FORMAT[: FORMAT.index("[[unread]]")]), schema) == ()


def test_the_check_names_it(schema: Path, tmp_path: Path) -> None:
    own = tmp_path / "own"
    (own / "formats").mkdir(parents=True)
    (own / "formats" / "note.toml").write_text(FORMAT.replace('"By/Name", ', ""), "utf-8")
    # One that includes itself is refused by the processor that validates messages.
    schema.write_text(SCHEMA.replace('<xs:include schemaLocation="note.xsd"/>', ""), "utf-8")
    done = typed("check", GATEWAY_TABLES=f'["{own}"]', GATEWAY_FORMATS__NOTE__SCHEMA=str(schema))
    assert done.returncode == 78
    assert "By/Name of" in done.stderr + done.stdout
