"""Suspensions run their course by their rows: the dated scenarios of the specification, by words and clocks alone."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from gateway.contract import Direction
from gateway.domain.errors import CallInvalid
from gateway.domain.suspension import Awaited, SuspensionState
from gateway.wings.suspensions.errors import NotNow
from gateway.wings.suspensions.rows import Opener
from tests.builders.story import shipped
from tests.wings.suspensions.course import STATED, Course, at, day, declared

OPEN, EXPIRED, LIFTED = SuspensionState.OPEN, SuspensionState.EXPIRED, SuspensionState.LIFTED
UNCONFIRMED, MAINTAINED = SuspensionState.UNCONFIRMED, SuspensionState.MAINTAINED


def test_without_a_word_it_ends_with_its_deadline_where_silence_is_known() -> None:
    toy = Course("product_safety", "03-02 10:00", known_silence=True)
    assert toy.shut is not None
    assert (toy.state, toy.shut.deadline, toy.shut.told) == (OPEN, day("03-06"), True)
    assert toy.shut.goods_items == {1}

    assert toy.until("03-06 23:59").state is OPEN
    toy.until("03-07 00:00")

    ended = toy.now
    assert (ended.state, ended.over and ended.over.ends_at) == (EXPIRED, datetime(2026, 3, 6, 23, tzinfo=UTC))


def test_where_nobody_knows_of_silence_it_holds_until_an_officer_confirms_it() -> None:
    toy = Course("product_safety", "03-02 10:00").until("03-09 08:00")
    assert (toy.state, toy.awaits) == (UNCONFIRMED, Awaited.OFFICER)

    toy.say("nothing_came", "03-09 08:05")

    assert (toy.state, toy.now.over and toy.now.over.last_day) == (EXPIRED, day("03-06"))


def test_a_word_of_the_last_second_counts_and_one_of_the_next_day_does_not() -> None:
    kept = Course("product_safety", "03-02 10:00", known_silence=True).say("maintain", "03-06 23:59:58")
    assert (kept.state, kept.shut and kept.shut.deadline) == (MAINTAINED, None)
    assert kept.until("12-01").state is MAINTAINED

    late = Course("product_safety", "03-02 10:00", known_silence=True)
    with pytest.raises(NotNow):
        late.say("maintain", "03-07 00:00:05")
    with pytest.raises(NotNow):
        Course("product_safety", "03-02 10:00").say("maintain", "03-07 00:00:05")


def test_what_is_approved_is_free_and_what_is_refused_is_not() -> None:
    assert Course("product_safety", "03-02 10:00").say("approve", "03-04").state is LIFTED
    stated = {"finding": "dangerous", "other_procedures": "objected"}
    refused = Course("product_safety", "03-02 10:00").say("refuse", "03-04", stated=stated)
    assert (refused.state, refused.owes["fate"]) == (SuspensionState.REFUSED, ("fate",))
    assert refused.suspension.words[-1].stated == stated
    with pytest.raises(CallInvalid):
        Course("product_safety", "03-02 10:00").say("refuse", "03-04", stated={"finding": "ugly", "other_procedures": "objected"})  # fmt: skip


def test_a_request_is_for_all_goods_and_owes_a_reply() -> None:
    asked = Course("product_safety", "03-02 10:00", goods_items=(), by=Opener.REQUEST)

    assert asked.shut is not None
    assert asked.shut.goods_items == {1, 2}
    assert "reply.request" in asked.owes
    assert "reply.request" not in Course("product_safety", "03-02 10:00").owes


@pytest.mark.parametrize(
    ("regime", "how"),
    [
        ("product_safety", {"declaration": declared(procedure="71")}),
        ("product_safety", {"declaration": declared(Direction.EXPORT, procedure="10")}),
        ("product_safety", {"stated": {"act": "x"}}),
        ("product_safety", {"stated": {"ground": "27"}}),
        ("product_safety", {"goods_items": (3,)}),
        ("product_safety", {"variant": "perishable"}),
        ("ipr", {"by": Opener.REQUEST}),
        ("ipr_ex_officio", {"stated": {"right": "design", "perishable": "yes"}}),
        ("dual_use", {"stated": {"ground": "x"}}),
    ],
)
def test_what_its_regime_is_not_for_is_not_suspended(regime: str, how: dict[str, object]) -> None:
    with pytest.raises(CallInvalid):
        Course(regime, "03-02 10:00", **how)  # type: ignore[arg-type]


def test_what_a_duty_has_to_tell_and_nobody_stated_keeps_it_owed_and_is_named() -> None:
    stated = {name: value for name, value in STATED["product_safety"].items() if name != "category"}
    toy = Course("product_safety", "03-02 10:00", stated=stated)

    assert toy.state is OPEN
    assert toy.owes == {"notify.authority": ("category",)}
    with pytest.raises(CallInvalid):
        toy.say("notify.authority", "03-02 11:00")
    assert toy.say("notify.authority", "03-02 11:00", stated={"category": "toys"}).owes == {}


def ipr(when: str = "07-09 10:00", notified: str = "07-10 10:00", regime: str = "ipr", **how: object) -> Course:
    course = Course(regime, when, **how)  # type: ignore[arg-type]
    return course.say("notified.declarant", notified).say("notified.holder", notified)


def test_a_silent_declarant_is_an_officers_to_deem() -> None:
    course = ipr().say("holder.infringes", "07-20").say("holder.agrees", "07-20")
    assert (course.awaits, course.shut and course.shut.deadline) == (Awaited.DECLARANT, day("07-27"))

    course.until("07-28 08:00")
    assert (course.state, course.awaits, [one.name for one in course.now.asks]) == (
        OPEN,
        Awaited.OFFICER,
        ["declarant"],
    )

    assert course.say("officer.deemed", "07-28 09:00").state is SuspensionState.TO_DESTROY


def test_what_is_opposed_ends_without_proceedings() -> None:
    course = ipr().say("holder.infringes", "07-20").say("holder.agrees", "07-20").say("declarant.opposes", "07-22")
    assert "opposition.holder" in course.owes

    assert course.until("07-28 08:00").state is UNCONFIRMED
    assert course.say("nothing_came", "07-28 09:00").state is EXPIRED


def test_proceedings_are_extended_once_and_not_too_far() -> None:
    course = ipr().say("holder.infringes", "07-20").say("holder.agrees", "07-20").say("declarant.opposes", "07-22")
    with pytest.raises(NotNow):
        course.say("holder.extension", "07-24", stated={"reason": "x"}, extends_to=21)

    course.say("holder.extension", "07-24", stated={"reason": "x"}, extends_to=20)

    assert course.shut is not None
    assert course.shut.deadline == day("08-10")
    with pytest.raises(NotNow):
        course.say("holder.extension", "07-25", stated={"reason": "x"}, extends_to=20)
    assert course.until("08-10 23:00").state is OPEN
    assert course.until("08-11 00:00").state is UNCONFIRMED


def test_an_infringement_alone_is_not_enough() -> None:
    assert ipr().say("holder.infringes", "07-20").until("07-28 08:00").state is UNCONFIRMED


def test_without_a_notification_no_clock_begins() -> None:
    course = Course("ipr", "07-09 10:00").until("09-01")

    assert (course.state, course.now.running, course.shut and course.shut.told) == (OPEN, (), False)
    assert {"notified.declarant"} <= course.owes.keys()
    due = next(one for one in course.suspension.dues if one.name == "notified.declarant")
    assert due.last_day == day("07-10")


def test_perishable_goods_have_shorter_clocks() -> None:
    course = ipr(variant="perishable")

    assert course.shut is not None
    assert course.shut.deadline == day("07-16")
    with pytest.raises(NotNow):
        course.say("holder.extension", "07-13", stated={"reason": "x"}, extends_to=20)
    assert course.until("07-17 00:00").state is UNCONFIRMED


def test_ex_officio_nobody_identified_ends_it() -> None:
    assert Course("ipr_ex_officio", "05-11 10:00").until("05-13 00:00").state is UNCONFIRMED


def test_an_application_that_is_granted_goes_on_from_the_same_notification() -> None:
    course = ipr("05-11 10:00", "05-11 11:00", regime="ipr_ex_officio")
    assert course.shut is not None
    assert course.shut.deadline == day("05-18")

    course.say("holder.applies", "05-18").say("officer.granted", "05-20", stated={"decision": "FR-2026-7"})

    assert course.shut is not None
    assert course.shut.deadline == day("05-27")
    assert course.until("05-28 00:00").state is UNCONFIRMED


def test_an_application_not_decided_in_time_is_an_officers() -> None:
    course = ipr("05-11 10:00", "05-11 11:00", regime="ipr_ex_officio").say("holder.applies", "05-18")
    course.until("05-21 00:00")
    assert (course.state, course.awaits) == (OPEN, Awaited.OFFICER)
    assert course.say("officer.rejected", "05-21 09:00").state is LIFTED


def test_of_small_consignments_a_silent_declarant_is_an_officers() -> None:
    course = Course("ipr_small", "08-03 09:00").say("notified.declarant", "08-03 10:00")
    assert course.until("08-17 23:00").state is OPEN
    course.until("08-18 00:00")
    assert (course.awaits, course.say("officer.deemed", "08-18 09:00").state) == (Awaited.OFFICER, SuspensionState.TO_DESTROY)  # fmt: skip


def test_a_guarantee_is_for_some_rights_only() -> None:
    course = ipr().say("declarant.opposes", "07-13").say("holder.proceedings", "07-15")
    assert course.state is MAINTAINED
    none = {"precautionary_measures": "none"}
    with pytest.raises(CallInvalid):
        course.say("guarantee", "07-16", stated={"right": "trade_mark", **none})
    assert course.say("guarantee", "07-16", stated={"right": "design", **none}).state is LIFTED


def test_a_letter_that_came_in_time_counts_whenever_it_is_entered() -> None:
    course = ipr().say("holder.infringes", "07-20").until("07-28 08:00")
    assert course.state is UNCONFIRMED

    course.say("holder.agrees", "07-29", received="07-27 16:00")

    assert (course.state, course.awaits) == (OPEN, Awaited.OFFICER)
    with pytest.raises(CallInvalid):
        course.say("holder.proceedings", "07-29 10:00", received="07-30 10:00")
    with pytest.raises(CallInvalid):
        course.say("holder.proceedings", "07-29 10:00", received="07-08 10:00")


def test_a_letter_counts_again_after_the_silence_was_confirmed() -> None:
    toy = Course("product_safety", "03-02 10:00").until("03-07 08:00").say("nothing_came", "03-07 09:00")
    assert toy.state is EXPIRED

    assert toy.say("maintain", "03-09 09:00", received="03-06 17:00").state is MAINTAINED


def test_an_export_waits_by_the_holidays_of_the_state_that_granted_its_licence() -> None:
    course = Course("dual_use", "04-27 10:00")
    assert course.shut is not None
    assert course.shut.deadline == day("05-12")
    berlin = at("05-13 00:00", "Europe/Berlin")
    assert next(one.ends_at for one in course.suspension.clocks) == berlin.astimezone(UTC)

    course.say("extended", "05-05", extends_to=30)

    assert course.shut is not None
    assert course.shut.deadline == day("06-11")
    with pytest.raises(NotNow):
        course.say("extended", "05-06", extends_to=30)


def test_a_state_that_lists_no_holidays_has_no_deadline() -> None:
    course = Course("dual_use", "04-27 10:00", stated={"ground": "x", "granting_state": "XI"}).until("12-01")

    assert (course.state, course.shut and course.shut.deadline) == (OPEN, None)


def test_firearms_wait_by_days_of_the_calendar() -> None:
    assert Course("firearms", "03-26 10:00").until("04-07 23:00").state is OPEN
    assert Course("firearms", "03-26 10:00").until("04-08 00:00").state is UNCONFIRMED


def test_behind_the_list_of_holidays_nothing_expires_until_it_is_longer() -> None:
    course = Course("product_safety", "12-29 10:00", known_silence=True)
    assert course.shut is not None
    assert (course.shut.deadline, course.suspension.clocks[0].not_before) == (None, date(2027, 1, 4))
    course.until("12-31")

    longer = tuple(replace(one, covered_to=date(2027, 12, 31)) for one in shipped().state_calendars)
    course.listed(replace(shipped(), state_calendars=longer).at(date(2026, 12, 31))).until("12-31 13:00")

    assert course.shut is not None
    assert (course.shut.deadline, course.suspension.clocks[0].tables) == (date(2027, 1, 4), "sha256:others")


def test_a_holiday_that_is_listed_later_moves_what_runs_and_nothing_that_was_stopped() -> None:
    holidays = shipped().public_holidays
    more = replace(holidays[0], state="FR", days=(day("03-05"),))
    view = replace(shipped(), public_holidays=(*holidays, more)).at(date(2026, 3, 3))

    runs = Course("product_safety", "03-02 10:00").listed(view).until("03-03")
    assert runs.shut is not None
    assert runs.shut.deadline == day("03-09")
    stopped = Course("product_safety", "03-02 10:00").say("maintain", "03-03").listed(view).until("03-04")
    assert stopped.suspension.clocks[0].last_day == day("03-06")


def test_who_suspended_by_mistake_needs_a_second_officer_to_lift_it() -> None:
    toy = Course("product_safety", "03-02 10:00").say("annulled", "03-02 11:00", seconded=False)
    assert toy.state is OPEN
    assert toy.say("annulled", "03-02 12:00").state is LIFTED


def test_a_graver_state_is_not_undone_by_a_lesser_word() -> None:
    stated = {"finding": "dangerous", "other_procedures": "objected"}
    toy = Course("product_safety", "03-02 10:00").say("refuse", "03-03", stated=stated).say("maintain", "03-04")
    assert toy.state is SuspensionState.REFUSED
