"""The cases that an officer ticked in the queue, and what can be done with several of them at once: one act for one cause."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from gateway.access import Call
from gateway.access.actions import CALLS
from gateway.api.localization import Wording
from gateway.domain.actions import ActionName
from gateway.domain.codec import decode
from gateway.domain.declaration_name import DeclarationName
from gateway.domain.errors import NotKnown
from gateway.domain.record import ReadState, Record
from gateway.web.console.case_causes import BY_HAND
from gateway.web.console.case_view import Body, Key, key, stands_against
from gateway.web.visit import Visit

TICK = "c-"
"""The parameters by which cases are ticked begin so; their declarations' names follow."""
MOST = 50
ACTS = (ActionName.CONFIRM, ActionName.VERIFY, ActionName.ASSESS)
"""The acts of one officer that several cases take alike."""
_UNKNOWN = frozenset({"undetermined", "wait"})


@dataclass(frozen=True, slots=True, kw_only=True)
class TickedCase:
    """A case that was ticked, as it stands now."""

    record: Record
    declared: Body

    @property
    def name(self) -> str:
        """The MRN; the LRN while there is none."""
        return self.record.mrn or self.record.lrn

    @property
    def read(self) -> ReadState:
        """The version and decision that are read now."""
        return ReadState(
            version=self.record.version, decision=0 if self.record.decision is None else self.record.decision.number
        )

    def allows(self, name: ActionName) -> bool:
        """Whether an act is possible now."""
        return any(one["name"] == name and one["allowed"] for one in self.declared["actions"] or ())


@dataclass(frozen=True, slots=True, kw_only=True)
class CommonCause:
    """One act for one cause, with the cases that it can be done with."""

    key: str
    act: ActionName
    title: str
    authority: str
    cases: Mapping[str, Sequence[Key]]
    """By the declaration: the documents that are concerned."""


async def ticked_cases(visit: Visit, wording: Wording, names: Sequence[str]) -> Sequence[TickedCase]:
    """Return the ticked cases that their reader may see."""
    found = []
    for name in names:
        try:
            record = await visit.web.cases.read(visit.caller, DeclarationName.of_text(name), Call.READ)
        except NotKnown:
            continue
        declared = decode(await visit.web.cases.declaration(record, visit.caller, wording), dict)
        found.append(TickedCase(record=record, declared=declared))
    return found


def common_causes(visit: Visit, cases: Sequence[TickedCase]) -> Sequence[CommonCause]:
    """Return what can be done with several cases at once, what concerns most of them first."""
    found: dict[str, CommonCause] = {}
    for case in cases:
        for one in _causes(case):
            if visit.caller.may(CALLS[one.act]):
                known = found.setdefault(one.key, one)
                found[one.key] = CommonCause(
                    key=one.key,
                    act=one.act,
                    title=one.title,
                    authority=one.authority,
                    cases={**known.cases, **one.cases},
                )
    return sorted(found.values(), key=lambda one: (-len(one.cases), ACTS.index(one.act)))


def _causes(case: TickedCase) -> Iterator[CommonCause]:
    decision = case.declared["decision"]
    if decision is None:
        return
    against = [one for one in decision["findings"] if stands_against(one)]
    authorities = {key(one): one["authority"] or "" for one in case.declared["documents"]}
    refusals = [one for one in against if one["effect"] == "refuse"]
    if refusals and case.allows(ActionName.CONFIRM):
        yield _cause(case, ActionName.CONFIRM, refusals[0], "", ())
    by_hand = {key(one["document"]) for one in against if one["code"] == BY_HAND and one["document"] is not None}
    grouped: dict[tuple[str, str], list[Body]] = {}
    for one in against:
        if one["document"] is None or one["effect"] == "refuse" or one["turn"] == "declarant":
            continue
        document = key(one["document"])
        if one["code"] == BY_HAND or document not in by_hand:
            grouped.setdefault((one["code"], authorities.get(document, "")), []).append(one)
    for (_, authority), alike in grouped.items():
        documents = list(dict.fromkeys(key(one["document"]) for one in alike))
        if case.allows(ActionName.VERIFY):
            yield _cause(case, ActionName.VERIFY, alike[0], authority, documents)
        if case.allows(ActionName.ASSESS) and (alike[0]["nature"] in _UNKNOWN or alike[0]["code"] == BY_HAND):
            yield _cause(case, ActionName.ASSESS, alike[0], authority, documents)


def _cause(case: TickedCase, act: ActionName, finding: Body, authority: str, documents: Sequence[Key]) -> CommonCause:
    return CommonCause(
        key=".".join((act, finding["code"], authority)),
        act=act,
        title=finding["title"] or finding["message"],
        authority=authority,
        cases={case.record.id: documents},
    )
