"""A sealed assessment is made again from what it kept, whatever was published since: it is equal, or says where it differs."""

from datetime import timedelta
from pathlib import Path

import pytest
from msgspec import structs

from gateway.domain.record import Record
from gateway.wings.controls.risk.replay import SecondAssessment
from gateway.wings.controls.risk.room import AssessedBy, SealedAssessment
from tests.builders.commands import gateway_command
from tests.builders.goods import goods, milk
from tests.builders.offices import SECRETS
from tests.wings.controls.conftest import CHEDS, KEY, RiskOffice, pack

LEASE = 7
WHAT = goods(milk(CHEDS[0], "1"))


def replay(risk: RiskOffice) -> SecondAssessment:
    office = risk.controlling.office
    return SecondAssessment(office.store, risk.room, office.rules)


async def lodged(risk: RiskOffice, lrn: str) -> Record:
    """Milk on one previous document: each is lodged again for the one before."""
    return await risk.controlling.office.lodge(lrn, WHAT, previous=("PD9",))


async def assessment(risk: RiskOffice) -> tuple[str, SealedAssessment]:
    """One that was chosen for what was chosen before, and met a finding."""
    office = risk.controlling.office
    record = await office.lodge("RPL0", goods(milk(CHEDS[1], "1")))
    assert record.decision is not None
    code = record.decision.decision.findings[0].code
    await risk.publish(pack())
    await lodged(risk, "RPL1")
    await risk.publish(pack(share="0"))
    await risk.publish(pack("found", criterion="F", measure=f'{{ finding = "{code}" }}'))
    record = await office.lodge("RPL2", goods(milk(CHEDS[1], "1")), previous=("PD9",))
    (kept,) = await risk.room.of(record.id)
    return record.id, kept.sealed


async def resealed(risk: RiskOffice, record_id: str, sealed: SealedAssessment) -> str:
    """Seals the only assessment of a declaration as another one, as who has key and database can; gives what the replay says of it."""
    declaration = await risk.controlling.office.store.declarations.declaration(record_id, 1)
    assert declaration is not None
    before = await risk.room.before(record_id, declaration)
    risk.controlling.change(f"DELETE FROM risk_assessment WHERE declaration_id = '{record_id}'")
    risk.controlling.change(f"UPDATE declaration SET lease_token = {LEASE} WHERE id = '{record_id}'")
    assert await risk.room.write(record_id, LEASE, structs.replace(before, seq=0, hash=b""), sealed)
    (made,) = await replay(risk).of(record_id)
    return " ".join(made.faults)


def command(risk: RiskOffice, tmp_path: Path, *words: str) -> tuple[int, str]:
    """What `gateway risk replay` ends with and prints, with the key file."""
    file = tmp_path / "risk.keys"
    file.touch(mode=0o600)
    file.write_text(KEY.hex(), encoding="ascii")
    url = risk.controlling.office.url
    settings = {**SECRETS, "GATEWAY_DATABASE_URL": url, "GATEWAY_CONTROLS__KEY_FILE": str(file)}
    done = gateway_command(settings, "risk", "replay", *words)
    return done.returncode, done.stdout


@pytest.fixture(autouse=True)
def certified(risk: RiskOffice) -> None:
    risk.controlling.office.authority.issue(CHEDS[0], ("0401", "5000", "KGM"))


async def test_a_month_comes_out_equal_and_nobody_is_asked(risk: RiskOffice, tmp_path: Path) -> None:
    """Drawn, chosen for other goods, amended, not assessable; packs were published and a month went by since."""
    office = risk.controlling.office
    await risk.publish(pack())
    await risk.publish(pack("priced", criterion="P", measure='{ price = "EUR", per = "supplementary_units" }'))
    first = await lodged(risk, "RPL1")
    await risk.publish(pack(share="0.5"))
    second = await lodged(risk, "RPL2")
    await office.amend(first, goods(milk(CHEDS[0], "2")))
    await risk.publish(pack(share="0"))
    third = await office.lodge("RPL3", WHAT)
    await risk.publish(pack(code="0303"))
    office.clock.pass_by(timedelta(days=40))
    asked = len(office.authority.came)
    made = {lrn.lrn: [one.faults for one in await replay(risk).of(lrn.id)] for lrn in (first, second, third)}
    assert made == {"RPL1": [(), ()], "RPL2": [()], "RPL3": [()]}
    assert len(office.authority.came) == asked
    (kept,) = await risk.room.of(third.id)
    assert kept.sealed.assessed.not_assessable
    assert command(risk, tmp_path, second.id) == (0, f"{second.id} 1: equal\n")
    assert command(risk, tmp_path, "--since", "2020-01-01") == (0, "assessments made again: 4, different: 0\n")
    assert command(risk, tmp_path, "--since", "2020-01-01", "--until", "2020-01-31")[1].endswith("0, different: 0\n")
    risk.controlling.change(f"UPDATE risk_assessment SET hash = '\\x00' WHERE declaration_id = '{third.id}'")
    status, told = command(risk, tmp_path, "--since", "2020-01-01")
    assert (status, told.splitlines()[-1]) == (1, "assessments made again: 4, different: 1")
    assert f"{third.id}: changed, or sealed by another key" in told


async def test_what_was_sealed_otherwise_differs_and_says_where(risk: RiskOffice, tmp_path: Path) -> None:
    """Each of what an assessment was made from counts: taken away, the assessment does not come out the same."""
    record_id, sealed = await assessment(risk)
    grounds = sealed.grounds
    assert grounds is not None
    assert (len(grounds.before), len(grounds.findings)) == (1, 1)

    async def with_grounds(**other: object) -> str:
        return await resealed(risk, record_id, structs.replace(sealed, grounds=structs.replace(grounds, **other)))

    assert await with_grounds() == ""
    assert (await with_grounds(before=())).startswith("hits: ")
    assert (await with_grounds(findings=())).startswith("hits: ")
    assert (await with_grounds(ledger=1)).startswith("packs: ")
    unchosen = structs.replace(sealed, chosen=())
    assert (await resealed(risk, record_id, unchosen)).startswith("chosen: ")
    assert command(risk, tmp_path, record_id)[0] == 1


async def test_what_cannot_be_made_again_is_not_equal(risk: RiskOffice, tmp_path: Path) -> None:
    """Without its tables, ledger, key of draws or declaration, or sealed before any of it was kept."""
    record_id, sealed = await assessment(risk)
    assert sealed.grounds is not None
    cases: dict[str, AssessedBy | None] = {
        "without what it was made from": None,
        "the tables 0000": structs.replace(sealed.grounds, tables="0" * 64),
        "the ledger has not": structs.replace(sealed.grounds, ledger=10_000),
        "the ledger has not the entries": structs.replace(sealed.grounds, month="1999-01"),
    }
    for told, grounds in cases.items():
        found = await resealed(risk, record_id, structs.replace(sealed, grounds=grounds))
        assert found.startswith("cannot be made again: ")
        assert told in found
    lost = structs.replace(sealed, assessed=structs.replace(sealed.assessed, version=9))
    assert "the declaration is not stored" in await resealed(risk, record_id, lost)
    status, told = command(risk, tmp_path, "--since", "2020-01-01")
    assert (status, told.count("cannot be made again")) == (1, 1)
