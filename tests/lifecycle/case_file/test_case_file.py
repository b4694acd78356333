"""An exported case: whole, of one moment, and whatever is changed in it is named by the program that comes with it."""

import ast
import asyncio
import json
import subprocess
import sys
import zipfile
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from typing import Any

import psycopg
import pytest

from gateway.cli.commands.case import verify as by_the_gateways_own
from gateway.domain.errors import NotKnown
from gateway.domain.events import Event, EventKind
from gateway.lifecycle.case_file import export, verifier
from gateway.store import Doubted, Erased, Store
from gateway.store.coverage import OF_DECLARATIONS, PARTY
from tests.builders.actors import ONE, TWO
from tests.builders.authority import Authority
from tests.builders.evidence import into_pieces
from tests.builders.goods import goods, milk
from tests.builders.past import CHED, make_aged, make_past
from tests.builders.processes import ran
from tests.builders.replicas import Office
from tests.builders.verifier import Files, Verifier, packed, unpacked

TABLES = {table.name: table for table in (*OF_DECLARATIONS, PARTY)}


def summed(files: Mapping[str, bytes]) -> Files:
    """The files as somebody leaves them who knows of SHA256SUMS."""
    lines = (f"{sha256(files[name]).hexdigest()}  {name}\n" for name in sorted(files) if name != "SHA256SUMS")
    return {**files, "SHA256SUMS": "".join(lines).encode()}


def run(*arguments: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Runs the program of a case by a Python without anything else."""
    command = [sys.executable, "-I", "-S", "verify.py", *arguments]
    return ran(command, cwd=folder)


async def exported(office: Office, record_id: str) -> bytes:
    return (await export(office.store.exports, record_id, by=ONE)).content


_PAST: dict[str, bytes] = {}


@pytest.fixture
async def past(office: Office, authority: Authority) -> dict[str, bytes]:
    """Exported cases by what happened to them, made once: it takes longer than all that is done with them."""
    if not _PAST:
        for name, record_id in (await make_past(office, authority)).items():
            _PAST[name] = await exported(office, record_id)
    return _PAST


async def test_a_case_verifies_as_zip_and_as_folder(past: dict[str, bytes], tmp_path: Path) -> None:
    for name, content in past.items():
        assert Verifier(unpacked(content)["verify.py"].decode(), tmp_path).faults(unpacked(content)) == [], name
    for name, content in (("overridden", past["overridden"]), ("windowed", past["windowed"])):
        folder = tmp_path / name.replace(" ", "-")
        folder.mkdir()
        (folder / "case.zip").write_bytes(content)
        (folder / "verify.py").write_bytes(unpacked(content)["verify.py"])
        zipped = run("case.zip", folder=folder)
        assert (zipped.returncode, zipped.stderr) == (0, ""), name
        assert zipped.stdout.endswith("\n0 faults\n")
        assert by_the_gateways_own(folder / "case.zip", None) == 0
        whole = folder / "unpacked"
        with zipfile.ZipFile(BytesIO(content)) as archive:
            archive.extractall(whole)
        again = run(folder=whole)
        assert (again.returncode, again.stdout) == (0, zipped.stdout), again.stderr
        head = json.loads(unpacked(content)["index.json"])["head"]
        assert run("--head", head, folder=whole).returncode == 0
        assert "not with the hash that was given" in run("--head", "0" * 64, folder=whole).stderr


async def test_signs_that_end_a_line_elsewhere_end_none_in_the_trail(office: Office, tmp_path: Path) -> None:
    record = await office.lodge("LINES", goods(milk("CHEDP.FR.2026.0000001")))
    # As one of 79e38db may hold it, which took such a sign in a reference.
    told = Event(kind=EventKind.DOUBTED, at=datetime.now(UTC), body={"reference": "CHEDP\u2028FR\u20292026"})
    async with Store.opened(office.url, owner="before") as store:
        await store.steps.note(record.id, told, Doubted())
    await office.settled(record.id)
    content = unpacked(await exported(office, record.id))
    assert "\u2028" in content["trail.jsonl"].decode()
    assert Verifier(content["verify.py"].decode(), tmp_path).faults(content) == []


async def test_it_holds_messages_decisions_facts_trail_evidence_and_words(past: dict[str, bytes]) -> None:
    files = unpacked(past["overridden"])
    kinds = {name.split("/")[0] for name in files}
    assert kinds == {
        "README.txt", "SHA256SUMS", "decisions", "declarations", "evidence", "facts", "index.json", "messages", "rows", "readings.json",
        "tables", "trail.jsonl", "verify.py",
    }  # fmt: skip
    assert b"perishable" in files["rows/step.json"]
    assert json.loads(files["decisions/1.json"])["number"] == 1
    assert files["messages/version-1.json"].lstrip().startswith(b"{")
    assert {name.removeprefix("rows/").removesuffix(".json") for name in files if name.startswith("rows/")} == {
        table.name for table in (*OF_DECLARATIONS, PARTY)
    }


def test_the_program_needs_nothing_but_python() -> None:
    tree = ast.parse(verifier(), feature_version=(3, 9))
    names = {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    names |= {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    assert {str(name).split(".")[0] for name in names} <= sys.stdlib_module_names


@pytest.mark.parametrize("content", [b"", b"no zip", None])
def test_what_is_no_case_is_said_so(content: bytes | None, tmp_path: Path) -> None:
    (tmp_path / "verify.py").write_text(verifier())
    if content is not None:
        (tmp_path / "case.zip").write_bytes(content)
    done = run("case.zip", folder=tmp_path)
    assert done.returncode == 2
    assert "is no exported case" in done.stderr


@pytest.mark.whole
async def test_every_file_that_is_changed_taken_or_added_is_named(past: dict[str, bytes], tmp_path: Path) -> None:
    for content in (past["overridden"], past["windowed"]):
        files = unpacked(content)
        verify = Verifier(files["verify.py"].decode(), tmp_path)
        assert verify.faults(files) == []
        for name in files:
            assert any(fault.startswith(name) for fault in verify.faults({**files, name: files[name] + b" "})), name
            without = {one: files[one] for one in files if one != name}
            assert any(name in fault for fault in verify.faults(without)), name
        assert verify.faults({**files, "added": b""}) == ["added: was added; SHA256SUMS does not know it"]


def values(content: bytes) -> Iterator[tuple[int, str, Any]]:
    for number, row in enumerate(json.loads(content)):
        for column, value in row.items():
            yield number, column, value


def other(value: Any) -> Any:
    """Another value of the same kind."""
    match value:
        case bool():
            return not value
        case int():
            return value + 1000
        case list():
            return [*value, "XX1234567890"]
        case str() if "T" in value and value.endswith("Z"):
            return (datetime.fromisoformat(value) + timedelta(seconds=1)).isoformat().replace("+00:00", "Z")
        case str():
            return value + "x"
        case dict():
            return None
    return "x"


@pytest.mark.whole
async def test_every_column_that_is_changed_is_named_though_all_sums_fit(
    past: dict[str, bytes], tmp_path: Path
) -> None:
    silent, changed, tried = [], set(), set()
    for content in past.values():
        files = unpacked(content)
        verify = Verifier(files["verify.py"].decode(), tmp_path)
        for name in (name for name in files if name.startswith("rows/")):
            table = TABLES[name.removeprefix("rows/").removesuffix(".json")]
            for number, column, value in values(files[name]):
                if column in table.working or (name, column, type(value)) in tried:
                    continue
                tried.add((name, column, type(value)))
                rows = json.loads(files[name])
                rows[number][column] = other(value)
                changed.add((table.name, column))
                if not verify.faults(summed({**files, name: json.dumps(rows).encode()})):
                    silent.append((name, number, column))
    assert silent == []
    there = {name for name, _ in changed}
    assert there >= TABLES.keys() - {"approval"}
    wanted = {(name, column) for name in there for column in TABLES[name].columns()}
    working = {(table.name, column) for table in TABLES.values() for column in table.working}
    assert wanted - changed - working == set()


@pytest.mark.whole
async def test_texts_evidence_and_tables_are_compared_with_the_chain_though_all_sums_fit(
    past: dict[str, bytes], tmp_path: Path
) -> None:
    for content in (past["released"], past["windowed"]):
        files = unpacked(content)
        verify = Verifier(files["verify.py"].decode(), tmp_path)
        for name in files:
            if name.split("/")[0] not in {"messages", "declarations", "decisions", "facts", "evidence", "tables"}:
                continue
            forged = files[name].replace(b'"version":"', b'"version":"9', 1) if name.startswith("tables") else b"{}"
            assert verify.faults(summed({**files, name: forged})), name
            without = summed({one: files[one] for one in files if one != name})
            assert verify.faults(without), name


async def test_a_reading_that_is_changed_or_taken_away_is_named_though_all_sums_fit(
    past: dict[str, bytes], tmp_path: Path
) -> None:
    files = unpacked(past["released"])
    verify = Verifier(files["verify.py"].decode(), tmp_path)
    readings = json.loads(files["readings.json"])
    assert [one["person"] for one in readings] == ["Ida", "Ida"]
    for number, column, value in values(files["readings.json"]):
        for else_ in (other(value), None) if value is not None else (other(value),):
            forged = [{**one, column: else_} if place == number else one for place, one in enumerate(readings)]
            found = verify.faults(summed({**files, "readings.json": json.dumps(forged).encode()}))
            assert found, column
            assert all(one.startswith("reading ") for one in found), found
    without = verify.faults(summed({**files, "readings.json": json.dumps(readings[:1]).encode()}))
    assert without == [f"reading {readings[0]['number']}: reading {readings[1]['number']} before it is gone"]
    assert verify.faults(summed({**files, "readings.json": b"{}"})) == ["readings.json: is no list of readings"]
    # As a version before exported it.
    index = {key: value for key, value in json.loads(files["index.json"]).items() if key != "readings_sealed_from"}
    older = [
        {name: value for name, value in one.items() if name not in {"follows", "salt", "seal"}} for one in readings
    ]
    before = {"index.json": json.dumps(index).encode(), "readings.json": json.dumps(older).encode()}
    assert verify.faults(summed({**files, **before})) == []


async def test_tables_that_nobody_names_any_more_are_missed(past: dict[str, bytes], tmp_path: Path) -> None:
    files = unpacked(past["released"])
    index = json.loads(files["index.json"])
    assert index["tables"]
    kept = {name: content for name, content in files.items() if not name.startswith("tables/")}
    kept["index.json"] = json.dumps({**index, "tables": {}}).encode()
    verify = Verifier(files["verify.py"].decode(), tmp_path)
    assert any("by which it was decided, are not stored" in fault for fault in verify.faults(summed(kept)))


async def test_a_trail_with_an_event_changed_removed_swapped_or_cut_off_is_named(
    past: dict[str, bytes], tmp_path: Path
) -> None:
    files = unpacked(past["released"])
    verify = Verifier(files["verify.py"].decode(), tmp_path)
    lines = files["trail.jsonl"].splitlines(keepends=True)
    for place, line in enumerate(lines):
        forged = json.loads(line)
        forged["text"] = forged["text"].replace('"seq":', '"seq": ', 1)
        tampered = [*lines[:place], json.dumps(forged).encode() + b"\n", *lines[place + 1 :]]
        assert verify.faults(summed({**files, "trail.jsonl": b"".join(tampered)})), place
        removed = b"".join([*lines[:place], *lines[place + 1 :]])
        assert verify.faults(summed({**files, "trail.jsonl": removed})), place
    swapped = b"".join([lines[1], lines[0], *lines[2:]])
    assert verify.faults(summed({**files, "trail.jsonl": swapped}))


async def test_a_tail_that_is_cut_off_everywhere_leaves_rows_that_nothing_tells_of(
    past: dict[str, bytes], tmp_path: Path
) -> None:
    files = unpacked(past["released"])
    verify = Verifier(files["verify.py"].decode(), tmp_path)
    lines = files["trail.jsonl"].splitlines(keepends=True)
    last = json.loads(lines[-2])
    (head,) = json.loads(files["rows/declaration.json"])
    head |= {"event_seq": last["seq"], "event_head": last["hash"]}
    index = json.loads(files["index.json"]) | {"events": last["seq"], "head": last["hash"]}
    cut = {
        "trail.jsonl": b"".join(lines[:-1]),
        "rows/declaration.json": json.dumps([head]).encode(),
        "index.json": json.dumps(index).encode(),
    }
    assert any("tells" in fault for fault in verify.faults(summed({**files, **cut})))


async def test_it_is_of_one_moment_while_the_declaration_is_worked_on(
    office: Office, authority: Authority, tmp_path: Path
) -> None:
    authority.issue(CHED, ("0401", "5000", "KGM"))
    record = await office.lodge("MOMENT", goods(milk(CHED, "10")))
    verify = Verifier(verifier(), tmp_path)
    seen = set()

    async def work() -> None:
        nonlocal record
        for kilograms in range(20, 32):
            record = await office.amend(record, goods(milk(CHED, str(kilograms))))

    working = asyncio.create_task(work())
    while not working.done():
        files = unpacked(await exported(office, record.id))
        assert verify.faults(files) == []
        seen.add(json.loads(files["index.json"])["events"])
    await working
    assert len(seen) > 2
    assert (await office.store.audit.verify(evidence=True)).faults == ()


async def test_an_export_is_told_in_the_chain_of_the_installation(office: Office, authority: Authority) -> None:
    authority.issue(CHED, ("0401", "5000", "KGM"))
    record = await office.lodge("TAKEN", goods(milk(CHED, "10")))
    made = await export(office.store.exports, record.id, by=ONE)
    async with Store.opened(office.url) as store:
        assert (await store.audit.verify()).faults == ()
    again = await office.store.declarations.get(record.id)
    assert again is not None
    assert again.event_seq == record.event_seq, "it is no event of the declaration: its parties would learn of it"
    with psycopg.connect(office.url) as connection:
        ((text,),) = connection.execute("SELECT text FROM installation_event WHERE kind = 'case.exported'").fetchall()
    told = json.loads(text)["body"]
    assert (told["declaration"], told["file"], told["by"]["id"]) == (record.id, made.digest, ONE.id)
    assert "person" not in json.dumps(told)


def notes_of(content: bytes, folder: Path) -> tuple[list[str], list[str]]:
    """What the program says that is no fault, and the faults."""
    module: dict[str, Any] = {"__name__": "verify", "__file__": str(folder / "verify.py")}
    exec(compile(verifier(), "verify.py", "exec"), module)
    case = module["opened"](packed(unpacked(content), folder / "case.zip"))
    module["verify"](case, None)
    return case.notes, case.faults


async def test_what_was_erased_is_no_fault_and_is_told(office: Office, authority: Authority, tmp_path: Path) -> None:
    authority.issue(CHED, ("0401", "5000", "KGM"))
    authority.frame.documents.put(CHED, {"status": "41"})
    record = await office.lodge("ERASED", goods(milk(CHED, "10")))
    await office.lifecycle.steps.confirm(record.id, by=ONE)
    now = datetime.now(UTC)
    await office.store.erasure.erase(record.id, Erased.WORDS, at=now, by=TWO, reason="the time is over")
    notes, faults = notes_of(await exported(office, record.id), tmp_path)
    assert faults == []
    assert f"words: erased on {now:%Y-%m-%d} by {TWO.id} ({TWO.role})" in notes
    await office.invalidate(record)
    await office.store.erasure.erase(record.id, Erased.CONTENT, at=now, by=ONE, reason="ten years")
    content = await exported(office, record.id)
    notes, faults = notes_of(content, tmp_path)
    assert faults == []
    assert f"content: erased on {now:%Y-%m-%d} by {ONE.id} ({ONE.role})" in notes
    files = unpacked(content)
    assert not any(name.startswith(("messages", "facts", "evidence", "declarations")) for name in files)


@pytest.mark.parametrize("bundled", [True, False])
async def test_what_expired_is_no_fault_and_is_told(
    office: Office, authority: Authority, tmp_path: Path, bundled: bool
) -> None:
    authority.issue(CHED, ("0401", "5000", "KGM"))
    record = await office.lodge("EXPIRED", goods(milk(CHED, "10")))
    if not bundled:
        into_pieces(office.url)
    make_aged(office.url, timedelta(days=400))
    today = datetime.now(UTC).date()
    await office.store.erasure.expire_evidence(today - timedelta(days=300), by=ONE, reason="a year is over")
    notes, faults = notes_of(await exported(office, record.id), tmp_path)
    assert faults == []
    assert any(note.endswith(f"expired on {today}") for note in notes), notes


async def test_what_is_only_said_to_be_of_a_day_long_ago_is_missing(
    office: Office, authority: Authority, tmp_path: Path
) -> None:
    authority.issue(CHED, ("0401", "5000", "KGM"))
    record = await office.lodge("HIDDEN", goods(milk(CHED, "10")))
    today = datetime.now(UTC).date()
    await office.store.erasure.expire_evidence(today - timedelta(days=300), by=ONE, reason="a year is over")
    into_pieces(office.url)
    with psycopg.connect(office.url) as connection:
        connection.execute("UPDATE evidence_link SET day = day - 400")
    notes, faults = notes_of(await exported(office, record.id), tmp_path)
    assert not any("expired" in note for note in notes)
    assert sum("is missing" in fault for fault in faults) > 1, faults


@pytest.mark.parametrize("record_id", ["nonsense", "00000000-0000-4000-8000-000000000000", "../../etc"])
async def test_nothing_is_exported_of_what_is_not_there(office: Office, record_id: str) -> None:
    with pytest.raises(NotKnown):
        await export(office.store.exports, record_id, by=ONE)
