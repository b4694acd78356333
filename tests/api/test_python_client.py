"""The client `gateway_client` against a running gateway: the whole way, cut connections, lost places, refusals."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import count, islice
from pathlib import Path
from typing import Any

import pytest

from gateway.domain.mrn import with_check_character
from gateway_client import Application, AsyncGateway, ByLrn, Declaration, Gap, Gateway, Notice, Refused, Unreachable
from tests.api.asking import Goods
from tests.api.lodging import REFERENCE, end_of_notices
from tests.builders.door import KEYS, OWN, Door
from tests.builders.places import ROOT
from tests.builders.running import lodgeable
from tests.builders.wire import Wire, wired

NUMBERS = count(1)
WAIT_S = 30.0
ACCEPTED_AT = "2026-03-02T09:12:00Z"


def message(lrn: str | None = None, *, version: int = 1, net_mass: str = "2400") -> bytes:
    """A declaration that customs has not accepted yet."""
    raw = lodgeable("01", lrn or f"CLIENT-{next(NUMBERS):04d}").replace(b"CHEDP.FR.2026.0000001", REFERENCE.encode())
    raw = raw.replace(b"<version>1<", f"<version>{version}<".encode())
    return raw.replace(b">2400<", f">{net_mass}<".encode())


def new_mrn() -> str:
    """An MRN that no other test has."""
    return with_check_character(f"26FR{77_000_000 + next(NUMBERS):013d}")


@pytest.fixture(scope="module")
def customs(door: Door) -> Iterator[Gateway]:
    """The client of customs."""
    with Gateway(door.url, key=KEYS["customs"]) as gateway:
        yield gateway


@pytest.fixture
def wire(door: Door) -> Iterator[Wire]:
    """A wire to the gateway that can be cut."""
    with wired(door.url) as one:
        yield one


class Enough(Exception):
    """What a follower that follows for ever is ended by."""


def test_ten_lines_of_the_docs_go_the_whole_way(
    door: Door, customs: Gateway, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = (ROOT / "docs" / "clients.md").read_text(encoding="utf-8")
    code = text.partition("<!-- the whole way -->\n```python\n")[2].partition("```")[0]
    assert 0 < len([line for line in code.splitlines() if line.strip()]) <= 10
    monkeypatch.chdir(tmp_path)
    lrn, seen = f"CLIENT-{next(NUMBERS):04d}", []
    Path("key").write_text(KEYS["customs"] + "\n")
    Path("declaration.xml").write_bytes(message(lrn))
    Path("corrected.xml").write_bytes(message(lrn, version=2, net_mass="2300"))
    changed = {
        "https://gateway.example": door.url,
        "26FR0012600000R218": new_mrn(),
        '"0"': f'"{end_of_notices(door["customs"])}"',
    }
    for there, here in changed.items():
        assert there in code
        code = code.replace(there, here)

    def shown(place: str, notice: Notice) -> None:
        assert place == notice.place
        seen.append(notice.kind if notice.lrn == lrn else "")
        if seen[-1] == "released":
            raise Enough

    names: dict[str, Any] = {"print": shown}
    with pytest.raises(Enough):
        exec(compile(code, "docs/clients.md", "exec"), names)
    found = customs.get(ByLrn(lrn, OWN))
    assert (found.version, found.state, found.carried_out, found.released) == (2, "released", True, True)
    names["gateway"].close()


async def test_the_same_way_asynchronously(door: Door) -> None:
    raw, after = message(), end_of_notices(door["customs"])
    async with AsyncGateway(door.url, key=KEYS["customs"], language="de") as gateway:
        lodged = await gateway.lodge(raw)
        found = await gateway.wait_for_decision(lodged, WAIT_S)
        assert found.decided
        found = await gateway.accept(found, mrn=new_mrn(), accepted_at=datetime.now(UTC), wait=WAIT_S)
        assert found.may_be_released, found.decision
        found = await gateway.release(found, [{"goods_item": 1}], wait=WAIT_S)
        assert (found.state, found.released) == ("released", True)
        assert not found.may_be_released
        told = await gateway.explanation(found)
        assert any("Anmeldung" in line for title, lines in told.sections for line in (title, *lines))
        async for one in gateway.notices(after=after, kinds=["released"]):
            assert isinstance(one, Notice)
            if one.declaration == found.id:
                break
        rows = [one async for one in gateway.list(lrn=str(found.lrn), limit=1)]
        assert [one.id for one in rows] == [found.id]


def test_what_the_gateway_took_is_the_outcome_though_the_answer_was_lost(wire: Wire, customs: Gateway) -> None:
    raw = message()
    with Gateway(wire.url, key=KEYS["customs"]) as gateway:
        wire.answers_lost = 1
        lodged = gateway.lodge(raw, wait=WAIT_S)
        assert (lodged.version, lodged.decided) == (1, True)
        assert lodged.decision is not None
        seen = {"version": 1, "decision": lodged.decision.number}
        wire.answers_lost = 1
        accepted = gateway.accept(lodged, mrn=new_mrn(), accepted_at=ACCEPTED_AT, wait=WAIT_S, seen=seen)
        assert accepted.may_be_released, accepted.decision
        assert accepted.decision is not None
        wire.answers_lost = 1
        corrected = raw.replace(b"<version>1<", b"<version>2<").replace(b">2400<", b">2300<")
        amended = gateway.amend(accepted, corrected, wait=WAIT_S)
        assert (amended.version, amended.may_be_released) == (2, True)
        assert amended.decision is not None
        seen = {"version": 2, "decision": amended.decision.number}
        wire.answers_lost = 2
        released = gateway.release(amended, wait=WAIT_S, seen=seen)
        assert (released.state, released.carried_out) == ("released", True)
    assert wire.calls == 9
    events = customs.read(f"/v1/declarations/{lodged.id}/events")["items"]
    assert len([one for one in events if one["kind"].startswith("release")]) <= 2
    assert len(list(customs.list(lrn=str(lodged.lrn)))) == 1


def test_who_does_not_want_to_wait_is_told_at_once_that_nobody_answered(wire: Wire) -> None:
    with Gateway(wire.url, key=KEYS["customs"], patience=0) as gateway:
        wire.answers_lost = 1
        with pytest.raises(Unreachable, match="does not answer"):
            gateway.lodge(message())
    assert wire.calls == 1


def test_a_step_that_is_another_one_each_time_is_not_sent_again(wire: Wire, customs: Gateway) -> None:
    lodged = customs.lodge(message(), wait=WAIT_S)
    with Gateway(wire.url, key=KEYS["officer"]) as gateway:
        wire.answers_lost = 1
        with pytest.raises(Unreachable):
            gateway.act(lodged, "assessment", {"reason": "again"}, repeats=False)
    assert wire.calls == 1


def test_a_follower_goes_on_when_connections_are_lost(wire: Wire, door: Door, customs: Gateway) -> None:
    after = end_of_notices(door["customs"])
    first, second = (customs.lodge(message(), wait=WAIT_S) for _ in range(2))
    with Gateway(wire.url, key=KEYS["customs"], patience=0) as gateway:
        wire.calls_lost = 2
        notices = gateway.notices(after=after)
        one = next(notices)
        assert isinstance(one, Notice)
        wire.answers_lost = 1
        third = customs.lodge(message(), wait=WAIT_S)
        told = [one]
        while told[-1].declaration != third.id or told[-1].kind != "decided":
            following = next(notices)
            assert isinstance(following, Notice)
            told.append(following)
        assert {first.id, second.id, third.id} <= {one.declaration for one in told}
        numbers = [one.body["number"] for one in told]
        assert numbers == sorted(set(numbers))
    again = next(customs.notices(after=told[-2].place))
    assert again.body["number"] == told[-1].body["number"]


@pytest.mark.parametrize("who", ["customs", "trader"])
def test_a_place_that_is_gone_is_a_gap_and_not_silence(door: Door, customs: Gateway, who: str) -> None:
    after = end_of_notices(door["customs"])
    number, feed, mark = after.split(".")
    lodged = customs.lodge(message(), wait=WAIT_S)
    gone = f"{number}.{feed}.{'0' * len(mark)}"
    with Gateway(door.url, key=KEYS[who]) as gateway:
        gap, notice = islice(gateway.notices(after=gone), 2)
        assert isinstance(gap, Gap)
        assert isinstance(notice, Notice)
        assert gap.detail
        found = next(
            one for one in gateway.notices(after=gap.place) if isinstance(one, Notice) and one.declaration == lodged.id
        )
        assert found.sentence


def test_who_may_not_follow_is_told_so(door: Door) -> None:
    with Gateway(door.url, key="no key") as gateway, pytest.raises(Refused) as refused:
        next(gateway.notices())
    assert (refused.value.status, refused.value.code) == (401, "SW-API-401")


def test_a_refusal_names_place_rule_and_remedy(customs: Gateway) -> None:
    raw = message().replace(b"<version>1<", b"<version>one<")
    with pytest.raises(Refused) as refused:
        customs.lodge(raw, wait=WAIT_S)
    assert refused.value.status == 422
    assert refused.value.errors
    assert refused.value.errors[0].place
    assert refused.value.errors[0].message in str(refused.value)


def test_a_conflict_is_no_outcome(customs: Gateway) -> None:
    lodged = customs.lodge(message(), wait=WAIT_S)
    with pytest.raises(Refused) as refused:
        customs.release(lodged)
    assert refused.value.status == 409
    assert refused.value.links["declaration"].endswith(lodged.id)


def test_an_application_is_not_carried_out(door: Door) -> None:
    goods = Goods(door).lodged()
    with Gateway(door.url, key=KEYS["direct"]) as gateway:
        applied = gateway.amend(goods.id, goods.message(2, net_mass="2300"), wait=WAIT_S)
        assert isinstance(applied.waits_for, Application)
        assert (applied.carried_out, applied.may_be_released, applied.undetermined) == (False, False, True)
        assert gateway.get(goods.mrn).version == 1
        # It is taken back, and so it stays.
        place = f"/v1/applications/{applied.waits_for.id}"
        assert [gateway.delete(place)["state"] for _ in range(2)] == ["withdrawn", "withdrawn"]


def test_time_that_is_over_leaves_it_undetermined(door: Door, customs: Gateway) -> None:
    with door.authorities.slow("traces", 1.0):
        lodged = customs.lodge(message(), wait=0.2)
        assert not lodged.decided
        late = customs.wait_for_decision(lodged, 0.2)
        assert (late.undetermined, late.may_be_released) == (True, False)
        assert customs.wait_for_decision(lodged, WAIT_S).decided


def test_a_preflight_and_lists_read_what_stands(customs: Gateway) -> None:
    foreseen = customs.preflight(message())
    assert foreseen.decision.effect == "release"
    assert [one.type for one in foreseen.documents] == ["N853", "Y929"]
    for _ in range(2):
        customs.lodge(message())
    two = list(islice(customs.list(limit=1, since=datetime(2020, 1, 1, tzinfo=UTC)), 2))
    assert len({one.id for one in two}) == 2
    assert all(isinstance(one, Declaration) for one in two)
    assert re.fullmatch(r"[0-9a-f-]{36}", two[0].id)


def test_an_act_names_what_was_read_and_is_not_carried_out_on_anything_else(customs: Gateway) -> None:
    lodged = customs.lodge(message(), wait=WAIT_S)
    read = customs.get(lodged)
    assert read.etag is not None
    accepted = customs.accept(read, mrn=new_mrn(), accepted_at=datetime.now(UTC), wait=WAIT_S, if_match=read.etag)
    with pytest.raises(Refused) as refused:
        customs.release(accepted, wait=WAIT_S, if_match=read.etag)
    assert (refused.value.status, refused.value.code) == (412, "SW-API-670")
    assert customs.release(accepted, wait=WAIT_S, if_match=customs.get(accepted).etag).released
