"""`gateway tables load-taric`, as an operator types it: the folder that it writes counts beside the delivered tables."""

from pathlib import Path

import pytest

from gateway.contract import Direction
from gateway.decisions import decide
from gateway.settings.tables import load_tables
from tests.builders.places import CONFIG
from tests.builders.small_cases import DAY, case, codes, declared, milk
from tests.cli.typed import gateway, gateway_apart

EXTRACT = """\
goods_code;origin;excluded_origins;measure_type;condition_code;certificate;action;valid_from;valid_to;legal_base
0401000000;1011;CH;750;B;C644;29;2022-01-01;;R2018/848
0401000000;1011;CH;750;B;Y058;29;2022-01-01;;R2018/848
0401000000;1011;CH;750;B;;09;2022-01-01;;R2018/848
"""


@pytest.fixture
def extract(tmp_path: Path) -> Path:
    file = tmp_path / "extract.csv"
    file.write_text(EXTRACT, encoding="utf-8")
    return file


def test_an_extract_becomes_a_folder_that_counts(extract: Path, tmp_path: Path) -> None:
    out = tmp_path / "taric"
    done = gateway_apart("tables", "load-taric", str(extract), "--out", str(out), "--since", "2026-11-01")
    assert (done.returncode, done.stderr) == (0, "")
    assert "3 lines, 1 measures, 1 rows" in done.stdout
    assert "Y058" not in done.stdout  # the delivered tables know and name it
    checked = gateway("check", GATEWAY_TABLES=f'["{out}"]')
    faults = checked.stderr.splitlines()[:-1]
    assert all(fault.endswith("is not set or empty") for fault in faults), faults  # this machine has no credentials
    tables = load_tables(CONFIG, out)
    row = next(row for row in tables.required if row.commodities == ("0401",) and row.directions == (Direction.IMPORT,))
    assert row.source.startswith("TARIC extract extract.csv, sha256:")
    unmet = declared(milk())
    assert codes(decide(case(unmet, tables=tables))) == ["SW-DEC-034", "SW-DEC-010"]
    (finding,) = (f for f in decide(case(unmet, tables=tables)).findings if f.code == "SW-DEC-010")
    assert "C644" in finding.remedy
    assert "Y058" in finding.remedy
    assert "R2018/848" in finding.legal_basis
    assert "SW-DEC-010" not in codes(decide(case(unmet, tables=load_tables(CONFIG))))
    again = gateway("tables", "load-taric", str(extract), "--out", str(out), "--since", "2026-11-01")
    assert again.returncode == 0
    assert load_tables(CONFIG, out).digest == tables.digest


def test_a_delivered_measure_is_given_up_only_if_that_is_said(extract: Path, tmp_path: Path) -> None:
    out, measure = tmp_path / "taric", "veterinary control of products of animal origin"
    options = ("--out", str(out), "--instead-of", measure)
    undated = gateway("tables", "load-taric", str(extract), *options)
    assert (undated.returncode, "say with --since" in undated.stderr) == (78, True)
    done = gateway("tables", "load-taric", str(extract), *options, "--since", "2026-11-01")
    assert done.returncode == 0, done.stderr
    meat = declared(milk().__class__(number=1, commodity_code="02013000", requested_procedure="40"))
    assert codes(decide(case(meat, tables=load_tables(CONFIG)))) == ["SW-DEC-010"]
    assert codes(decide(case(meat, tables=load_tables(CONFIG, out), day=DAY))) == []
    wrong = gateway(
        "tables", "load-taric", str(extract), "--out", str(out), "--instead-of", "x", "--since", "2026-11-01"
    )
    assert wrong.returncode == 78
    assert wrong.stderr.startswith("--instead-of x: requirement x is removed, but no earlier folder has it")


def test_a_faulty_extract_writes_nothing_and_names_every_line(extract: Path, tmp_path: Path) -> None:
    out = tmp_path / "taric"
    extract.write_text(EXTRACT.replace("C644", "X644").replace(";09;", ";77;"), encoding="utf-8")
    done = gateway("tables", "load-taric", str(extract), "--out", str(out))
    assert done.returncode == 78
    assert [line.split(": ")[0] for line in done.stderr.splitlines()] == ["extract.csv:2", "extract.csv:4"]
    assert not out.exists()


def test_a_row_that_cannot_stand_beside_the_others_is_said_of_its_line(extract: Path, tmp_path: Path) -> None:
    extract.write_text(EXTRACT.replace("C644", "X060").replace("Y058", "Y901"), encoding="utf-8")
    done = gateway("tables", "load-taric", str(extract), "--out", str(tmp_path / "taric"))
    assert done.returncode == 78
    assert done.stderr.startswith("extract.csv:2: ")
    assert "is a document or statement in import" in done.stderr


def test_a_folder_of_somebody_else_is_left_alone(extract: Path, tmp_path: Path) -> None:
    out = tmp_path / "taric"
    out.mkdir()
    (out / "requirements.toml").write_text("# ours\n", encoding="utf-8")
    done = gateway("tables", "load-taric", str(extract), "--out", str(out), "--since", "2026-11-01")
    assert done.returncode == 78
    assert "which this command did not make" in done.stderr
    assert (out / "requirements.toml").read_text(encoding="utf-8") == "# ours\n"
