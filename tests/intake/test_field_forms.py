"""How a format may write days, moments and codes of its own: what is not written so is a violation, and a file that asks for another form is refused."""

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from gateway.domain.errors import BusinessRuleViolated
from gateway.intake import Formats
from gateway.intake.format_file import read_format
from gateway.intake.limits import IntakeLimits
from gateway.intake.mapping import converter
from gateway.intake.rules import OPTIONAL_RULES
from tests.builders.places import CONFIG, ROOT

XML = "application/xml"
SCHEMA = """<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" targetNamespace="urn:t" elementFormDefault="qualified">
<xs:element name="Note"><xs:complexType><xs:sequence>
  <xs:element name="Line"><xs:complexType><xs:attribute name="code"/><xs:attribute name="regime"/><xs:attribute name="no"/></xs:complexType></xs:element>
</xs:sequence><xs:attribute name="lrn"/><xs:attribute name="by"/><xs:attribute name="kind"/><xs:attribute name="day"/><xs:attribute name="at"/></xs:complexType></xs:element>
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
number = "@no"
commodity_code = "@code"
requested_procedure = { path = "@regime", map = { "A" = "40", "B" = "42" } }

[declaration]
lrn = "@lrn"
declarant = "@by"
declaration_type = { path = "@kind", map = { "0" = "IM", "1" = "IM" } }
additional_type = { path = "@kind", map = { "0" = "A", "1" = "D" } }
acceptance_on = { path = "@day", form = "102" }
prepared_at = { path = "@at", form = "304" }
items = { each = "Line", as = "item" }

[[direction]]
types = ["IM"]
direction = "import"

[[kind]]
additional_types = ["A"]
kind = "standard"

[[kind]]
additional_types = ["D"]
kind = "pre_lodged"
"""
NOTE = {"lrn": "NOTE-1", "by": "FR12345678901234", "kind": "0", "day": "20260131", "at": "20260131143432Z"}


@pytest.fixture(scope="module")
def formats(tmp_path_factory: pytest.TempPathFactory) -> Formats:
    """The delivered formats, and a note."""
    folder = tmp_path_factory.mktemp("formats")
    (folder / "note.toml").write_text(FORMAT, "utf-8")
    (folder / "note.xsd").write_text(SCHEMA, "utf-8")
    return Formats.load(
        CONFIG / "formats",
        folder,
        schemas=ROOT / "xsd",
        schema_paths={"note": folder / "note.xsd"},
        limits=IntakeLimits(),
    )


def note(regime: str = "A", **stated: str) -> bytes:
    said = " ".join(f'{name}="{value}"' for name, value in {**NOTE, **stated}.items())
    return f'<Note xmlns="urn:t" {said}><Line no="1" code="73181595" regime="{regime}"/></Note>'.encode()


def refused(formats: Formats, raw: bytes) -> list[tuple[str | None, str]]:
    with pytest.raises(BusinessRuleViolated) as caught:
        formats.accept(raw, XML)
    return [(one.rule, one.message) for one in caught.value.violations]


@pytest.mark.parametrize(
    ("form", "to", "text", "value"),
    [
        ("102", date, "20260131", date(2026, 1, 31)),
        ("102", datetime, "20260131", datetime(2026, 1, 31, tzinfo=UTC)),
        ("304", datetime, "20200723143432Z", datetime(2020, 7, 23, 14, 34, 32, tzinfo=UTC)),
        ("304", datetime, "20200723143432+02", datetime(2020, 7, 23, 12, 34, 32, tzinfo=UTC)),
        ("304", date, "20200723143432Z", date(2020, 7, 23)),
        ("ccyymmdd", datetime, "20200723", datetime(2020, 7, 23, tzinfo=UTC)),
        ("ccyymmdd", date, "20200723143432", date(2020, 7, 23)),
    ],
)
def test_days_and_moments_are_read_in_their_forms(form: str, to: type[Any], text: str, value: object) -> None:
    found = converter(to, form)(text)
    assert (found, type(found)) == (value, type(value))


@pytest.mark.parametrize(
    ("form", "text"),
    [
        ("102", "20260132"), ("102", "202601311"), ("102", "2026-01-31"), ("102", "２０２６０１３１"),
        ("304", "20200723143432"), ("304", "20200723253432Z"), ("304", "20200723143432+99"), ("304", "20200723143432Z "),
    ],
)  # fmt: skip
def test_what_is_written_otherwise_is_none(form: str, text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        converter(datetime, form)(text)


def test_a_message_is_read_by_its_own_codes(formats: Formats) -> None:
    made = formats.accept(note("B", kind="1"), XML).declaration
    assert (made.declaration_type, made.additional_type, made.items[0].requested_procedure) == ("IM", "D", "42")
    assert (made.acceptance_on, made.prepared_at) == (date(2026, 1, 31), datetime(2026, 1, 31, 14, 34, 32, tzinfo=UTC))


def test_another_code_is_a_violation_and_all_are_named(formats: Formats) -> None:
    found = refused(formats, note("C", day="20260230", at="now"))
    assert sorted(rule or "" for rule, _ in found) == ["not_a_code", "not_a_date", "not_a_date"]
    assert "C is none of the codes that the format has for this." in [message for _, message in found]


@pytest.mark.parametrize(
    ("was", "now", "fault"),
    [
        ('form = "102"', 'form = "103"', "`form` is of a day or moment, one of ccyymmdd, 102, 304"),
        ('map = { "A" = "40", "B" = "42" }', 'form = "102"', "`form` is of a day or moment"),
        ('map = { "A" = "40", "B" = "42" }', "map = { }", "`map` has texts by texts"),
        ('map = { "A" = "40", "B" = "42" }', 'map = ["A"]', "`map` has texts by texts"),
        ('map = { "A" = "40", "B" = "42" }', 'map = { "A" = 40 }', "`map` has texts by texts"),
    ],
)
def test_a_file_that_asks_for_another_form_is_refused_with_its_line(
    tmp_path: Path, was: str, now: str, fault: str
) -> None:
    file = tmp_path / "note.toml"
    file.write_text(FORMAT.replace(was, now), "utf-8")
    made, (told,) = read_format(file, OPTIONAL_RULES)
    assert made is None
    assert told.startswith(f"{file}:")
    assert fault in told
