"""While goods are held the law's time limits run: which, from which event, and until when, as each reader is shown the decision."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from msgspec import structs

from gateway.api.localization import Wording
from gateway.api.views.clocks import of_hold, ordered
from gateway.api.views.declaration import declaration_body
from gateway.domain.calendar import Calendar
from gateway.domain.decision import (
    Advice,
    Decision,
    Effect,
    Finding,
    Mode,
    Named,
    Nature,
    NumberedDecision,
    RulesIdentity,
)
from gateway.domain.declaration import Declaration, Direction, GoodsItem, Kind
from gateway.domain.errors import ConfigurationError
from gateway.domain.record import Detail, Record, RefusalTold, State
from gateway.domain.release import Released, ReleasedItem
from gateway.domain.tables.in_force import Tables
from gateway.lifecycle.tables.table_set import TablesInForce
from gateway.lifecycle.time_limits import TimeLimits
from gateway.settings.messages import load_catalogue
from tests.builders.layers import layer, over
from tests.builders.places import CONFIG
from tests.builders.shown import TRADER
from tests.builders.story import shipped

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
CATALOGUE = load_catalogue(CONFIG)
STORAGE = "temporary_storage"
OWN = """
[[time_limit]]
name = "office_answers"
first_day = "accepted"
working_days = 10
turn = "officer"
directions = ["import"]
natures = ["check"]
legal_basis = "own law"
valid_from = 2026-01-01
source = "own law"
"""


def finding(nature: Nature = Nature.CORRECTION, effect: Effect = Effect.HOLD, **changed: Any) -> Finding:
    found = Finding(
        code="SW-DEC-010",
        effect=effect,
        advice=Advice.DOCUMENTS,
        goods_item=None,
        document=None,
        message="message",
        remedy="remedy",
        legal_basis="basis",
        nature=nature,
    )
    return replace(found, **changed)


def item(number: int = 1, requested: str | None = "40", previous: str | None = "00") -> GoodsItem:
    return GoodsItem(
        number=number, commodity_code="0401201900", requested_procedure=requested, previous_procedure=previous
    )


def record(*findings: Finding, effect: Effect = Effect.HOLD, **changed: Any) -> Record:
    declared = Declaration(
        lrn="LRN",
        declarant="FR1",
        direction=Direction.IMPORT,
        kind=Kind.STANDARD,
        declaration_type="IM",
        customs_office="FR001260",
        items=(item(),),
    )
    declared = structs.replace(declared, **changed.pop("declared", {}))
    detail = Detail(declared=declared, lodged_at=NOW, **changed.pop("detail", {}))
    decision = Decision(
        effect=effect,
        advice=Advice.DOCUMENTS,
        forecast=False,
        items=(),
        findings=findings,
        documents=(),
        rules=RulesIdentity(version="1", digest="x"),
    )
    found = Record(
        id="id",
        version=1,
        current_version=1,
        lrn="LRN",
        mrn=None,
        declarant="FR1",
        eoris=("FR1",),
        direction=declared.direction,
        kind=declared.kind,
        received_at=NOW,
        accepted_at=NOW,
        state=State.DECIDED,
        due=False,
        event_seq=1,
        documents=(),
        decision=NumberedDecision(number=1, version=1, decided_at=NOW, decision=decision),
        detail=detail,
    )
    return replace(found, **changed)


def clocks(
    what: Record,
    tables: Tables | None = None,
    *,
    language: str = "en",
    confirmed: bool = False,
    now: datetime = NOW,
    zone: str = "Europe/Paris",
    catalogue: Any = CATALOGUE,
) -> Mapping[str, dict[str, Any]]:
    limits = TimeLimits(TablesInForce(tables or shipped()), Calendar(zone=ZoneInfo(zone)), lambda: now)
    wording = Wording.chosen(catalogue, [language], at_once=False, limits=limits)
    return {one["name"]: one for one in ordered(of_hold(what, wording, confirmed=confirmed))}


@pytest.mark.parametrize(
    ("language", "basis", "said"),
    [
        ("en", "UCC Art. 149", "within 90 days of their presentation to customs. It runs from the day of presentation, which is not known here."),
        ("de", "UZK Art. 149", "binnen 90 Tagen nach ihrer Gestellung in ein Zollverfahren überzuführen oder wiederauszuführen. Die Frist läuft von der Gestellung an, deren Tag hier nicht bekannt ist."),
        ("fr", "CDU art. 149", "dans un délai de 90 jours à compter de leur présentation en douane. Ce délai court à compter de la présentation, dont le jour n’est pas connu ici."),
    ],
)  # fmt: skip
def test_storage_runs_from_presentation_which_receipt_and_acceptance_never_stand_for(
    language: str, basis: str, said: str
) -> None:
    (one,) = clocks(record(finding()), language=language).values()

    assert (one["name"], one["legal_basis"], one["first_day"]) == (STORAGE, basis, "presented")
    assert (one["until"], one["ends_at"], one["not_before"]) == (None, None, None)
    assert (one["period"], one["counting"]) == ({"number": 90, "unit": "days"}, "reg_1182")
    assert one["words"].endswith(said)


@pytest.mark.parametrize(
    ("findings", "turn"),
    [
        ([finding()], "declarant"),
        ([finding(Nature.WAIT)], "authority"),
        ([finding(Nature.CHECK)], "officer"),
        ([finding(), finding(Nature.CHECK)], "officer"),
        ([finding(Nature.UNDETERMINED)], "nobody"),  # an outage: no deadline of the trader's is made of it
        ([], None),  # a hold that nothing explains
    ],
)
def test_what_runs_by_law_runs_whoevers_turn_it_is(findings: list[Finding], turn: str | None) -> None:
    (one,) = clocks(record(*findings)).values()

    assert (one["name"], one["turn"]) == (STORAGE, turn)


@pytest.mark.parametrize(
    "changed",
    [
        {"state": State.RELEASED},
        {"state": State.INVALIDATED},
        {"state": State.LAPSED},
        {"state": State.SUPERSEDED},
        {"released": Released(items=(), whole=True, at=NOW)},
        {"decision": None},
        {"effect": Effect.RELEASE},
        {"declared": {"kind": Kind.SUPPLEMENTARY}},
        {"declared": {"kind": Kind.RETROSPECTIVE}},
        {"declared": {"direction": Direction.EXPORT, "declaration_type": "EX"}},
        {"declared": {"direction": Direction.TRANSIT, "declaration_type": "T2"}},
        {"declared": {"declaration_type": "CO"}},
        {"declared": {"items": (item(previous="71"),)}},
    ],
)
def test_goods_that_are_not_held_or_not_in_storage_have_no_such_limit(changed: dict[str, Any]) -> None:
    findings = [] if changed.get("effect") is Effect.RELEASE else [finding()]

    assert clocks(record(*findings, **changed)) == {}


@pytest.mark.parametrize(
    "changed",
    [
        {"kind": Kind.PRE_LODGED},
        {"direction": Direction.TRANSIT, "declaration_type": "T1", "items": (item(requested=None, previous=None),)},
        {"items": (item(requested="61", previous="23"),)},
        {"items": (item(previous=None),)},
    ],
)
def test_other_goods_in_storage_have_it(changed: dict[str, Any]) -> None:
    assert list(clocks(record(finding(), declared=changed))) == [STORAGE]


def test_what_holds_released_goods_runs_no_more() -> None:
    items = (item(1), item(2))
    released = Released(whole=False, at=NOW, items=(ReleasedItem(goods_item=1),))
    both = [finding(goods_item=1), finding(Nature.WAIT, goods_item=2, code="SW-DEC-020")]

    (one,) = clocks(record(*both, declared={"items": items}, released=released)).values()
    part = replace(released, items=(replace(released.items[0], quantity=Decimal(1), unit="KGM"),))
    (of_both,) = clocks(record(*both, declared={"items": items}, released=part)).values()

    assert one["findings"] == ["SW-DEC-020"]
    assert of_both["findings"] == ["SW-DEC-010", "SW-DEC-020"]
    assert clocks(record(both[0], declared={"items": items}, released=released)) == {}


def test_shadow_rules_and_what_only_officers_are_shown_run_nothing() -> None:
    shown = [finding(mode=Mode.SHADOW, code="SW-DEC-999"), finding(mode=Mode.OFFICERS, code="SW-DEC-998"), finding()]

    (one,) = clocks(record(*shown)).values()

    assert one["findings"] == ["SW-DEC-010"]


def refused(**changed: Any) -> Record:
    return record(finding(Nature.REFUSAL, Effect.REFUSE), effect=Effect.REFUSE, **changed)


def told(at: datetime, *, heard: bool = False) -> Record:
    return refused(confirmed=True, detail={"refusal_told": RefusalTold(at=at, heard=heard)})


@pytest.mark.parametrize(
    ("at", "last_day", "ends_at"),
    [
        ("2026-05-01T10:00:00Z", date(2026, 6, 1), "2026-06-01T22:00:00Z"),  # 31 May is a Sunday
        ("2026-05-01T23:30:00Z", date(2026, 6, 1), "2026-06-01T22:00:00Z"),  # the 2nd there
        ("2026-05-12T10:00:00Z", date(2026, 6, 11), "2026-06-11T22:00:00Z"),
    ],
)
def test_whoever_is_refused_is_heard_within_30_days_of_its_communication(at: str, last_day: date, ends_at: str) -> None:
    one = clocks(told(datetime.fromisoformat(at)), confirmed=True)["heard"]

    assert (one["until"], one["ends_at"]) == (last_day, datetime.fromisoformat(ends_at))
    assert (one["turn"], one["first_day"]) == ("declarant", "refusal_told")
    assert one["words"].endswith(f"within 30 days of the communication of the refusal. Until {last_day}.")


def test_a_refusal_that_is_not_told_begins_nothing_nor_one_after_hearing() -> None:
    assert list(clocks(refused())) == [STORAGE]
    assert list(clocks(told(NOW, heard=True), confirmed=True)) == [STORAGE]
    at_once = clocks(refused(), confirmed=True)["heard"]
    assert (
        at_once["until"],
        at_once["words"].endswith("It runs from the day of that communication, which is not known here."),
    ) == (None, True)


def test_a_limit_that_has_ended_says_so() -> None:
    one = clocks(told(datetime(2026, 4, 1, 10, tzinfo=UTC)), confirmed=True, language="fr")["heard"]

    assert one["until"] == date(2026, 5, 4), "1 May is a holiday, the 2nd a Saturday"
    assert one["words"].endswith("Ce délai a expiré le 2026-05-04.")


def test_behind_the_list_of_holidays_there_is_no_day() -> None:
    late = datetime(2026, 12, 1, 12, tzinfo=UTC)
    one = clocks(told(datetime(2026, 12, 4, tzinfo=UTC)), confirmed=True, language="de", now=late)["heard"]

    assert (one["until"], one["ends_at"], one["not_before"]) == (None, None, datetime(2027, 1, 4, 23, tzinfo=UTC))
    assert "Nicht vor 2027-01-04: Die Feiertage von FR sind nicht weiter verzeichnet" in one["words"]


@pytest.mark.parametrize(
    ("office", "zone", "said"),
    [
        ("XI000142", "Europe/Paris", "No day is told: the public holidays of XI are not listed here."),
        (None, "UTC", "No day is told: it is not known in which State it runs."),
    ],
)
def test_a_state_without_a_list_has_no_deadline_and_the_view_says_so(office: str | None, zone: str, said: str) -> None:
    what = told(NOW)
    assert what.detail is not None
    assert what.detail.declared is not None
    elsewhere = replace(
        what, detail=replace(what.detail, declared=structs.replace(what.detail.declared, customs_office=office))
    )

    one = clocks(elsewhere, confirmed=True, zone=zone)["heard"]

    assert (one["until"], one["not_before"], one["counting"]) == (None, None, None)
    assert one["words"].endswith(said)


def test_measures_that_the_authority_ordered_run_from_its_own_communication() -> None:
    document = Named("N853", "CHEDP.FR.2026.1")
    one = clocks(record(finding(Nature.REFUSAL, document=document)))["measures_ordered"]
    other = clocks(record(finding(Nature.REFUSAL, document=Named("L100", "x"))))

    assert (one["turn"], one["until"], one["period"]["number"]) == ("declarant", None, 60)
    assert "measures_ordered" not in other


def test_an_administration_adds_a_limit_with_a_text_of_its_own(tmp_path: Path) -> None:
    tables = over(tmp_path / "own", time_limits=OWN)
    (tmp_path / "own" / "messages").mkdir()
    text = '[[word]]\nparam = "hold_limit"\nword = "office_answers"\ntext = "{verb} in {period}."\n'
    for language, verb in (("en", "Customs answers"), ("de", "Der Zoll antwortet")):
        path = tmp_path / "own" / "messages" / f"time_limits.{language}.toml"
        path.write_text(text.replace("{verb}", verb), encoding="utf-8")
    catalogue = load_catalogue(CONFIG, tmp_path / "own")
    held = record(finding(Nature.CHECK), accepted_at=datetime(2026, 5, 11, 8, tzinfo=UTC))
    then = datetime(2026, 5, 12, tzinfo=UTC)

    english, german = (
        clocks(held, tables, catalogue=catalogue, language=one, now=then)["office_answers"] for one in ("en", "de")
    )
    french = clocks(held, tables, catalogue=catalogue, language="fr", now=then)["office_answers"]

    assert (english["until"], english["turn"]) == (date(2026, 5, 27), "officer"), "14 and 25 May are holidays"
    assert english["words"] == "Customs answers in 10 working days. Until 2026-05-27."
    assert german["words"] == "Der Zoll antwortet in 10 Arbeitstagen. Bis 2026-05-27."
    assert french["words"] == "office_answers: Jusqu’au 2026-05-27."
    (lacking,) = catalogue.unworded(tables)
    assert lacking.endswith("2: fr has no word for the hold_limit 'office_answers' (messages/time_limits.fr.toml)")


def test_days_count_by_the_rule_that_a_row_names(tmp_path: Path) -> None:
    days = 'counting = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday"]\n'
    held = record(finding(Nature.CHECK), accepted_at=datetime(2026, 5, 11, 8, tzinfo=UTC))

    one = clocks(held, over(tmp_path / "own", time_limits=OWN + days))["office_answers"]

    assert (one["until"], one["counting"][-1]) == (date(2026, 5, 23), "saturday")


def test_a_limit_that_has_begun_keeps_the_row_of_its_first_day(tmp_path: Path) -> None:
    later = OWN.replace("working_days = 10", "working_days = 1").replace("2026-01-01", "2026-05-20")
    tables = over(tmp_path / "own", time_limits=OWN.replace("valid_from", "valid_to = 2026-05-19\nvalid_from") + later)

    def until(accepted_at: datetime) -> date:
        found: date = clocks(record(finding(Nature.CHECK), accepted_at=accepted_at), tables)["office_answers"]["until"]
        return found

    assert until(datetime(2026, 5, 11, 8, tzinfo=UTC)) == date(2026, 5, 27)
    assert until(datetime(2026, 5, 20, 8, tzinfo=UTC)) == date(2026, 5, 21)


def test_what_is_not_accepted_begins_no_limit_from_acceptance(tmp_path: Path) -> None:
    one = clocks(record(finding(Nature.CHECK), accepted_at=None), over(tmp_path / "own", time_limits=OWN))[
        "office_answers"
    ]

    assert one["until"] is None
    assert one["words"].endswith(
        "It runs from the acceptance of the declaration by customs, which is not known here yet."
    )


def test_what_customs_accepted_before_it_came_here_was_lodged_nobody_knows_when(tmp_path: Path) -> None:
    tables = over(tmp_path / "own", time_limits=OWN.replace('"accepted"', '"lodged"'))
    early = datetime(2026, 5, 1, tzinfo=UTC)

    known = clocks(record(finding(Nature.CHECK), accepted_at=None), tables)["office_answers"]
    unknown = clocks(record(finding(Nature.CHECK), accepted_at=early), tables)["office_answers"]

    assert known["until"] == date(2026, 6, 15)
    assert (unknown["until"], "which is not known here" in unknown["words"]) == (None, True)


def test_a_last_day_whose_midnight_does_not_exist_ends_with_the_change_of_time(tmp_path: Path) -> None:
    """On the Azores clocks are put forward from 0:00 to 1:00."""
    azores = '[[calendar]]\nstate = "PT"\nzone = "Atlantic/Azores"\nvalid_from = 2026-01-01\nsource = "x"\nloosens = "x"\ncounting = ["saturday", "sunday"]\n'
    tables = load(tmp_path, holidays=azores, time_limits=OWN.replace("working_days = 10", "days = 1"))
    held = record(
        finding(Nature.CHECK),
        accepted_at=datetime(2026, 3, 27, 12, tzinfo=UTC),
        declared={"customs_office": "PT000010"},
    )

    one = clocks(held, tables, now=datetime(2026, 3, 28, tzinfo=UTC))["office_answers"]

    assert (one["until"], one["ends_at"]) == (date(2026, 3, 28), datetime(2026, 3, 29, 1, tzinfo=UTC))


def load(folder: Path, **files: str) -> Tables:
    return over(folder / "own", **files)


def test_texts_of_limits_name_nothing_but_their_length(tmp_path: Path) -> None:

    own = layer(tmp_path / "own")
    (own / "messages").mkdir()
    (own / "messages" / "time_limits.en.toml").write_text(
        '[[word]]\nparam = "hold_limit"\nword = "mine"\ntext = "Until {day}."\n', encoding="utf-8"
    )

    with pytest.raises(ConfigurationError, match=r"time_limits.en.toml:4: \{day\} is no parameter of a time limit"):
        load_catalogue(CONFIG, own)


def test_a_declaration_that_is_amended_lapses_by_the_day_it_was_lodged() -> None:
    """It does so by its first version's receipt (`take_clocks`): a later version's would tell a trader too late a day."""
    amended = record(
        declared={"kind": Kind.PRE_LODGED}, accepted_at=None, decision=None, version=2, current_version=2,
        received_at=datetime(2026, 6, 21, tzinfo=UTC),
    )  # fmt: skip
    limits = TimeLimits(TablesInForce(shipped()), Calendar(zone=ZoneInfo("Europe/Paris")), lambda: NOW)

    (one,) = declaration_body(amended, TRADER, Wording.chosen(CATALOGUE, ["en"], at_once=False, limits=limits))[
        "clocks"
    ]

    assert (one["kind"], one["until"]) == ("lapse", date(2026, 7, 1))
