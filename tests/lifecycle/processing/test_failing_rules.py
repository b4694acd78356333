"""A rule that raises is a bug: that declaration is held, the bug is visible, the others go on."""

from collections.abc import Callable, Iterable, Iterator

import pytest
from structlog.testing import capture_logs

from gateway import observe
from gateway.configured_rules import Rules
from gateway.decisions import RULE_FAILED, Case, Judgement, Raised
from gateway.decisions.account import Account
from gateway.decisions.case import OpenedCase
from gateway.decisions.ruleset import CHECKS, MOVEMENT_CHECKS
from gateway.domain.calendar import Calendar
from gateway.domain.decision import Effect
from gateway.domain.record import State
from gateway.history.explain import Again, explain
from gateway.lifecycle import Capacity
from gateway.store import Store
from tests.builders.actors import AS_CUSTOMS, CUSTOMS
from tests.builders.living import XML, living, now
from tests.builders.running import declaration

SECRET = "what is declared"


def trips(file: OpenedCase) -> Iterator[Raised]:
    """A rule that trips over one declaration."""
    yield Raised(code="SW-DEC-001")
    if file.declaration.lrn.startswith("TRIPS"):
        raise ZeroDivisionError(f"{SECRET}: {file.declaration.lrn}")


def trips_over_movements(account: Account) -> Iterator[Raised]:
    """A rule about movements that trips over one declaration."""
    yield from trips(account.file)


def raises_nonsense(file: OpenedCase) -> Iterable[Raised]:
    """A rule that raises what is no finding."""
    nonsense: list[Raised] = [Raised(code="SW-DEC-001", params={"x": []})]  # type: ignore[dict-item]
    return nonsense if file.declaration.lrn.startswith("TRIPS") else ()


def sorts_badly(file: OpenedCase) -> Iterable[Raised]:
    """A rule whose finding cannot be put beside the others."""
    nonsense: list[Raised] = [Raised(code="SW-DEC-001", goods_item="one")]  # type: ignore[arg-type]
    return nonsense if file.declaration.lrn.startswith("TRIPS") else ()


def facts_with(check: Callable[[OpenedCase], Iterable[Raised]]) -> Callable[[Case], Judgement]:
    return lambda case: Judgement(case, checks=(*CHECKS, check))


JUDGING: dict[str, Callable[[Case], Judgement]] = {
    "trips": facts_with(trips),
    "raises_nonsense": facts_with(raises_nonsense),
    "sorts_badly": facts_with(sorts_badly),
    "trips_over_movements": lambda case: Judgement(case, movement_checks=(*MOVEMENT_CHECKS, trips_over_movements)),
}


def failures_of(rule: str) -> float:
    """How often a rule has failed in this process."""
    return observe.registry.get_sample_value("gateway_rule_failures_total", {"rule": rule}) or 0.0


@pytest.mark.parametrize("rule", sorted(JUDGING))
async def test_a_rule_that_raises_holds_one_declaration_and_is_seen(store: Store, rules: Rules, rule: str) -> None:
    lifecycle, _ = living(store, rules, now, Capacity(), JUDGING[rule])
    before = failures_of(rule)
    with capture_logs() as lines:
        lodged = [
            await lifecycle.lodging.lodge(
                declaration("01", f"{lrn}-{sorted(JUDGING).index(rule)}"),
                XML,
                waited_for=True,
                by=CUSTOMS,
                asker=AS_CUSTOMS,
            )
            for lrn in ("SOUND-ONE", "TRIPS", "SOUND-TWO")
        ]
        records = [await lifecycle.once_decided(one.id, seq=one.seq, within_s=30) for one in lodged]
    codes = []
    for record in records:
        assert record.state is State.DECIDED
        assert record.decision is not None
        assert record.decision.decision.effect is Effect.HOLD
        codes.append({finding.code for finding in record.decision.decision.findings})
    assert [RULE_FAILED in found for found in codes] == [False, True, False]
    assert (await store.leases.backlog())[0] == 0, "nobody tries it for ever"

    decision = records[1].decision
    assert decision is not None
    (finding,) = [one for one in decision.decision.findings if one.code == RULE_FAILED]
    assert rule in finding.message
    assert failures_of(rule) == before + 1
    (line,) = [one for one in lines if one["event"] == "rule_failed"]
    assert (line["rule"], line["code"], line["declaration"]) == (rule, RULE_FAILED, records[1].id)
    assert line["error"] in {"ZeroDivisionError", "TypeError"}
    assert ":" in line["raised_at"]
    assert SECRET not in str(lines)

    # The rule is mended: the page says that the decision was a fault's.
    found = await explain(store, records[1], number=None, tables=rules.tables, calendar=Calendar())
    assert (found.again, found.same_tables) == (Again.DIFFERENT, True)
