"""`gateway validate` reads as a lodging would, and says what was expected."""

from pathlib import Path

import pytest

from gateway.cli.demo.story import FOLDER
from gateway.terminal.exits import Exit
from tests.builders.commands import Run, ran_apart, ran_here
from tests.builders.running import clean_environment

RIGHT = FOLDER / "01-clean-release.xml"


def wrong(folder: Path) -> Path:
    """A declaration whose LRN has another name."""
    path = folder / "wrong.xml"
    path.write_bytes(RIGHT.read_bytes().replace(b"<LRN>", b"<Lrn>").replace(b"</LRN>", b"</Lrn>"))
    return path


@pytest.mark.parametrize("run", [ran_here, ran_apart])
def test_each_file_is_told_and_the_gravest_counts(run: Run, tmp_path: Path) -> None:
    environment = {**clean_environment(), "COLUMNS": "200"}
    done = run(environment, "validate", str(RIGHT), str(wrong(tmp_path)), str(tmp_path / "none.xml"))
    assert done.returncode == Exit.NOT_ACCEPTED, done.stderr
    assert "native, lodge, LRN STORY-01" in done.stdout
    told = [line.split("│") for line in done.stdout.splitlines() if "│" in line]
    assert [(cells[2].strip(), cells[4].strip()) for cells in told] == [
        ("/Declaration", "LRN"),
        ("/Declaration/Lrn", "LRN"),
    ]
    assert "none.xml: cannot be read" in done.stdout


def test_what_is_right_ends_with_0_and_json_is_read_too(tmp_path: Path) -> None:
    assert ran_here(clean_environment(), "validate", str(RIGHT)).returncode == 0
    broken = tmp_path / "broken.json"
    broken.write_text('{"Declaration": {"LRN": 1}}')
    done = ran_here(clean_environment(), "validate", str(broken))
    assert done.returncode == Exit.NOT_ACCEPTED
    assert "violations" in done.stdout


def test_check_names_a_schema_that_is_not_whole(tmp_path: Path) -> None:
    schema = tmp_path / "own.xsd"
    schema.write_text(
        '<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns:vc="http://www.w3.org/2007/XMLSchema-versioning">'
        '<xs:element name="a" vc:minVersion="1.1"/></xs:schema>'
    )
    done = ran_here({**clean_environment(), "GATEWAY_FORMATS__WCO_DEC__SCHEMA": str(schema)}, "check")
    assert done.returncode == Exit.CONFIGURATION
    assert "own.xsd:1: it is written in XSD 1.1 (vc:minVersion); 1.0 is read" in done.stderr


def test_what_cannot_be_read_at_all_keeps_no_other_file_from_being_told(tmp_path: Path) -> None:
    unreadable = {
        "none.xml": "not XML",
        "empty.xml": "",
        "none.json": '{"a":',
        "deep.xml": "<a>" * 3000 + "</a>" * 3000,
    }
    for name, text in unreadable.items():
        (tmp_path / name).write_text(text)
    files = [str(tmp_path / name) for name in unreadable]
    done = ran_here({**clean_environment(), "COLUMNS": "200"}, "validate", *files, str(tmp_path), str(RIGHT))
    assert (done.returncode, done.stderr) == (Exit.NOT_ACCEPTED, "")
    for file in (*files, tmp_path, RIGHT):
        assert f"{file}: " in done.stdout
