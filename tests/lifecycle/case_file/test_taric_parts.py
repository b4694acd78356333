"""An exported case has what it takes to decide it again elsewhere: with the parts of TARIC that its goods come under."""

import json
import sys
import zipfile
from dataclasses import replace
from io import BytesIO
from pathlib import Path

from gateway.app import stored
from gateway.configured_rules import Rules
from gateway.dispatch import LoadedAdapter
from gateway.lifecycle.case_file import export
from tests.builders.actors import ONE
from tests.builders.authority import Authority
from tests.builders.goods import goods, milk
from tests.builders.places import ROOT
from tests.builders.processes import ran
from tests.builders.replicas import Office
from tests.builders.taric import condition, envelope, load, measure, tables_of
from tests.builders.verifier import Verifier, unpacked

CHED = "CHEDP.FR.2026.9600001"


async def test_a_case_is_decided_again_where_there_is_nothing_else(
    authority: Authority, database_url: str, rules: Rules, loaded: LoadedAdapter, tmp_path: Path
) -> None:
    file = tmp_path / "full.xml"
    file.write_text(
        envelope(
            "260001",
            *(measure(1, "750", "0401000000"), condition(11, 1, "B", "C644")),
            *(measure(2, "410", "2501000000"), condition(21, 2, "B", "N853")),
        )
    )
    tables = tables_of(load(tmp_path / "home", file), beside=rules.tables)
    office = Office(authority, database_url, replace(rules, tables=tables), loaded)
    await office.open()
    try:
        await office.store.table_sets.publish(stored(tables), by=ONE)
        authority.issue(CHED, ("0401", "5000", "KGM"))
        record = await office.settled((await office.lodge("ELSEWHERE", goods(milk(CHED, "10")))).id)
        content = (await export(office.store.exports, record.id, by=ONE)).content
    finally:
        await office.close()
    files = unpacked(content)
    index = json.loads(files["index.json"])
    assert tables.taric is not None
    assert set(index["parts"]) == {tables.taric.common, tables.taric.parts["04"].digest}, "no part of other chapters"
    verify = Verifier(files["verify.py"].decode(), tmp_path)
    assert verify.faults(files) == []

    folder = tmp_path / "elsewhere"
    with zipfile.ZipFile(BytesIO(content)) as archive:
        archive.extractall(folder)
    done = ran([sys.executable, "-m", "tests.builders.elsewhere", str(folder)], cwd=ROOT)
    decisions = len(json.loads(files["rows/decision.json"]))
    assert decisions
    assert done.stdout == f"{decisions} decisions, {decisions} the same; measures of TARIC: 2\n", done.stderr

    name = index["parts"][tables.taric.parts["04"].digest]
    (folder / name).write_text((folder / name).read_text().replace("C644", "C645"))
    changed = ran([sys.executable, "-m", "tests.builders.elsewhere", str(folder)], cwd=ROOT)
    assert "is stored with another content" in changed.stderr
    without = {**files, "index.json": files["index.json"].replace(b'"taric/', b'"gone/')}
    assert any(f"gone/{name.removeprefix('taric/')}: the part " in fault for fault in verify.faults(without))
    fewer = {**index, "parts": {}}
    assert any(
        "of TARIC, which is missing" in fault
        for fault in verify.faults({**files, "index.json": json.dumps(fewer).encode()})
    )
    older = {key: value for key, value in index.items() if key != "parts"}
    assert not any("TARIC" in fault for fault in verify.faults({**files, "index.json": json.dumps(older).encode()}))
