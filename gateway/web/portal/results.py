"""What happened to a declaration in sentences of results: a decision by what it came to, and the newest one by its causes."""

from collections.abc import Sequence

from gateway.web.console.case_view import Body, CaseReading, stands_against

_DECIDED = "declaration.decided"
_MOST_CAUSES = 2


def with_results(reading: CaseReading, events: Sequence[Body], versions: Sequence[Body]) -> list[Body]:
    """Return events, those of decisions with what each came to; both are what their reader is told."""
    decisions = sorted(
        (one for version in versions for one in version["decisions"]), key=lambda one: int(one["number"])
    )
    places = [place for place, one in enumerate(events) if one["kind"] == _DECIDED]
    told = list(events)
    # Decisions and their events are counted alike; where they are not, nothing is made up.
    if len(places) == len(decisions):
        for place, made in zip(places, decisions, strict=True):
            told[place] = {**events[place], "sentence": _result(reading, made)}
    return told


def _result(reading: CaseReading, made: Body) -> str:
    effect, newest = made["effect"], reading.declared["decision"]
    if newest is not None and newest["number"] == made["number"] and effect == newest["effect"]:
        titles = (one["title"] for one in newest["findings"] if stands_against(one))
        if causes := [*dict.fromkeys(title for title in titles if title)][:_MOST_CAUSES]:
            return reading.text("portal.decided_because", decided=_decided(reading, effect), causes="; ".join(causes))
    return reading.text("portal.decided_so", decided=_decided(reading, effect))


def _decided(reading: CaseReading, effect: str) -> str:
    return reading.text(f"portal.verdict_{effect}")
