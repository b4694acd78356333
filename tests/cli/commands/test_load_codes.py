"""`gateway tables load-codes`, as an operator types it: the folder that it writes counts beside the delivered tables."""

from datetime import date
from pathlib import Path
from typing import Any

from gateway.decisions import decide
from gateway.settings.tables import load_tables
from tests.builders.classes import citing, goods
from tests.builders.exports import export_file, page
from tests.builders.places import CONFIG
from tests.builders.small_cases import case, codes, declared
from tests.builders.story import shipped
from tests.cli.typed import gateway, gateway_apart

LISTED = tuple(code for row in shipped().listed_codes if row.code_list == "CL213" for code in row.entries)
DAY = "2026-10-12"


def of(folder: Path) -> Any:
    tables = load_tables(CONFIG, folder)
    return lambda kind, day: codes(decide(case(declared(goods(documents=citing(kind))), tables=tables, day=day)))


def test_a_newer_export_becomes_a_folder_that_counts(tmp_path: Path) -> None:
    out, file = tmp_path / "codes", export_file(tmp_path, "CL213.json", page(*LISTED[1:], "C999"))
    options = ("--as-of", DAY, "--out", str(out))
    done = gateway_apart("tables", "load-codes", str(file), str(file), *options)
    assert (done.returncode, done.stderr) == (0, "")
    assert "was given before, and is read once" in done.stdout
    assert f"C999 ({DAY})" in done.stdout
    assert f"CL213 ended: {LISTED[0]} ({DAY})" in done.stdout
    checked = gateway("check", GATEWAY_TABLES=f'["{out}"]')
    assert all(fault.endswith("is not set or empty") for fault in checked.stderr.splitlines()[:-1]), checked.stderr
    found = of(out)
    assert found("C999", date(2026, 10, 11)) == ["SW-DEC-016"]
    assert found("C999", date(2026, 10, 12)) == ["SW-DEC-162"]
    rows = [
        row for row in load_tables(CONFIG, out).listed_codes if row.code_list == "CL213" and LISTED[0] in row.entries
    ]
    assert [(row.valid_from, row.valid_to) for row in rows] == [(date(2025, 2, 12), date(2026, 10, 12))]
    # The same again over the folder of before changes nothing; a newer one forgets nothing of it.
    digest = load_tables(CONFIG, out).digest
    assert gateway("tables", "load-codes", str(file), *options).returncode == 0
    assert load_tables(CONFIG, out).digest == digest
    newer = export_file(tmp_path, "2026-11/CL213.json", page(*LISTED[2:], "C998", "C999"))
    assert gateway("tables", "load-codes", str(newer), "--out", str(out)).returncode == 0
    found = of(out)
    said = {day: found("C999", day) for day in (date(2026, 10, 11), date(2026, 10, 12), date(2026, 12, 1))}
    assert list(said.values()) == [["SW-DEC-016"], ["SW-DEC-162"], ["SW-DEC-162"]]
    assert found("C998", date(2026, 12, 1)) == ["SW-DEC-162"]
    beside = ("--out", str(tmp_path / "beside"))
    second = gateway("tables", "load-codes", str(newer), *beside, GATEWAY_TABLES=f'["{out}"]')
    assert second.returncode == 78
    assert second.stderr.startswith(f"{out}: holds code lists of an earlier load: write into it")


def test_without_a_folder_nothing_is_written(tmp_path: Path) -> None:
    file = export_file(tmp_path, "CL213.json", page(*LISTED))
    done = gateway("tables", "load-codes", str(file), "--as-of", DAY, "--list", "CL213")
    assert (done.returncode, "Nothing was written" in done.stdout) == (0, True)
    assert list(tmp_path.iterdir()) == [file]


def test_a_faulty_file_writes_nothing_and_every_fault_is_named(tmp_path: Path) -> None:
    out = tmp_path / "codes"
    files = [export_file(tmp_path, "a.json", page("c001")), export_file(tmp_path, "b.json", b"{")]
    done = gateway("tables", "load-codes", *map(str, files), "--as-of", DAY, "--out", str(out))
    assert done.returncode == 78
    name = tmp_path.name
    places = [line.split(": ")[0] for line in done.stderr.splitlines()]
    assert places[:2] == [f"{name}/a.json", f"{name}/b.json"]
    assert not out.exists()


def test_a_list_that_contradicts_the_tables_and_a_folder_of_something_else_are_refused(tmp_path: Path) -> None:
    out, file = tmp_path / "codes", export_file(tmp_path, "CL213.json", page(*LISTED, "Y929"))
    done = gateway("tables", "load-codes", str(file), "--as-of", DAY, "--out", str(out))
    assert (done.returncode, (out / "code_lists.toml").exists()) == (78, False)
    assert "CL213: Y929 stands in supporting_document (12 03), and may not by document_elements.toml" in done.stderr
    (out / "notes.txt").parent.mkdir(exist_ok=True)
    (out / "notes.txt").write_text("mine")
    done = gateway("tables", "load-codes", str(file), "--as-of", DAY, "--out", str(out))
    assert (done.returncode, "holds notes.txt, which this command did not make" in done.stderr) == (78, True)


def test_an_unknown_list_is_refused(tmp_path: Path) -> None:
    file = export_file(tmp_path, "CL213.json", page(*LISTED))
    done = gateway("tables", "load-codes", str(file), "--as-of", DAY, "--list", "CL999")
    assert (done.returncode, "knows no such list" in done.stderr) == (78, True)
