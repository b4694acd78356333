"""Blanks at the ends of identifiers and codes: trimmed and told, or refused, by the format's row of the day."""

import json
import shutil
from datetime import date
from pathlib import Path

import pytest

from gateway.domain.errors import BusinessRuleViolated
from gateway.intake import Formats, IntakeLimits
from gateway.intake.format_file import read_format
from gateway.intake.rules import OPTIONAL_RULES
from tests.builders.places import CONFIG, ROOT
from tests.builders.samples import as_json, native, xml
from tests.intake.reading import JSON, XML

REFUSED = '[[blanks]]\nends = "refused"\nvalid_from = 2027-01-01\nsource = "test"\n\n[message]\n'


@pytest.fixture
def strict(tmp_path: Path) -> Formats:
    """The formats of an installation that refuses such blanks from 2027 on."""
    for name in ("formats", "messages"):
        shutil.copytree(CONFIG / name, tmp_path / name)
    file = tmp_path / "formats" / "native.toml"
    file.write_text(file.read_text("utf-8").replace("[message]\n", REFUSED, 1), "utf-8")
    return Formats.load(tmp_path / "formats", schemas=ROOT / "xsd", schema_paths={}, limits=IntakeLimits())


def padded() -> bytes:
    raw = xml(native())
    return raw.replace(b"<LRN>", b"<LRN> ").replace(b"</referenceNumber>", b"\n</referenceNumber>", 1)


def test_they_are_trimmed_and_told(formats: Formats) -> None:
    plain, taken = formats.accept(xml(native()), XML), formats.accept(padded(), XML)
    assert plain.warnings == ()
    assert taken.declaration == plain.declaration
    assert taken.digest == plain.digest
    assert [(one.code, one.path) for one in taken.warnings] == [
        ("SW-INT-130", "/Declaration/LRN"),
        ("SW-INT-130", "/Declaration/CustomsOffice/referenceNumber"),
    ]
    assert all(one.line for one in taken.warnings)


@pytest.mark.parametrize("blank", ["\u00a0", "\u202f", "\u2003", "\u3000", "\u2009 ", "\n\u00a0"])
def test_blanks_of_unicode_are_blanks(formats: Formats, strict: Formats, blank: str) -> None:
    plain = formats.accept(xml(native()), XML)
    raw = xml(native()).decode().replace("<LRN>", f"<LRN>{blank}").replace("</LRN>", f"{blank}</LRN>").encode()
    taken = formats.accept(raw, XML)
    assert (taken.declaration, taken.digest) == (plain.declaration, plain.digest)
    assert [(one.code, one.path) for one in taken.warnings] == [("SW-INT-130", "/Declaration/LRN")]
    with pytest.raises(BusinessRuleViolated) as caught:
        strict.accept(raw, XML, date(2027, 1, 1))
    assert [one.code for one in caught.value.violations] == ["SW-INT-129"]


def test_json_is_told_too(formats: Formats) -> None:
    content = json.loads(as_json(native()))
    content.get("Declaration", content)["LRN"] += "  "
    (told,) = formats.accept(json.dumps(content).encode(), JSON).warnings
    assert told.path is not None
    assert told.path.endswith("/LRN")


def test_they_are_refused_from_its_day_on(strict: Formats) -> None:
    assert strict.accept(padded(), XML, date(2026, 12, 31)).warnings
    with pytest.raises(BusinessRuleViolated) as caught:
        strict.accept(padded(), XML, date(2027, 1, 1))
    assert [one.code for one in caught.value.violations] == ["SW-INT-129", "SW-INT-129"]
    assert "LRN-0001" in caught.value.violations[0].message
    assert strict.accept(xml(native()), XML, date(2027, 1, 1)).warnings == ()


def test_a_description_is_no_identifier(formats: Formats) -> None:
    raw = xml(native()).replace(b"<descriptionOfGoods>", b"<descriptionOfGoods>  ")
    assert b"<descriptionOfGoods>  " in raw
    assert formats.accept(raw, XML).warnings == ()


@pytest.mark.parametrize(
    ("row", "fault"),
    [
        ('ends = "kept"\nvalid_from = 2027-01-01\nsource = "x"', "'kept' is not known"),
        ('ends = "refused"\nsource = "x"', "a day is needed"),
        ('ends = "refused"\nvalid_from = 2027-01-01', "a text is needed"),
        ('ends = "refused"\nvalid_from = 2026-01-01\nsource = "x"', "another row begins on this day"),
        ('ends = "refused"\nvalid_from = 2027-01-01\nsource = "x"\nuntil = 1', "unknown key"),
    ],
)
def test_a_row_that_cannot_be_is_named(tmp_path: Path, row: str, fault: str) -> None:
    text = (CONFIG / "formats" / "native.toml").read_text("utf-8")
    file = tmp_path / "native.toml"
    file.write_text(text.replace("[message]\n", f"[[blanks]]\n{row}\n\n[message]\n", 1), "utf-8")
    _, faults = read_format(file, OPTIONAL_RULES)
    assert any(fault in one and "native.toml:" in one for one in faults), faults
