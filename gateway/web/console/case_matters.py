"""The state strip of a case: each open matter in one line, with the act that it waits for."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from gateway.access import Call
from gateway.api.approvals import NEEDED
from gateway.domain.approval import ApprovalKind
from gateway.domain.matter import MatterKind
from gateway.web.console.case_place import with_queue
from gateway.web.console.case_view import Body, CaseReading
from gateway.web.visit import Visit

_PAGES: Mapping[str, str] = {MatterKind.REQUEST: "/console/approvals", MatterKind.APPLICATION: "/console/applications"}
"""Where a matter is read that has a page of its own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MatterLine:
    """One open matter."""

    sentence: str
    act: str = ""
    """The words of its act; empty: it waits for nobody."""
    href: str = ""
    is_button: bool = False
    """Whether the act is done at once, by a form."""


def matter_lines(visit: Visit, reading: CaseReading, here: str, queue: str = "") -> Sequence[MatterLine]:
    """Return the open matters of a case at an address, which was opened from a queue."""
    found = []
    for one in reading.declared["matters"]:
        match one["kind"]:
            case MatterKind.REQUEST:
                found.append(_request(visit, reading, one, queue))
            case MatterKind.APPLICATION:
                found.append(_application(visit, reading, one, queue))
            case MatterKind.EXAMINATION:
                found.append(_examination(reading, one, here, queue))
            case MatterKind.SUSPENSION:
                found.append(_suspension(visit, reading, one, here))
            case MatterKind.CONTROL:
                found.append(_control(reading, one, here))
            case MatterKind.REFUSED:
                found.append(MatterLine(sentence=reading.text("matter.refused", time=_since(reading, one))))
            case MatterKind.RELEASED:
                found += [MatterLine(sentence=sentence) for sentence in released_against(reading)]
    return found


def _request(visit: Visit, reading: CaseReading, one: Body, queue: str) -> MatterLine:
    caller, page = visit.caller, _page(one)
    person = one["by"] or reading.text("matter.an_officer")
    own = one["by"] == caller.actor().person
    sentence = reading.text(f"matter.request_{one['about']}", person=person, time=_since(reading, one))
    if own and caller.may(Call.WITHDRAW_APPROVAL):
        return MatterLine(
            sentence=sentence,
            act=reading.text("matter.take_back"),
            href=with_queue(f"{page}/withdraw", queue),
            is_button=True,
        )
    answers = caller.may(Call.APPROVE) and caller.may(NEEDED[ApprovalKind(one["about"])])
    return MatterLine(
        sentence=sentence, act=reading.text("matter.answer" if answers else "matter.read"), href=with_queue(page, queue)
    )


def _application(visit: Visit, reading: CaseReading, one: Body, queue: str) -> MatterLine:
    sentence = reading.text(f"matter.application_{one['about']}", time=_since(reading, one))
    until = decide_by(reading)
    decides = visit.caller.may(Call.DECIDE_APPLICATION)
    return MatterLine(
        sentence=f"{sentence} {until}".strip(),
        act=reading.text("matter.decide" if decides else "matter.read"),
        href=with_queue(_page(one), queue),
    )


def decide_by(reading: CaseReading) -> str:
    """Say until when customs decides on the application that is open, as far as that is known; empty: none is open."""
    clock = next((one for one in reading.declared["clocks"] or () if one["kind"] == "application"), None)
    if clock is None:
        return ""
    if clock["ends_at"] is None:
        return reading.text("matter.decide_not_before", day=reading.times.limit_of(clock["not_before"]).text)
    return reading.text("matter.decide_by", day=reading.times.limit_of(clock["ends_at"]).text)


def _examination(reading: CaseReading, one: Body, here: str, queue: str) -> MatterLine:
    sentence = reading.text(f"matter.examination_{one['about']}", time=_since(reading, one))
    ends = next((act for act in reading.declared["actions"] or () if act["name"] == "end_examination"), None)
    if ends is None or not ends["allowed"]:
        return MatterLine(sentence=sentence)
    return MatterLine(
        sentence=sentence, act=reading.text("matter.took_place"), href=with_queue(f"{here}/control", queue)
    )


def _suspension(visit: Visit, reading: CaseReading, one: Body, here: str) -> MatterLine:
    regime = visit.web.cases.wording([visit.language]).name("suspension", str(one["about"]))
    sentence = reading.text("matter.suspension", regime=regime, time=_since(reading, one))
    return MatterLine(sentence=sentence, act=reading.text("matter.read"), href=f"{here}/suspensions")


def _control(reading: CaseReading, one: Body, here: str) -> MatterLine:
    found = bool(one["about"])
    sentence = reading.text("matter.control_found" if found else "matter.control", time=_since(reading, one))
    return MatterLine(sentence=sentence, act=reading.text("matter.read"), href=f"{here}/controls")


def released_against(reading: CaseReading) -> Iterator[str]:
    """Say by whom, when and why goods were released although the decision stood against it."""
    for act in reading.declared["acts"] or ():
        if act["event"] != "release.received" or not act["ordered"].get("override"):
            continue
        person, second = _person(reading, act["by"]), act["second"]
        said = {"person": person, "time": reading.times.moment_of(act["at"]).text, "reason": act["reason"] or "-"}
        if second is None:
            yield reading.text("matter.released", **said)
        else:
            yield reading.text("matter.released_by_two", second=_person(reading, second), **said)


def _person(reading: CaseReading, who: Body | None) -> str:
    return str((who["person"] or who["id"]) if who is not None else "") or reading.text("matter.an_officer")


def _since(reading: CaseReading, one: Body) -> str:
    return "" if one["since"] is None else reading.times.moment_of(one["since"]).text


def _page(one: Body) -> str:
    return f"{_PAGES[one['kind']]}/{str(one['link']).rpartition('/')[2]}"
