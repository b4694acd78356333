"""The scenarios of suspensions, on their days of 2026, at a served gateway: what is suspended, spoken of, freed and told."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from tests.builders.commands import gateway_command
from tests.builders.databases import database_of
from tests.builders.running import Authorities
from tests.wings.suspensions.course import STATED
from tests.wings.suspensions.stage import WAIT, Case, Stage, staged

NONE = {"precautionary_measures": "none"}


@pytest.fixture(scope="module")
def stage(database_cluster: str, migrated_template: str, simulated_for_api: Authorities) -> Iterator[Stage]:
    name = f"moved_{os.getpid()}"
    with psycopg.connect(database_cluster, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{migrated_template}"')
    with staged(simulated_for_api, database_of(database_cluster, name)) as found:
        yield found
    with psycopg.connect(database_cluster, autocommit=True) as connection:
        connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


def toy(stage: Stage) -> Case:
    """Item 1 of 2 is suspended for product safety, Mo 2.3 10:00."""
    case = stage.lodged("03-02 10:00")
    made = case.suspend("product_safety", 1)
    assert (made["state"], made["deadline"]) == ("open", "2026-03-06")
    case.shows("300")
    return case


def holder(stage: Stage, regime: str = "ipr", when: str = "07-09 10:00", notified: str = "07-10 10:00", **how: Any) -> Case:  # fmt: skip
    """Item 1 is suspended for a right, and both are notified."""
    case = stage.lodged(when)
    case.suspend(regime, 1, **how)
    stage.when(notified)
    case.done("notified.declarant")
    if regime != "ipr_small":
        case.done("notified.holder")
    return case


def infringed(stage: Stage, **how: Any) -> Case:
    """The right-holder says on 20.7 that it is infringed, and agrees to the destruction."""
    case = holder(stage, **how)
    stage.when("07-20 12:00")
    case.say("holder.infringes")
    case.say("holder.agrees")
    return case


def test_1_without_a_word_it_is_free_with_its_deadline(stage: Stage) -> None:
    case = toy(stage)
    assert case.gate() == {1: ["SW-API-650", "SW-API-618"], 2: []}
    stage.acts("03-06 23:30")
    assert case.state() == ("open", "2026-03-06")

    stage.acts("03-07 00:01")
    case.free()
    (expired,) = case.events("suspension.expired")
    assert case.state()[0] == "expired"
    assert "2026-03-06T23:00:00Z" in str(expired)


def test_2_3_the_other_item_goes_and_all_of_it_does_not(stage: Stage) -> None:
    case = toy(stage)
    stage.when("03-03 10:00")
    refused = case.release()
    assert (refused.status_code, refused.json()["code"]) == (409, "SW-API-650")
    assert [one["goods_item"] for one in refused.json()["release_gate"] if one["obstacles"]] == [1]
    assert case.release(2).json()["release"]["items"] == [{"goods_item": 2, "quantity": None, "unit": None}]


def test_4_a_word_of_the_last_seconds_counts(stage: Stage) -> None:
    case = toy(stage)
    stage.when("03-06 23:59:50")
    answer = stage.push(case.mrn, "MAINTAIN_SUSPENSION")
    assert (answer["result"], answer["state"], answer["deadline"]) == ("done", "maintained", None)
    case.shows("301")


def test_5_one_of_the_next_day_does_not(stage: Stage) -> None:
    case = toy(stage)
    stage.known("03-07 00:00:05")
    assert stage.push(case.mrn, "MAINTAIN_SUSPENSION")["result"] == "late"
    stage.clock.run("run_out_suspensions")
    case.free()
    assert case.state()[0] == "expired"


@pytest.mark.whole
def test_6_what_is_approved_is_free(stage: Stage) -> None:
    case = toy(stage)
    stage.when("03-04 10:00")
    assert stage.push(case.mrn, "APPROVE_RELEASE")["state"] == "lifted"
    case.free()


def test_7_what_is_refused_is_told_once_confirmed_with_the_words_of_the_law(stage: Stage) -> None:
    case = toy(stage)
    stage.when("03-04 10:00")
    stage.push(case.mrn, "REFUSE_RELEASE", finding="SERIOUS_RISK", objects_to_other_procedures=True)
    case.shows("304")
    law = "Dangerous product — release for free circulation not authorised — Regulation (EU) 2019/1020"
    assert case.all()[0]["notice"] == law
    trader = case.read("trader")["decision"]
    assert (trader["effect"], "SW-DEC-304" in str(trader)) == ("hold", False)
    stage.door["officer"].post(f"{case.here}/confirmation", json={}, headers=WAIT)
    assert "SW-DEC-304" in case.findings("trader")
    assert case.release(1, override={"reason": "x"}, by="officer").json()["code"] == "SW-API-650"  # fmt: skip


@pytest.mark.whole
def test_8_a_request_is_for_all_items_and_is_answered(stage: Stage) -> None:
    case = stage.lodged("03-02 10:00")
    answer = stage.push(case.mrn, "REQUEST_SUSPENSION")
    assert (answer["result"], answer["deadline"]) == ("done", "2026-03-06")
    case.shows("300")
    assert case.findings()["SW-DEC-300"] == {1, 2}
    stage.clock.run("send_suspension_notices")
    (told,) = [one for one in stage.told() if one["mrn"] == case.mrn]
    assert (told["kind"], told["case"], told["goods_items"]) == ("REQUEST_ANSWERED", f"MS-{case.mrn}", [1, 2])
    (owed,) = case.all()[0]["duties"]
    assert (owed["name"], owed["missing"]) == ("notify.authority", ["ground", "act"])


def test_9_a_request_for_what_is_not_declared_waits(stage: Stage) -> None:
    raw = stage.raw(lrn="STAGE-WAIT-900")
    mrn = raw.split(b"<MRN>")[1].split(b"</MRN>")[0].decode()
    stage.when("03-02 10:00")
    assert stage.push(mrn, "REQUEST_SUSPENSION")["result"] == "waiting"
    stage.when("03-04 10:00")
    case = stage.lodge(raw)
    assert case.release().json()["code"] in ("SW-API-650", "SW-API-617")
    stage.clock.run("say_waiting_words")
    case.shows("300")
    assert case.state() == ("open", "2026-03-10")


@pytest.mark.whole
def test_10_11_another_procedure_is_refused_and_a_duty_names_what_it_lacks(stage: Stage) -> None:
    other = stage.lodged("03-02 10:00", procedure="71")
    other.suspend("product_safety", 1, status=422)
    case = stage.lodged("03-02 10:00")
    stated = {name: value for name, value in STATED["product_safety"].items() if name != "category"}
    made = case.suspend("product_safety", 1, stated=stated)
    assert [(one["name"], one["missing"]) for one in made["duties"]] == [("notify.authority", ["category"])]
    case.shows("300")


def test_12_13_no_override_and_each_event_once(stage: Stage) -> None:
    case = toy(stage)
    assert case.release(1, override={"reason": "x"}, by="officer").json()["code"] == "SW-API-650"
    first = stage.push(case.mrn, "MAINTAIN_SUSPENSION", 2)
    assert stage.push(case.mrn, "MAINTAIN_SUSPENSION", 2) == first
    other = stage.pushed(case.mrn, "APPROVE_RELEASE", 2)
    assert (other.status_code, other.json()["code"]) == (409, "SW-API-652")
    assert stage.push(case.mrn, "APPROVE_RELEASE", 1)["result"] == "superseded"
    assert (len(case.events("suspension.word")), case.state()[0]) == (1, "maintained")


def test_14_a_silent_declarant_is_an_officers_to_deem(stage: Stage) -> None:
    case = infringed(stage)
    case.shows("302")
    stage.acts("07-28 08:00")
    case.shows("303")
    case.say("officer.deemed")
    case.shows("305")


def test_15_what_is_opposed_ends_without_proceedings(stage: Stage) -> None:
    case = infringed(stage)
    stage.when("07-22 10:00")
    case.say("declarant.opposes", by="trader")
    assert "opposition.holder" in {one["name"] for one in case.all()[0]["duties"]}
    stage.acts("07-28 08:00")
    case.shows("306")
    case.say("nothing_came")
    case.free()


@pytest.mark.whole
def test_16_proceedings_are_extended_but_not_too_far(stage: Stage) -> None:
    case = infringed(stage)
    stage.when("07-22 10:00")
    case.say("declarant.opposes", by="trader")
    stage.when("07-24 10:00")
    reason = {"reason": "x"}
    assert case.say("holder.extension", stated=reason, extends_to=21, status=409)["code"] == "SW-API-653"
    assert case.say("holder.extension", stated=reason, extends_to=20)["deadline"] == "2026-08-10"


@pytest.mark.whole
def test_17_an_infringement_alone_is_not_enough(stage: Stage) -> None:
    case = holder(stage)
    stage.when("07-20 12:00")
    case.say("holder.infringes")
    stage.acts("07-28 08:00")
    case.shows("306")


def test_18_without_a_notification_nothing_begins_and_nothing_is_told(stage: Stage) -> None:
    case = stage.lodged("07-09 10:00")
    case.suspend("ipr", 1)
    case.shows("307")
    stage.acts("09-01 10:00")
    (one,) = case.all()
    assert (one["state"], one["clocks"]) == ("open", [])
    assert {each["name"]: each["due"] for each in one["duties"]}["notified.declarant"] == "2026-07-10"
    assert case.findings("trader") == {}


@pytest.mark.whole
def test_19_20_ex_officio_never_perishable_and_free_where_nobody_is_identified(stage: Stage) -> None:
    case = stage.lodged("05-11 10:00")
    case.suspend("ipr_ex_officio", 1, stated={"right": "design", "perishable": "yes"}, status=422)
    case.suspend("ipr_ex_officio", 1)
    stage.acts("05-13 00:01")
    case.shows("306")


@pytest.mark.whole
def test_21_an_application_that_is_granted_goes_on_from_the_same_notification(stage: Stage) -> None:
    case = holder(stage, "ipr_ex_officio", "05-11 10:00", "05-11 11:00")
    stage.when("05-18 10:00")
    case.say("holder.applies")
    stage.when("05-20 10:00")
    assert case.say("officer.granted", stated={"decision": "FR-2026-7"})["deadline"] == "2026-05-27"


@pytest.mark.whole
def test_22_of_small_consignments_a_silent_declarant_is_an_officers(stage: Stage) -> None:
    case = holder(stage, "ipr_small", "08-03 09:00", "08-03 10:00")
    stage.acts("08-18 08:00")
    case.shows("303")


@pytest.mark.whole
def test_23_a_guarantee_is_for_some_rights_only(stage: Stage) -> None:
    case = infringed(stage)
    case.say("declarant.opposes", by="trader")
    case.say("holder.proceedings")
    case.shows("301")
    case.say("guarantee", stated={"right": "trade_mark", **NONE}, status=422)
    assert case.both_say("guarantee", stated={"right": "design", **NONE})["state"] == "lifted"
    case.free()


@pytest.mark.whole
def test_24_a_letter_that_came_in_time_counts(stage: Stage) -> None:
    case = holder(stage)
    stage.when("07-20 12:00")
    case.say("holder.infringes")
    stage.acts("07-28 08:00")
    case.shows("306")
    stage.when("07-29 10:00")
    case.say("holder.agrees", received_at="2026-07-30T10:00:00Z", status=422)
    case.say("holder.agrees", received_at="2026-07-27T14:00:00Z")
    case.shows("303")


def test_25_26_an_export_waits_for_the_state_that_granted_its_licence(stage: Stage) -> None:
    case = stage.lodged("04-27 10:00", export=True)
    assert case.suspend("dual_use")["deadline"] == "2026-05-12"
    case.shows("300")
    longer = stage.lodged("04-27 10:00", export=True)
    longer.suspend("dual_use")
    stage.when("05-05 10:00")
    assert longer.say("extended", extends_to=30)["deadline"] == "2026-06-11"
    assert longer.say("extended", extends_to=29, status=409)["code"] == "SW-API-653"
    stage.acts("05-12 23:00", "Europe/Berlin")
    assert case.state()[0] == "open"
    stage.acts("05-13 00:01", "Europe/Berlin")
    case.shows("306")
    assert longer.state()[0] == "open"


@pytest.mark.whole
def test_27_firearms_wait_by_days_of_the_calendar(stage: Stage) -> None:
    case = stage.lodged("03-26 10:00", export=True)
    assert case.suspend("firearms")["deadline"] == "2026-04-07"
    stage.acts("04-08 00:01")
    case.shows("306")


@pytest.mark.whole
def test_28_several_stand_on_one_item_and_each_has_to_end(stage: Stage) -> None:
    case = toy(stage)
    case.suspend("ipr", 1)
    stage.push(case.mrn, "APPROVE_RELEASE")
    case.shows("307")
    assert case.gate()[1][0] == "SW-API-650"


def test_29_what_was_noticed_too_late_is_an_officers(stage: Stage) -> None:
    case = toy(stage)
    stage.acts("03-09 08:00")
    case.shows("306")
    assert case.say("nothing_came")["state"] == "expired"
    assert case.state() == ("expired", "2026-03-06")
    case.free()


def test_30_an_amendment_of_suspended_goods_holds_all_of_them(stage: Stage) -> None:
    case = stage.lodged("03-02 10:00")
    case.suspend("product_safety", 1)
    raw = (
        stage.raw(lrn=case.read()["lrn"])
        .replace(b"<version>1<", b"<version>2<")
        .replace(b"<netMass>1000<", b"<netMass>999<", 1)
    )
    answer = stage.door["customs"].post(f"{case.here}/amendments", content=raw, headers={"Content-Type": "application/xml", **WAIT})  # fmt: skip
    assert answer.status_code == 200, answer.text
    case.shows("300", "309")
    assert case.gate()[2][0] == "SW-API-650"


def test_31_a_suspension_outlives_the_invalidation_by_customs(stage: Stage) -> None:
    case = holder(stage)
    answer = stage.door["customs"].post(f"{case.here}/invalidation", json={"reason": "Sent twice"}, headers=WAIT)
    assert answer.json()["state"] == "invalidated", answer.text
    assert case.state() == ("open", "2026-07-27")
    stage.acts("07-28 08:00")
    assert case.state()[0] == "unconfirmed"


@pytest.mark.whole
def test_32_the_other_item_is_reserved_and_released_alone(stage: Stage) -> None:
    case = toy(stage)

    def moved() -> list[str]:
        (document,) = [one for one in case.read()["documents"] if one["type"] == "N853"]
        return [one["movement"] for one in document["quantity"]]

    assert moved()[1] == "reserved"
    assert case.release(2).status_code == 200
    assert moved()[1] == "written_off"


@pytest.mark.whole
def test_afterwards_all_of_it_is_decided_again_alike_and_verifies(stage: Stage, tmp_path: Path) -> None:
    """Of all that the tests before left, and of one more."""
    case = toy(stage)
    stage.acts("03-07 00:01")
    case.free()
    replayed = gateway_command(stage.environment, "replay", "--since", "2026-03-01", "--processes", "1")
    assert replayed.returncode == 0, replayed.stdout[-3000:]
    first = case.id
    stage.clock.run("send_suspension_notices")  # which is a step, and a step counts the clocks once more
    assert gateway_command(stage.environment, "replay", first).returncode == 0
    _ends(stage, first, "2026-03-06T23:00:00Z", "2026-03-07T23:00:00Z")
    moved = gateway_command(stage.environment, "replay", first)
    all_of_them = gateway_command(stage.environment, "replay", "--since", "2026-03-01", "--processes", "1")
    _ends(stage, first, "2026-03-07T23:00:00Z", "2026-03-06T23:00:00Z")
    assert (moved.returncode == 0, "suspension 1, answer" in moved.stdout) == (False, True), moved.stdout
    assert (all_of_them.returncode == 0, f"{first}: suspension 1, answer" in all_of_them.stderr) == (False, True)
    verified = gateway_command(stage.environment, "audit", "verify")
    assert verified.returncode == 0, verified.stdout[-3000:]
    listed = gateway_command(stage.environment, "suspensions", "list", "--ended")
    assert (listed.returncode, "product_safety" in listed.stdout, "expired" in listed.stdout) == (0, True, True)
    pushed = gateway_command(stage.environment, "suspensions", "pushed")
    assert (pushed.returncode, "MRN" in pushed.stdout) == (0, True), pushed.stdout
    out = tmp_path / "case.zip"
    assert gateway_command(stage.environment, "case", "export", first, "--out", str(out)).returncode == 0
    assert gateway_command(stage.environment, "case", "verify", str(out)).returncode == 0


def _ends(stage: Stage, record_id: str, now: str, then: str) -> None:
    """Changes what is kept of the end of a clock; under the lock that every step takes, so none writes over it what it read before."""
    with psycopg.connect(stage.environment["GATEWAY_DATABASE_URL"]) as connection:
        connection.execute("SELECT FROM declaration WHERE id = %s FOR UPDATE", (record_id,))
        found = connection.execute("SELECT body FROM suspension WHERE declaration_id = %s", (record_id,)).fetchall()
        assert [now in body for (body,) in found] == [True], found
        connection.execute("UPDATE suspension SET body = replace(body, %s, %s) WHERE declaration_id = %s", (now, then, record_id))  # fmt: skip
