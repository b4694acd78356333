"""Files of Surveillance: what is new in them, what is replaced and cancelled, and that each number is used once."""

import asyncio
import gzip
from datetime import UTC, datetime
from decimal import Decimal
from hashlib import sha256
from pathlib import Path
from subprocess import CompletedProcess

import pytest

from gateway.domain.errors import CallInvalid, Conflict, NotKnown
from gateway.domain.release import ReleasedItem
from gateway.store import Erased
from gateway.store.server_identity import Arrival, ServedIdentity
from gateway.wings.reporting.acknowledgement import Acknowledgements
from gateway.wings.reporting.due import FIRST, DueSurveillance
from gateway.wings.reporting.kept_files import KeptFiles
from tests.builders.actors import ONE
from tests.builders.authority import Authority
from tests.builders.commands import gateway_command
from tests.builders.databases import administer, database_of
from tests.builders.goods import goods, milk
from tests.builders.offices import authority, loaded, office, rules
from tests.builders.replicas import Office, mrn_of
from tests.wings.reporting.stage import BOTH, CHEDS, RESTORED, Reported, reporting

__all__ = ["authority", "loaded", "office", "rules"]  # fixtures


@pytest.fixture
async def reported(office: Office, authority: Authority) -> Reported:
    """An office that reports."""
    return await reporting(office)


async def test_released_items_are_new_and_then_nothing_is(reported: Reported) -> None:
    record = await reported.office.lodge("FILE-1", BOTH)
    assert await reported.written() == []
    await reported.office.release(record)
    assert await reported.written() == [("new", record.mrn, 1), ("new", record.mrn, 2)]
    assert await reported.written() == []
    assert await reported.due.page(FIRST, 5) == ()
    header, first, _ = await reported.text(1)
    raw = gzip.decompress(await reported.bytes_of(1))
    assert header == {
        "number": 1,
        "issuer": "FR",
        "records": 2,
        "digest": sha256(raw.split(b"\n", 1)[1]).hexdigest(),
        "annex": "Impl. Reg. (EU) 2015/2447, Annex 21-03",
    }
    assert (first["columns"]["declaration number"], first["columns"]["11 03 000 000"]) == (record.mrn, 1)
    assert first["columns"]["issuer"] == "FR"


async def test_an_amendment_replaces_what_it_changes_of_the_columns(reported: Reported) -> None:
    office = reported.office
    record = await office.lodge("FILE-2", BOTH)
    await office.release(record)
    await reported.written()
    # The quantity that is taken from a certificate is none of the columns.
    record = await office.amend(record, goods(milk(CHEDS[0], "11"), milk(CHEDS[1], "20")))
    assert await reported.written() == []
    record = await office.amend(record, goods(milk(CHEDS[0], "11"), milk(CHEDS[0], "20")))
    assert await reported.written() == [("replaced", record.mrn, 2)]
    record = await office.amend(record, goods(milk(CHEDS[0], "11")))
    assert await reported.written() == [("cancelled", record.mrn, 2)]
    await office.invalidate(record)
    assert await reported.written() == [("cancelled", record.mrn, 1)]
    assert await reported.written() == []
    assert [one.number for one in await reported.files.listed(0, 10)] == [1, 2, 3, 4]


async def test_what_is_released_and_invalidated_before_a_file_is_excluded(reported: Reported) -> None:
    record = await reported.office.lodge("FILE-3", BOTH)
    await reported.office.release(record)
    await reported.office.invalidate(record)
    assert await reported.written() == []
    assert set((await reported.stands(record.id)).values()) == {("excluded", "invalidated")}


async def test_items_of_one_declaration_go_when_they_are_released_and_a_part_waits(reported: Reported) -> None:
    office = reported.office
    record = await office.lodge("FILE-4", BOTH)
    await office.release(record, ReleasedItem(goods_item=1))
    assert await reported.written() == [("new", record.mrn, 1)]
    record = await office.settled(record.id)
    await office.release(record, ReleasedItem(goods_item=2, quantity=Decimal(5), unit="KGM"))
    assert await reported.written() == []
    assert (await reported.stands(record.id))[2] == ("partly", "a part of its goods is released")
    record = await office.settled(record.id)
    await office.release(record, ReleasedItem(goods_item=2))
    assert await reported.written() == [("new", record.mrn, 2)]


async def test_a_simplified_declaration_waits_and_its_supplementary_one_is_sent(reported: Reported) -> None:
    office = reported.office
    simplified = await office.lodge("FILE-5", BOTH, additional_type="C")
    await office.release(simplified)
    assert await reported.written() == []
    assert {state for state, _ in (await reported.stands(simplified.id)).values()} == {"waiting"}
    supplementary = await office.lodge("FILE-6", BOTH, additional_type="Y", previous=[mrn_of("FILE-5")])
    assert await reported.written() == [("new", supplementary.mrn, 1), ("new", supplementary.mrn, 2)]


async def test_what_is_erased_stays_as_it_was_sent_and_the_rest_is_excluded(reported: Reported) -> None:
    office = reported.office
    sent = await office.lodge("ERASED-1", BOTH)
    await office.release(sent)
    waiting = await office.lodge("ERASED-2", BOTH, additional_type="C")
    await office.release(waiting)
    assert len(await reported.written()) == 2
    for one in (sent, waiting):
        await office.settled(one.id)
        await office.store.erasure.erase(one.id, Erased.CONTENT, at=datetime.now(UTC), by=ONE, reason="ten years")
    assert await reported.written() == []
    assert set((await reported.stands(sent.id)).values()) == {("sent", "")}
    assert set((await reported.stands(waiting.id)).values()) == {("excluded", "erased")}


async def test_a_full_file_is_closed_and_the_next_one_goes_on(reported: Reported) -> None:
    for number in range(3):
        await reported.office.release(await reported.office.lodge(f"FULL-{number}", BOTH))
    files = await reported.writing(most=4, page_items=2).write()
    assert [(one.number, one.records) for one in files] == [(1, 4), (2, 2)]


async def test_two_processes_write_one_file(reported: Reported) -> None:
    for number in range(4):
        await reported.office.release(await reported.office.lodge(f"TWO-{number}", BOTH))
    both = await asyncio.gather(*(reported.writing(page_items=2).write() for _ in range(2)))
    (file,) = [one for files in both for one in files]
    assert (file.number, file.records) == (1, 8)
    lines = (await reported.text(1))[1:]
    assert len({(one["mrn"], one["item"]) for one in lines}) == 8


async def test_a_declaration_that_cannot_be_read_stays_due_and_others_go_on(reported: Reported) -> None:
    office = reported.office
    broken = await office.lodge("BROKEN", BOTH)
    await office.release(broken)
    sound = await office.lodge("SOUND", BOTH)
    await office.release(sound)
    async with office.store.database.connection() as connection:
        await connection.execute(
            "UPDATE declaration_version SET model = '{' WHERE declaration_id = %s::uuid", (broken.id,)
        )
    assert {mrn for _, mrn, _ in await reported.written()} == {sound.mrn}
    assert [one.id for one in await reported.due.page(FIRST, 5)] == [broken.id]


async def test_after_a_restore_no_number_is_used_before_the_receivers_last_one_is_known(reported: Reported) -> None:
    office = reported.office
    await office.release(await office.lodge("RESTORED-1", BOTH))
    await reported.written()
    with pytest.raises(Conflict, match="was not restored"):
        await reported.due.resume(3)
    await office.release(await office.lodge("RESTORED-2", BOTH))
    async with office.store.database.connection() as connection:
        await connection.execute(RESTORED)
    await ServedIdentity(office.store.database).accept(Arrival.SETTLED)
    with pytest.raises(Conflict, match="surveillance resume NUMBER"):
        await reported.written()
    with pytest.raises(CallInvalid, match="far beyond 1"):
        await reported.due.resume(1_000_000)
    await reported.due.resume(3)
    assert len(await reported.written()) == 2
    assert [(one.number, one.state) for one in await reported.files.listed(0, 9)] == [
        (1, "closed"), (2, "lost"), (3, "lost"), (4, "closed"),
    ]  # fmt: skip
    with pytest.raises(NotKnown, match="kept no more"):
        await reported.files.body(2)


async def test_a_backup_that_knows_fewer_files_than_the_receiver_numbers_none_twice(
    reported: Reported, database_cluster: str, tmp_path: Path
) -> None:
    office, file, name = reported.office, str(tmp_path / "one.dump"), "fewer_files"
    restored = database_of(database_cluster, name)

    async def run(url: str, *arguments: str) -> "CompletedProcess[str]":
        return await asyncio.to_thread(gateway_command, {"GATEWAY_DATABASE_URL": url}, *arguments)

    await office.release(await office.lodge("DUMPED-1", BOTH))
    await reported.written()
    await office.release(await office.lodge("DUMPED-2", BOTH))
    assert (await run(office.url, "backup", file)).returncode == 0
    assert len(await reported.written()) == 2, "file 2 is sent, of which the backup knows nothing"
    administer(database_cluster, f'CREATE DATABASE "{name}" TEMPLATE template0')
    try:
        assert (await run(restored, "restore", file)).returncode == 0
        assert (await run(restored, "settle", "--nothing-lost")).returncode == 0
        refused = await run(restored, "surveillance", "write")
        assert (refused.returncode, "surveillance resume NUMBER" in refused.stderr) == (30, True)
        assert (await run(restored, "surveillance", "resume", "2")).returncode == 0
        written = await run(restored, "surveillance", "write")
        (row,) = [line.split()[1:4] for line in written.stdout.splitlines() if "closed" in line]
        assert row == ["3", "│", "closed"], written.stdout
    finally:
        administer(database_cluster, f'DROP DATABASE "{name}" WITH (FORCE)')


async def test_a_file_that_was_open_in_the_backup_takes_a_number_that_the_receiver_does_not_know(
    reported: Reported,
) -> None:
    office = reported.office
    record = await office.lodge("OPEN-1", BOTH)
    await office.release(record)
    await reported.written()
    async with office.store.database.connection() as connection:
        await connection.execute(
            "UPDATE surveillance_file SET state = 'open', header = NULL, digest = NULL, made_at = NULL"
        )
        await connection.execute(RESTORED)
    await reported.due.resume(3)
    assert [mrn for _, mrn, _ in await reported.written()] == [record.mrn] * 2
    assert [(one.number, one.state) for one in await reported.files.listed(0, 9)] == [
        (1, "lost"), (2, "lost"), (3, "lost"), (4, "closed"),
    ]  # fmt: skip
    assert (await Acknowledgements(office.store.database).take(4, [])).accepted == 2
    assert {(one.file, one.answer) for one in (await reported.files.items([record.id])).values()} == {(4, "accepted")}


async def test_a_backup_from_before_reports_began_asks_for_the_number_too(office: Office, authority: Authority) -> None:
    async with office.store.database.connection() as connection:
        await connection.execute(RESTORED)
    reported = await reporting(office)
    await office.release(await office.lodge("AGAIN-1", BOTH))
    with pytest.raises(Conflict, match="surveillance resume NUMBER"):
        await reported.written()
    await reported.due.resume(0)
    assert len(await reported.written()) == 2
    assert [one.number for one in await reported.files.listed(0, 9)] == [1]


async def test_without_an_issuer_no_file_is_written(office: Office) -> None:
    nobody = Reported(office, DueSurveillance(office.store.database), KeptFiles(office.store.database))
    with pytest.raises(Conflict, match=r"set reporting\.issuer"):
        await nobody.written()
