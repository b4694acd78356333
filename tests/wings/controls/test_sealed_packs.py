"""Declarations are assessed by published packs under seal: what is chosen is controlled, and what cannot be determined, too."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
import pytest
from msgspec import structs
from structlog.testing import capture_logs

from gateway.domain.actor import Actor
from gateway.domain.decision import Effect
from gateway.domain.declaration import PreviousDocument
from gateway.domain.errors import CallInvalid, ConfigurationError, Conflict, SamePerson
from gateway.store.database import Database
from gateway.wings.controls.order import ActName, ControlStage
from gateway.wings.controls.risk import room
from gateway.wings.controls.risk.criteria import Criteria
from gateway.wings.controls.risk.keys import RiskKeys, WrongKey, read_keys
from gateway.wings.controls.risk.ledger import BrokenLedger, EntryKind
from gateway.wings.controls.risk.publication import Publication
from gateway.wings.controls.risk.room import SealedRoom
from tests.builders.actors import ONE, TWO
from tests.builders.commands import gateway_command
from tests.builders.goods import goods, milk
from tests.builders.offices import SECRETS
from tests.wings.controls.conftest import CANARY, CHEDS, KEY, OTHER, RiskOffice, pack, risk_office


def statements(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the statements that are run from now on."""
    run: list[str] = []
    for name in ("rows", "row", "run"):
        whole = getattr(Database, name)

        def noted(self: Database, statement: str, *more: Any, _whole: Callable[..., Any] = whole, **also: Any) -> Any:
            run.append(statement)
            return _whole(self, statement, *more, **also)

        monkeypatch.setattr(Database, name, noted)
    return run


async def test_without_a_published_pack_nothing_is_asked(risk: RiskOffice, monkeypatch: pytest.MonkeyPatch) -> None:
    """One that a single person published is none; then one that counts is asked for in every decision."""
    await risk.publication.publish(pack(), by=ONE)
    run = statements(monkeypatch)
    record, orders = await risk.lodged("RSK1")
    assert not orders
    assert not [one for one in run if one.startswith("risk")]
    assert record.decision is not None
    assert record.decision.decision.effect is Effect.RELEASE
    with pytest.raises(SamePerson):
        await risk.publication.publish(pack(), by=Actor(id="key three", person="ONE", role="officer"))
    with pytest.raises(CallInvalid, match="a share is from 0 to 1"):
        await risk.publication.publish(pack(share="2"), by=TWO)
    assert not risk.room.has_packs


async def test_a_pack_in_force_costs_two_statements_a_decision(
    risk: RiskOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is known before, and what it came to, however many rows and goods items there are; in shadow, nothing more."""
    await risk.publish(pack(code="73"))
    await risk.lodged("RSK0")  # the key of its month stands in the ledger from now on
    run = statements(monkeypatch)
    await risk.lodged("RSK1")
    assert [one for one in run if one.startswith("risk")] == ["risk_before", "risk_assessed"]
    await risk.publication.put_in_shadow(pack("draft"), by=ONE)
    run.clear()
    await risk.lodged("RSK2")
    assert [one for one in run if one.startswith("risk")] == ["risk_before", "risk_assessed"]


async def test_what_is_chosen_is_controlled_once_and_nothing_of_the_pack_is_told(
    risk: RiskOffice, tmp_path: Path
) -> None:
    """The order shuts its goods; what it comes from stands in the sealed room alone, and is read with the key."""
    await risk.publish(pack())
    office = risk.controlling.office
    record, (order,) = await risk.lodged("RSK2")
    assert (order.order.types, order.order.goods_items, order.order.stage) == (("10",), (1, 2), ControlStage.BEFORE_RELEASE)  # fmt: skip
    assert record.decision is not None
    assert record.decision.decision.effect is Effect.RELEASE
    assert await risk.refused(record)
    (kept,) = await risk.room.of(record.id)
    assert [one.trigger for one in kept.sealed.orders] == ["criterion"]
    assert {one.criterion for one in kept.sealed.assessed.hits} == {CANARY}

    file = tmp_path / "risk.keys"
    file.touch(mode=0o600)
    file.write_text(KEY.hex(), encoding="ascii")
    settings = {**SECRETS, "GATEWAY_DATABASE_URL": office.url, "GATEWAY_CONTROLS__KEY_FILE": str(file)}
    explained = gateway_command(settings, "risk", "explain", record.id)
    assert (explained.returncode, explained.stdout.count(CANARY) > 0) == (0, True), explained.stderr

    await office.looks()
    await office.settled(record.id)
    assert len(await risk.controlling.kept.of(record.id)) == 1
    with psycopg.connect(office.url) as connection:
        names = [name for (name,) in connection.execute("SELECT table_name FROM information_schema.tables WHERE table_schema = 'public' AND table_type = 'BASE TABLE'")]  # fmt: skip
        for name in names:
            found = connection.execute(f"SELECT count(*) FROM {name} t WHERE t::text LIKE '%{CANARY}%'".encode())
            assert found.fetchone() == (0,), name
        lengths = connection.execute("SELECT DISTINCT octet_length(body) FROM risk_assessment").fetchall()
    assert len(lengths) == 1
    risk.controlling.change("UPDATE risk_assessment SET body = body || '\\x00'::bytea")
    with pytest.raises(BrokenLedger):
        await risk.room.of(record.id)


async def test_a_share_of_none_and_what_comes_after_release(risk: RiskOffice) -> None:
    """What is not drawn has its sealed row, and is released; what is controlled after release does not shut."""
    await risk.publish(pack(share="0"))
    record, orders = await risk.lodged("RSK4")
    (kept,) = await risk.room.of(record.id)
    assert (orders, [one.chosen for one in kept.sealed.assessed.hits]) == ([], [False, False])
    await risk.publish(pack(stage="after_release"))
    record, (order,) = await risk.lodged("RSK5")
    assert order.order.stage is ControlStage.AFTER_RELEASE
    assert (await risk.controlling.office.release(record)).done


async def test_what_was_chosen_is_chosen_under_another_number(risk: RiskOffice) -> None:
    """Lodged again on the same previous document, or of the same origin after its end, goods are chosen whatever the draw says."""
    office, what = risk.controlling.office, goods(milk(CHEDS[0], "1"))
    office.authority.issue(CHEDS[0], ("0401", "500", "KGM"))
    await risk.publish(pack())
    first = await office.lodge("RSK6", what, previous=("PD9",))
    await risk.publish(pack(share="0"))
    orders = risk.controlling.kept.of
    assert await orders((await office.lodge("RSK7", what, previous=("PD9",))).id)
    assert not await orders((await office.lodge("RSK8", what)).id)
    await office.invalidate(first)
    assert await orders((await office.lodge("RSK9", what)).id)


async def test_of_too_many_of_the_same_goods_it_is_not_determined(
    risk: RiskOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither what one declaration links, nor how many others are read for it, is a declarant's to say."""
    office, what = risk.controlling.office, goods(milk(CHEDS[0], "1"))
    office.authority.issue(CHEDS[0], ("0401", "500", "KGM"))
    await risk.publish(pack(share="0"))
    monkeypatch.setattr(room, "MOST_ALIKE", 1)
    ids = [(await office.lodge(lrn, what, previous=("PD9",))).id for lrn in ("RSK11", "RSK12", "RSK13")]
    orders = [await risk.controlling.kept.of(one) for one in ids]
    assert [[one.order.types for one in each] for each in orders] == [[], [], [("40",)]]

    declaration = await office.store.declarations.declaration(ids[0], 1)
    assert declaration is not None
    many = tuple(PreviousDocument(type="N821", reference=f"PD{number}") for number in range(250))
    items = tuple(
        structs.replace(declaration.items[0], number=number, commodity_code=f"{number:04}000000")
        for number in range(1, 100)
    )
    with pytest.raises(room.TooManyAlike):
        await risk.room.before(ids[0], structs.replace(declaration, previous_documents=many, items=items))
    alike = structs.replace(declaration, previous_documents=many)
    assert len((await risk.room.before(ids[0], alike)).links) > len(many)


async def test_no_release_passes_the_order_that_is_opened_beside_it(risk: RiskOffice) -> None:
    """A pack is published behind the decision: what is ordered to be released then is assessed first, and stays."""
    office = risk.controlling.office
    record, orders = await risk.lodged("RSK10")
    assert not orders
    await risk.publish(pack())
    assert not (await office.release(record)).done
    (order,) = await risk.controlling.kept.of(record.id)
    assert order.order.stage is ControlStage.BEFORE_RELEASE
    assert await risk.refused(record)
    await risk.controlling.act(record, order.order, ActName.RESULT, code="satisfactory")
    assert (await office.release(record)).done


@pytest.mark.parametrize(
    "fault", ["a measure", "the criteria", "the key", "a changed ledger", "a shorter ledger", "lost attempts"]
)
async def test_what_is_not_determined_is_held(risk: RiskOffice, monkeypatch: pytest.MonkeyPatch, fault: str) -> None:
    """All goods are controlled, once; the log says that it was not determined, and no name."""
    await risk.publish(pack(share="0"))
    await risk.publish(pack("q", share="0"))
    if fault == "a measure":
        monkeypatch.setattr("gateway.wings.controls.risk.criteria.holds", _fail)
    elif fault == "the criteria":
        monkeypatch.setattr(Criteria, "assess", _fail)
    elif fault == "lost attempts":
        risk = risk_office(risk.controlling, KEY, attempts=0)
        await risk.room.begin()
    elif fault == "the key":
        risk = risk_office(risk.controlling, OTHER)
        with pytest.raises(ConfigurationError):
            await risk.room.begin()
        await risk.room.refresh()
    elif fault == "a changed ledger":
        risk.controlling.change("UPDATE risk_ledger SET digest = '\\x00' WHERE seq = 4")
        risk = risk_office(risk.controlling, KEY)
        with pytest.raises(ConfigurationError):
            await risk.room.begin()
        await risk.room.refresh()
    else:
        risk.controlling.change("DELETE FROM risk_ledger WHERE seq > 1")
    with capture_logs() as logs:
        record, (order,) = await risk.lodged("RSK8")
        await risk.controlling.office.looks()
    assert (order.order.types, order.order.goods_items) == (("40",), ())
    assert await risk.refused(record)
    assert len(await risk.controlling.kept.of(record.id)) == 1
    assert CANARY not in str(logs)
    assert [one for one in logs if one["event"] == "risk_not_determined"]


def _fail(*_: object, **__: object) -> None:
    raise ValueError(CANARY)


async def test_a_process_without_the_key_holds_once_a_pack_is_published(risk: RiskOffice) -> None:
    """Before that, orders by hand work without one; packs are refused there."""
    without = risk_office(risk.controlling)
    await without.room.begin()
    assert not without.room.has_packs
    with pytest.raises(Conflict, match="key_file"):
        await without.publication.publish(pack(), by=ONE)
    await risk.publish(pack(share="0"))
    await without.room.refresh()
    record, (order,) = await without.lodged("RSK9")
    assert order.order.goods_items == ()
    assert await without.refused(record)
    with pytest.raises(ConfigurationError):
        await risk_office(risk.controlling).room.begin()


async def test_two_publications_at_once_are_one_after_the_other(risk: RiskOffice) -> None:
    """Two processes write behind each other; an older key of the file still opens."""
    database = risk.controlling.office.store.database
    second = Publication(SealedRoom(database, RiskKeys((KEY, OTHER))), tables=lambda: risk.controlling.office.view, clock=risk.controlling.office.clock)  # fmt: skip
    other = SealedRoom(database, RiskKeys((OTHER, KEY)))
    third = Publication(other, tables=lambda: risk.controlling.office.view, clock=risk.controlling.office.clock)
    done = await asyncio.gather(*(risk.publication.publish(pack(one), by=ONE) for one in "abc"), second.publish(pack("d"), by=ONE))  # fmt: skip
    assert {one.entry.kind for one in done} == {EntryKind.PROPOSED}
    assert (await third.publish(pack("a"), by=TWO)).entry.kind is EntryKind.PUBLISHED
    with pytest.raises(Conflict, match="cannot be read"):
        await risk.publication.listed()
    assert [one.name for one in other.ledger.packs] == ["a"]


async def test_the_key_of_a_month_stands_in_the_ledger_before_it_draws(risk: RiskOffice) -> None:
    await risk.room.begin()
    month = datetime.now(UTC).strftime("%Y-%m")
    key = await risk.room.ledger.epoch(month, datetime.now(UTC))
    (entry,) = risk.room.ledger.entries
    assert (entry.epoch, len(key)) == (month, 32)
    risk.controlling.change("UPDATE risk_ledger SET digest = '\\x00'")
    with pytest.raises(BrokenLedger):
        await SealedRoom(risk.controlling.office.store.database, RiskKeys((KEY,))).ledger.read()


def test_a_key_file_is_its_owner_s_alone(tmp_path: Path) -> None:
    file = tmp_path / "keys"
    file.write_text(KEY.hex() + "\n", encoding="ascii")
    file.chmod(0o640)
    with pytest.raises(ConfigurationError, match="others than its owner"):
        read_keys(file)
    file.chmod(0o600)
    sealed = read_keys(file).seal(b"x", "place")
    assert len(sealed) == len(RiskKeys((KEY,)).seal(b"y" * 900, "place"))
    assert RiskKeys((OTHER, KEY)).open(sealed, "place") == b"x"
    with pytest.raises(WrongKey):
        RiskKeys((KEY,)).open(sealed, "elsewhere")
    for wrong in (tmp_path / "none", file):
        file.write_text("x", encoding="ascii")
        with pytest.raises(ConfigurationError, match="key_file"):
            read_keys(wrong)
