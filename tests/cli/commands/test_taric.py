"""`gateway tables load-taric`, as an operator types it: the folder that it writes counts beside the delivered tables."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from gateway.contract import Direction
from gateway.decisions import decide
from gateway.domain.declaration import AdditionalReference, GoodsItem
from gateway.domain.tables.goods import Goods
from gateway.settings.tables import load_tables
from tests.builders.places import CONFIG
from tests.builders.small_cases import DAY, case, codes, declared, milk
from tests.builders.taric import condition, envelope, measure, on
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
    assert "extract.csv: 5 records (sha256:" in done.stdout
    assert "1 measures in 1 chapters" in done.stdout
    assert "Y058" not in done.stdout  # the delivered tables know and name it
    checked = gateway("check", GATEWAY_TABLES=f'["{out}"]')
    faults = checked.stderr.splitlines()[:-1]
    assert all(fault.endswith("is not set or empty") for fault in faults), faults  # this machine has no credentials
    tables = load_tables(CONFIG, out)
    (row,) = on(tables, Goods("0401", Direction.IMPORT, "40", "US"))
    assert (row.place, row.legal_basis) == ("TARIC measure 2", "R2018/848")
    unmet = declared(milk())
    found = decide(case(unmet, tables=tables)).findings
    (finding,) = (f for f in found if f.code == "SW-DEC-010" and "R2018/848" in f.legal_basis)
    assert "C644" in finding.remedy
    assert "Y058" in finding.remedy
    assert not any("R2018/848" in f.legal_basis for f in decide(case(unmet, tables=load_tables(CONFIG))).findings)
    again = gateway(
        "tables", "load-taric", str(extract), "--out", str(out), "--since", "2026-11-01", "--as-of", "2026-11-01"
    )
    assert again.returncode == 0
    third = gateway(
        "tables", "load-taric", str(extract), "--out", str(out), "--since", "2026-11-01", "--as-of", "2026-11-01"
    )
    assert third.returncode == 0
    loaded = load_tables(CONFIG, out).taric
    assert loaded is not None
    assert tables.taric is not None
    assert loaded.parts["04"].digest == tables.taric.parts["04"].digest


def test_a_delivered_measure_is_given_up_only_if_that_is_said(extract: Path, tmp_path: Path) -> None:
    out, given_up = tmp_path / "taric", "veterinary control of products of animal origin"
    options = ("--out", str(out), "--instead-of", given_up)
    undated = gateway("tables", "load-taric", str(extract), *options)
    assert (undated.returncode, "say with --since" in undated.stderr) == (78, True)
    done = gateway("tables", "load-taric", str(extract), *options, "--since", "2026-11-01")
    assert done.returncode == 0, done.stderr
    meat = declared(
        GoodsItem(
            number=1,
            commodity_code="02013000",
            requested_procedure="40",
            origin="US",
            references=(AdditionalReference(type="Y929"),),
        )
    )
    assert codes(decide(case(meat, tables=load_tables(CONFIG)))) == ["SW-DEC-010"]
    assert codes(decide(case(meat, tables=load_tables(CONFIG, out), day=DAY))) == []
    wrong = gateway(
        "tables", "load-taric", str(extract), "--out", str(out), "--instead-of", "x", "--since", "2026-11-01"
    )
    assert wrong.returncode == 78
    assert "requirement x is removed, but no earlier folder has it" in wrong.stderr


def test_a_faulty_extract_writes_nothing_and_names_every_line(extract: Path, tmp_path: Path) -> None:
    out = tmp_path / "taric"
    extract.write_text(EXTRACT.replace("C644", "X64").replace("Y058", "Y05"), encoding="utf-8")
    done = gateway("tables", "load-taric", str(extract), "--out", str(out))
    assert done.returncode == 78
    assert [line.split(": ")[0] for line in done.stderr.splitlines()] == ["extract.csv:2", "extract.csv:3"]
    assert not out.exists()


def test_what_is_not_known_is_counted_with_its_place_and_strict_refuses_it(extract: Path, tmp_path: Path) -> None:
    out = tmp_path / "taric"
    extract.write_text(EXTRACT.replace(";750;", ";999;"), encoding="utf-8")
    done = gateway("tables", "load-taric", str(extract), "--out", str(out))
    assert done.returncode == 0, done.stderr
    assert "left to an officer" in done.stdout
    assert "measure type 999" in done.stdout
    assert "extract.csv:2" in done.stdout
    before = load_tables(CONFIG, out).digest
    strict = gateway("tables", "load-taric", str(extract), "--out", str(out), "--strict")
    assert strict.returncode == 78
    assert strict.stderr.startswith("extract.csv:2: measure type 999, 1 times, is left to an officer")
    assert load_tables(CONFIG, out).digest == before, "nothing was written"


@pytest.mark.parametrize(
    ("goods", "area", "says"),
    [
        ("0301000000", "ABCD", "full.xml:1: area ABCD, 1 times"),
        ("0301000000", "QZ", "full.xml:1: area QZ, 1 times"),
        ("", "1011", "full.xml:1: no goods code: measure type 410, 1 times"),
        ("0000000000", "1011", "full.xml:1: goods code 0000000000, of no chapter: measure type 410, 1 times"),
    ],
)
def test_strict_refuses_a_place_or_goods_that_nobody_can_name(goods: str, area: str, says: str, tmp_path: Path) -> None:
    full, out = tmp_path / "full.xml", tmp_path / "taric"
    records = [measure(1, "410", goods, area), condition(11, 1, "B", "N853"), measure(2, "410", "0301000000")]
    full.write_text(envelope("260001", *records, condition(21, 2, "B", "N853")), encoding="utf-8")
    strict = gateway("tables", "load-taric", str(full), "--out", str(out), "--whole", "--strict")
    assert strict.returncode == 78
    assert strict.stderr.startswith(f"{says}, is left to an officer")
    assert not out.exists()


def test_a_daily_file_follows_the_full_extraction(tmp_path: Path) -> None:
    out, full, daily = tmp_path / "taric", tmp_path / "full.xml", tmp_path / "daily.xml"
    full.write_text(envelope("260001", measure(1, "410", "2501000000"), condition(11, 1, "B", "N853")))
    daily.write_text(envelope("260002", measure(2, "750", "2502000000"), condition(21, 2, "B", "C644")))
    alone = gateway("tables", "load-taric", str(daily), "--out", str(out), "--update")
    assert (alone.returncode, "no extraction was loaded there" in alone.stderr) == (78, True)
    assert gateway("tables", "load-taric", str(full), "--out", str(out)).returncode == 0
    done = gateway("tables", "load-taric", str(daily), "--out", str(out), "--update")
    assert done.returncode == 0, done.stderr
    assert "2 measures in 1 chapters" in done.stdout
    twice = gateway("tables", "load-taric", str(daily), "--out", str(out), "--update")
    assert (twice.returncode, "was applied before" in twice.stderr) == (78, True)


def test_an_end_of_a_year_between_daily_files_is_told_and_strict_refuses_it(tmp_path: Path) -> None:
    out, full, daily = tmp_path / "taric", tmp_path / "full.xml", tmp_path / "daily.xml"
    full.write_text(envelope("260300", measure(1, "410", "2501000000"), condition(11, 1, "B", "N853")))
    daily.write_text(envelope("270001", measure(2, "750", "2502000000"), condition(21, 2, "B", "C644")))
    assert gateway("tables", "load-taric", str(full), "--out", str(out)).returncode == 0
    says = "daily.xml: whether files between 260300 and 270001 are missing, cannot be told: a year ended"
    strict = gateway("tables", "load-taric", str(daily), "--out", str(out), "--update", "--strict")
    assert (strict.returncode, says in strict.stderr) == (78, True)
    done = gateway("tables", "load-taric", str(daily), "--out", str(out), "--update")
    assert done.returncode == 0, done.stderr
    assert says in done.stdout


def test_records_that_another_version_kept_are_loaded_again(tmp_path: Path) -> None:
    out, full, daily = tmp_path / "taric", tmp_path / "full.xml", tmp_path / "daily.xml"
    full.write_text(envelope("260001", measure(1, "410", "2501000000"), condition(11, 1, "B", "N853")))
    daily.write_text(envelope("260002", measure(2, "750", "2502000000"), condition(21, 2, "B", "C644")))
    assert gateway("tables", "load-taric", str(full), "--out", str(out)).returncode == 0
    with closing(sqlite3.connect(out / "taric" / "records.sqlite", isolation_level=None)) as records:
        records.execute("PRAGMA user_version = 1")
    done = gateway("tables", "load-taric", str(daily), "--out", str(out), "--update")
    assert done.returncode == 78
    assert "was made by another version of the gateway; load the full extraction again" in done.stderr


def test_a_part_that_was_changed_by_hand_is_refused(extract: Path, tmp_path: Path) -> None:
    out = tmp_path / "taric"
    assert gateway("tables", "load-taric", str(extract), "--out", str(out)).returncode == 0
    for part in (out / "taric" / "parts").iterdir():
        part.write_text(part.read_text().replace("C644", "C645"))
    checked = gateway("check", GATEWAY_TABLES=f'["{out}"]')
    assert checked.returncode != 0
    assert "is stored with another content; load TARIC again" in checked.stderr


def test_a_folder_of_somebody_else_is_left_alone(extract: Path, tmp_path: Path) -> None:
    out = tmp_path / "taric"
    out.mkdir()
    (out / "requirements.toml").write_text("# ours\n", encoding="utf-8")
    done = gateway("tables", "load-taric", str(extract), "--out", str(out), "--since", "2026-11-01")
    assert done.returncode == 78
    assert "which this command did not make" in done.stderr
    assert (out / "requirements.toml").read_text(encoding="utf-8") == "# ours\n"
