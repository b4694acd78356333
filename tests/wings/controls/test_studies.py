"""What-if and reports over stored declarations: what a draft would have come to, and what packs found."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec

from gateway.domain.calendar import Calendar
from gateway.wings.controls.order import ActName, ControlStage
from gateway.wings.controls.parties.facts import AeoType
from gateway.wings.controls.risk.pack_file import read_pack
from gateway.wings.controls.risk.studies.past import PastDeclarations
from gateway.wings.controls.risk.studies.report import ReportTally, RiskReport, TargetState
from gateway.wings.controls.risk.studies.what_if import WhatIf, WhatIfFigures
from tests.builders.commands import gateway_command
from tests.builders.goods import goods, milk
from tests.wings.controls.conftest import KEY, RiskOffice, authorised, known, pack, weighing

NOW = datetime.now(UTC)
SPAN = NOW - timedelta(days=400), NOW + timedelta(days=400)
DRAFT = pack("draft", criterion="DRAFT-1", share="0.5", types="40")
RANDOM = pack("chance", kind="random", criterion="ANY", types="40", more="").replace('scope = { goods = ["04"] }', "")


async def tried(risk: RiskOffice, text: str) -> WhatIfFigures:
    office = risk.controlling.office
    trial = WhatIf(read_pack(text.encode(), "p", office.view), text, risk.room.ledger.packs, office.lifecycle.tables, {"40": 90})  # fmt: skip
    past = PastDeclarations(office.store.database, risk.room, Calendar())
    async for page in past.pages(*SPAN, decisions=trial.needs_decisions, parties=trial.weighs):
        trial.take(page)
    return trial.figures()


async def reported(risk: RiskOffice) -> RiskReport:
    tally = ReportTally(risk.room.ledger.packs)
    past = PastDeclarations(risk.controlling.office.store.database, risk.room, Calendar())
    async for page in past.pages(*SPAN, decisions=False):
        tally.take(page)
    return tally.report()


async def test_a_draft_over_what_is_stored(risk: RiskOffice) -> None:
    """Workload, overlap and what is known; the same again each time; nothing is stored, ordered or foreseen."""
    await risk.publish(pack("others", criterion="OTHER"))
    found = []
    for number in range(12):
        record, (order,) = await risk.lodged(f"W-{number}")
        if number < 6:
            code = "irregularity" if number < 2 else "satisfactory"
            await risk.controlling.act(record, order.order, ActName.RESULT, code=code)
        found.append(record.id)
    before = [await risk.room.of(one) for one in found]
    figures = await tried(risk, DRAFT)
    assert (figures.declarations, figures.in_band, figures.expected, figures.erased) == (12, 12, 6.0, 0)
    assert 0 < figures.chosen < 12
    assert (figures.in_band_of_others, figures.chosen_already) == (12, figures.chosen)
    assert (figures.known.found, figures.known.of) == (2, 6)
    assert figures.by_type == {"40": figures.chosen}
    assert sum(figures.by_office.values()) == sum(figures.by_day.values()) == figures.chosen
    assert figures.minutes == 90 * figures.chosen
    (row,) = figures.rows
    assert (row.in_scope, row.in_band, row.chosen, row.not_assessable) == (12, 12, figures.chosen, 0)
    assert await tried(risk, DRAFT) == figures
    assert [await risk.room.of(one) for one in found] == before
    none = await tried(risk, DRAFT.replace('["04"]', '["73"]'))
    assert (none.in_band, none.chosen, none.rows[0].in_scope) == (0, 0, 0)
    missing = await tried(risk, DRAFT.replace("{ always = true }", '{ list = "container", values = ["X"] }'))
    assert (missing.not_assessable, missing.rows[0].in_scope, missing.in_band) == (12, 12, 0)


async def test_a_pack_that_is_in_force_is_not_compared_with_itself(risk: RiskOffice) -> None:
    await risk.publish(pack("draft"))
    await risk.lodged("W-1")
    assert (await tried(risk, DRAFT)).in_band_of_others == 0


async def test_weights_are_tried_by_what_the_copy_says_now(risk: RiskOffice) -> None:
    """Of their day: nearly none of a trusted operator are chosen, all of whom nothing is known or who is trusted from later on."""
    await risk.lodged("W-1")
    found = await tried(risk, weighing())
    assert (found.in_band, found.weighed, found.chosen, found.expected) == (1, 0, 1, 1.0)
    await known(risk.controlling, authorised(AeoType.CUSTOMS))
    found = await tried(risk, weighing())
    assert (found.in_band, found.weighed, found.chosen, found.expected) == (1, 1, 0, 0.0)
    later = msgspec.structs.replace(authorised(AeoType.CUSTOMS), effective=NOW.date() + timedelta(days=2))
    await known(risk.controlling, later)
    assert (await tried(risk, weighing())).weighed == 0


async def test_a_row_measures_what_the_decision_found(risk: RiskOffice) -> None:
    """Decisions are read for it alone."""
    record = await risk.controlling.office.lodge("W-1", goods(milk("CHEDP.FR.2026.9600099", "100")))
    past = PastDeclarations(risk.controlling.office.store.database, risk.room, Calendar())
    (one,) = [one async for page in past.pages(*SPAN, decisions=True) for one in page]
    assert (one.id, one.last is not None) == (record.id, True)
    codes = {each.code for each in one.last.decision.findings} if one.last is not None else set()
    assert codes
    text = DRAFT.replace("{ always = true }", f'{{ finding = "{min(codes)}" }}')
    assert (await tried(risk, text)).in_band == 1


async def test_what_packs_found_beside_chance(risk: RiskOffice) -> None:
    """Results, waivers, duty and open orders by row; random checks alone are the base; offices with few results are not told."""
    await risk.publish(RANDOM)
    for number in range(3):
        record, (order,) = await risk.lodged(f"R-{number}")
        await risk.controlling.act(record, order.order, ActName.RESULT, code="satisfactory")
    await risk.publish(pack("milk", criterion="MILK", types="40"))
    for number in range(4):
        record, (order,) = await risk.lodged(f"M-{number}")
        if number < 3:
            code = "irregularity" if number else "satisfactory"
            duty: dict[str, Any] = {"duty_change": "120.50 EUR"} if number else {}
            await risk.controlling.act(record, order.order, ActName.RESULT, code=code, **duty)
    report = await reported(risk)
    assert (report.declarations, report.assessed, report.failed, report.undetermined) == (7, 7, 0, 0)
    rows = {one.criterion: one for one in report.rows}
    milk, chance = rows["MILK"], rows["ANY"]
    assert (milk.in_band, milk.chosen, milk.orders, milk.open, milk.waived) == (4, 4, 4, 1, 0)
    assert (milk.hits.found, milk.hits.of, milk.duty_change) == (2, 3, {"EUR": "241.00"})
    assert (milk.by_chance.found, milk.by_chance.of, milk.apart) == (0, 3, False)
    assert (chance.random, chance.hits.of, chance.apart) == (True, 6, False)
    assert [(one.pack, one.after_release, one.orders, one.hits) for one in report.targets] == [
        ("chance", False, 7, report.offices[0].hits),
        ("milk", False, 4, None),
    ]
    (office,) = report.offices
    assert (office.orders, office.hits is not None) == (7, True)
    assert [(one.name, one.orders) for one in report.operators] == [("other", 7)]
    await risk.publish(weighing(criterion="ALL"))
    await known(risk.controlling, authorised(AeoType.CUSTOMS))
    await risk.lodged("T-1")
    found = [(one.name, one.orders, one.hits is None) for one in (await reported(risk)).operators]
    assert found == [("other", 7, False), ("trusted", 1, True)], "of few results nothing is told"


async def test_a_target_is_held_against_what_controls_found_before_release_and_after_it(risk: RiskOffice) -> None:
    """TargetState or missed only where the bounds say so; as the pack sets it now."""
    more = "review_on = 2026-12-01\ntarget = {}"
    audit = pack("audit", criterion="PCA", stage="after_release", more=more.format("0.9"))
    await risk.publish(audit)
    await risk.publish(pack("milk", criterion="MILK", more=more.format("0.3")))
    for number in range(5):
        record, orders = await risk.lodged(f"T-{number}")
        for one in sorted(orders, key=lambda each: each.order.stage):
            if one.order.stage is ControlStage.BEFORE_RELEASE:
                await risk.controlling.act(record, one.order, ActName.RESULT, code="irregularity")
                await risk.controlling.act(record, one.order, ActName.SETTLED, code="corrected")
        for one in orders:
            if one.order.stage is ControlStage.AFTER_RELEASE:
                await risk.controlling.act(record, one.order, ActName.RESULT, code="satisfactory")
    found = {(one.pack, one.after_release): (one.target, one.reached) for one in (await reported(risk)).targets}
    assert found == {("audit", True): ("0.9", TargetState.MISSED), ("milk", False): ("0.3", TargetState.REACHED)}
    await risk.publish(audit.replace("0.9", "0.3"))
    assert (await reported(risk)).targets[0].reached is TargetState.OPEN


async def test_both_as_commands(risk: RiskOffice, tmp_path: Path) -> None:
    """With the database and the key file at hand; without the key, nothing is counted, and not as none."""
    await risk.publish(pack("others"))
    record, (order,) = await risk.lodged("W-1")
    await risk.controlling.act(record, order.order, ActName.RESULT, code="satisfactory")
    draft, keys = tmp_path / "draft.toml", tmp_path / "keys"
    draft.write_text(DRAFT, encoding="utf-8")
    keys.write_text(KEY.hex(), encoding="ascii")
    keys.chmod(0o600)
    ours = {"GATEWAY_DATABASE_URL": risk.controlling.office.url, "GATEWAY_CONTROLS__KEY_FILE": str(keys)}
    since = (NOW - timedelta(days=2)).date().isoformat()
    done = gateway_command(ours, "risk", "what-if", str(draft), "--since", since, "--json", "--minutes", "40=90")
    assert done.returncode == 0, done.stderr
    assert msgspec.json.decode(done.stdout, type=WhatIfFigures).declarations == 1
    done = gateway_command(ours, "risk", "what-if", str(draft), "--since", since)
    assert "Only what was controlled has any result" in done.stdout, done.stderr
    assert "DRAFT-1" in done.stdout
    done = gateway_command(ours, "risk", "report", "--since", since, "--json")
    assert [one["hits"]["of"] for one in json.loads(done.stdout)["rows"]] == [1], done.stderr
    done = gateway_command(ours, "risk", "report", "--since", since)
    assert "not told apart from chance" in " ".join(done.stdout.split()) or "chance" in done.stdout, done.stdout
    for words in (("what-if", str(draft), "--since", since), ("report", "--since", since)):
        lost = gateway_command({"GATEWAY_DATABASE_URL": ours["GATEWAY_DATABASE_URL"]}, "risk", *words)
        assert (lost.returncode, lost.stdout) != (0, ""), words
        assert lost.returncode != 0, words
    draft.write_text(DRAFT.replace("0.5", "7"), encoding="utf-8")
    assert gateway_command(ours, "risk", "what-if", str(draft), "--since", since).returncode != 0
    assert gateway_command(ours, "risk", "what-if", str(draft), "--since", since, "--minutes", "x").returncode == 64
