"""The readings of one declaration, written as a caller may see them: for calls of the API and for pages alike."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from msgspec import structs

from gateway.access import Call, Caller
from gateway.access import actions as acts_of
from gateway.api.localization import Wording
from gateway.api.views import actions, difference, trail
from gateway.api.views import declaration as resources
from gateway.api.views import explanation as explaining
from gateway.api.views import versions as received
from gateway.api.views.explanation_texts import ExplanationTexts
from gateway.api.views.trail import TrailView
from gateway.api.views.trail_texts import UNSEEN_BY_TRADERS, TrailTexts
from gateway.beside import beside_if_large
from gateway.decisions.told_trail import ToldTrail
from gateway.domain.actions import PossibleAct
from gateway.domain.acts import Act
from gateway.domain.declaration_name import DeclarationName
from gateway.domain.errors import NotKnown, Violation
from gateway.domain.events import SealedEvent
from gateway.domain.movement import Movement
from gateway.domain.record import Record
from gateway.domain.release_gate import gates
from gateway.domain.required_report import ReleaseReports
from gateway.domain.work_list import FoundDeclaration
from gateway.history.difference import TwoDecisions
from gateway.history.versions import ReceivedVersion
from gateway.lifecycle import Lifecycle
from gateway.settings import NotifyRefusal, Settings
from gateway.settings.messages import Catalogue


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseAnswers:
    """Finds a declaration for a caller, and writes what the caller may read of it."""

    lifecycle: Lifecycle
    catalogue: Catalogue
    explanations: Mapping[str, ExplanationTexts]
    """The texts of explanations, by language."""
    trails: Mapping[str, TrailTexts]
    """The texts about what happened to a declaration, by language."""
    at_once: bool
    """Whether traders see a refusal before customs has confirmed it."""
    page_bytes: int
    """Bytes from which on a page of a list goes on in the next one."""

    @classmethod
    def of(cls, lifecycle: Lifecycle, settings: Settings, catalogue: Catalogue) -> "CaseAnswers":
        """Make it with the texts of every language.

        Raises:
            ConfigurationError: texts cannot be used.
        """
        return cls(
            lifecycle=lifecycle,
            catalogue=catalogue,
            explanations={name: ExplanationTexts(texts, name) for name, texts in catalogue.explanations.items()},
            trails={name: TrailTexts(texts, name) for name, texts in catalogue.trail.items()},
            at_once=settings.notify_refusal is NotifyRefusal.AT_ONCE,
            page_bytes=settings.limits.page_bytes,
        )

    def wording(self, wishes: Iterable[str]) -> Wording:
        """Return the texts for one answer, in the first of these languages that there is; else in English."""
        return Wording.chosen(
            self.catalogue,
            wishes,
            at_once=self.at_once,
            nature_of=self.lifecycle.work_list.nature_of,
            limits=self.lifecycle.limits,
        )

    def trail(self, wording: Wording) -> TrailView:
        """Return the writer of what happened to a declaration, in the language of an answer."""
        language = wording.language
        return TrailView(self.trails[language], self.explanations[language])

    async def seen(self, caller: Caller, name: DeclarationName, version: int | None = None) -> Record:
        """Return a declaration that the caller may see.

        Raises:
            NotKnown: there is none, or it is not theirs: the two look the same.
            Ambiguous: several of those that they may see have this LRN.
        """
        record = await self.lifecycle.names.find(name, eoris=caller.eoris, offices=caller.offices, version=version)
        if not await self.was_party(caller, record) or not await self.at_their_offices(caller, (record.id,)):
            raise NotKnown("There is no such declaration.")
        return record

    async def read(self, caller: Caller, name: DeclarationName, what: Call, version: int | None = None) -> Record:
        """Return a declaration that the caller may see and reads something of: where a person does, that is noted first.

        Raises:
            NotKnown: there is none, or it is not theirs: the two look the same.
            Ambiguous: several of those that they may see have this LRN.
            StoreUnavailable: it cannot be noted.
        """
        record = await self.whole(await self.seen(caller, name, version))
        await self.note(caller, [record], what)
        return record

    async def whole(self, record: Record) -> Record:
        """Return a declaration with all that is read of one: by MRN or LRN it is found as lists have it."""
        return record if record.detail is not None else await self.lifecycle.steps.current(record.id)

    async def note(self, caller: Caller, read: Sequence[Record | FoundDeclaration], what: Call) -> None:
        """Note that somebody reads something of declarations, if that is a person.

        Raises:
            StoreUnavailable: it cannot be noted.
        """
        if caller.is_person:
            await self.lifecycle.readings.note([(one.id, one.version) for one in read], what.value, caller.reader)

    async def was_party(self, caller: Caller, record: Record) -> bool:
        """Whether a trader is a party of the very version: a party named later does not read what stood before."""
        if caller.eoris is None or record.version == record.current_version:
            return True
        return not caller.eoris.isdisjoint(await self.lifecycle.parties(record.id, record.version))

    async def own_versions(self, caller: Caller, record: Record) -> frozenset[int]:
        """Return the versions of a declaration of which a trader is a party."""
        numbers = range(1, record.current_version + 1)
        return frozenset([one for one in numbers if await self.was_party(caller, replace(record, version=one))])

    async def at_their_offices(self, caller: Caller, ids: Collection[str]) -> frozenset[str]:
        """Return those of some declarations that are at one of the customs offices that the caller carries."""
        return frozenset(ids) if caller.offices is None else await self.lifecycle.at_offices(ids, caller.offices)

    async def acts(self, record: Record, caller: Caller) -> Sequence[Act] | None:
        """Return the acts on a declaration, with who did them; None for traders, who do not see officers."""
        return None if caller.sees_as_trader else await self.lifecycle.acts.of(record.id)

    async def possible(self, record: Record, caller: Caller) -> Sequence[PossibleAct] | None:
        """Return what a caller may do with a declaration; None: what was read is not its newest version."""
        if record.version != record.current_version:
            return None
        return acts_of(caller, record, await self.lifecycle.permissions.party(caller.asker, record))

    async def declaration(self, record: Record, caller: Caller, wording: Wording) -> bytes:
        """Write a declaration with the acts on it and what the caller may do with it."""
        acts = await self.acts(record, caller)
        return await self.written(record, caller, wording, acts, possible=await self.possible(record, caller))

    async def written(
        self,
        record: Record,
        caller: Caller,
        wording: Wording,
        acts: Sequence[Act] | None,
        warnings: Sequence[Violation] = (),
        possible: Sequence[PossibleAct] | None = None,
    ) -> bytes:
        """Write a declaration as a caller may see it, with what they may do with it if that is asked; a large one beside the loop."""
        offered = None if possible is None else actions.actions(possible, wording)
        gate = None if possible is None or caller.sees_as_trader else await self._release_gate(record, wording)
        told = wording.violations(warnings) if warnings else []
        record = await self.counted(record, caller, wording)
        return await beside_if_large(
            record.size, lambda: resources.declaration(record, caller, wording, acts, told, offered, gate)
        )

    async def _release_gate(self, record: Record, wording: Wording) -> list[dict[str, Any]] | None:
        """Return the present gate before the release of each goods item; None: nothing is decided yet."""
        last = await self.lifecycle.last_decision(record)
        if last is None:
            return None
        under_way = record.last_release is not None and record.last_release.outcome is None
        return actions.release_gate(gates(record.reached, last, under_way=under_way), wording)

    async def counted(self, record: Record, caller: Caller, wording: Wording) -> Record:
        """Return a declaration whose decision and last release have the numbers and times that their reader knows them by."""
        is_first = record.decision is None or record.decision.number == 1
        if not caller.sees_as_trader or (is_first and record.last_release is None):
            return record
        return counted(record, await self._told_trail(record, caller, wording))

    async def explanation(
        self, record: Record, caller: Caller, wording: Wording, *, decision: int | None, against: int | None
    ) -> bytes:
        """Write why a decision is what it is; without a number the newest one of the version.

        Raises:
            NotKnown: the declaration has no decision with one of these numbers, or it is not theirs.
            CallInvalid: the decision to compare with is not an earlier one.
        """
        past = await self._told_trail(record, caller, wording)
        if past is not None:
            decision, against = past.known(decision), past.known(against)
        found = await self.lifecycle.explain(record, decision)
        if not await self.was_party(caller, found.record):
            raise NotKnown
        texts = self.explanations[wording.language]
        both = None if against is None else await self._compared(caller, record, decision, against)
        if past is not None:
            moved = found.movements
            if len(past.versions) < record.current_version:
                moved = tuple(await self._own_movements(record, past.versions, moved))
            found = replace(found, record=counted(found.record, past), events=told_events(past), movements=moved)
            if both is not None:
                both = replace(both, before=counted(both.before, past), after=counted(both.after, past))
        told = None if both is None else difference.difference(both, caller, wording, self.trail(wording))
        # Of a large declaration it is a long text.
        return await beside_if_large(
            found.record.size, lambda: explaining.explanation(found, caller, wording, texts, told)
        )

    async def _told_trail(self, record: Record, caller: Caller, wording: Wording) -> ToldTrail | None:
        """Return what a trader reads of a declaration's past; None: the caller reads all of it."""
        if caller.eoris is None:
            return None
        versions = await self.own_versions(caller, record)
        return await self.lifecycle.cases.told_trail(
            record, versions=versions, eoris=caller.eoris, at_once=self.at_once, with_natures=wording.with_natures
        )

    async def _compared(self, caller: Caller, record: Record, number: int | None, against: int) -> TwoDecisions:
        both = await self.lifecycle.cases.two_decisions(record, number, against)
        if not await self.was_party(caller, both.before):
            raise NotKnown(f"The declaration has no decision {against}.")
        return both

    async def events(self, record: Record, caller: Caller, wording: Wording | None, *, after: int, limit: int) -> bytes:
        """Write the events behind a number; with the texts of an answer each with its sentence."""
        past = await self._told_trail(record, caller, self.wording(()) if wording is None else wording)
        if past is None:
            found = await self.lifecycle.events(record.id, after, limit)
        else:
            found = told_events(past)[after : after + limit]
        told = None
        if wording is not None:
            acts = () if caller.sees_as_trader else await self.lifecycle.acts.of(record.id, approvals=True)
            told = trail.told(self.trail(wording), record, caller, acts)
        return resources.events(found, limit, caller, most=self.page_bytes, sentences=told)

    async def movements(self, record: Record, caller: Caller) -> Sequence[Movement]:
        """Return what a declaration ordered of quantities; to a trader at the versions of which it is a party, of what these cite."""
        found = await self.lifecycle.movements(record.id)
        if not caller.sees_as_trader:
            return found
        versions = await self.own_versions(caller, record)
        if len(versions) == record.current_version:
            return found
        return await self._own_movements(record, versions, found)

    async def reports(self, record: Record, caller: Caller) -> Sequence[ReleaseReports] | None:
        """Return the reports of a declaration's releases; None for traders, who do not see them."""
        if caller.sees_as_trader:
            return None
        return await self.lifecycle.reports(record.id) if record.released is not None else ()

    async def _own_movements(
        self, record: Record, versions: Collection[int], found: Sequence[Movement]
    ) -> Sequence[Movement]:
        """Return what was ordered at some versions of documents that one of them cites: what an amendment gave back of others is not told."""
        cited = await self.lifecycle.cited(record.id, versions)
        identified = await self.lifecycle.identified([one.document for one in found])
        return [one for one in found if one.version in versions and identified[one.document] in cited]

    async def versions(self, record: Record, caller: Caller, *, after: int, limit: int) -> bytes:
        """Write the versions behind a number, each with its decisions; a trader's are those that name the trader."""
        past = await self._told_trail(record, caller, self.wording(()))
        all_versions = await self.lifecycle.cases.versions(record)
        if past is not None:
            all_versions = tuple(_with_told(one, past) for one in all_versions)
        behind = [one for one in all_versions if one.version > after]
        page, following = behind[:limit], behind[limit - 1].version if len(behind) > limit else None
        shown = [one for one in page if await self.was_party(caller, replace(record, version=one.version))]
        return received.versions(shown, following, record, caller, at_once=self.at_once)


def counted(record: Record, past: ToldTrail | None) -> Record:
    """Return a declaration whose decision and last release have the numbers and times that their trader knows them by; without a
    release that stood before the trader was named.
    """
    if past is not None and (last := record.last_release) is not None:
        seq = next((number for number, one in enumerate(_shown(past), start=1) if one.seq == last.seq), None)
        record = replace(record, last_release=None if seq is None else replace(last, seq=seq))
    known = None if past is None or record.decision is None else past.by_number.get(record.decision.number)
    if record.decision is None or known is None:
        return record
    return replace(record, decision=replace(record.decision, number=known.number, decided_at=known.decided_at))


def told_events(past: ToldTrail) -> tuple[SealedEvent, ...]:
    """Return the events that a trader reads, in a count of their own, which others leave no gaps in."""
    return tuple(structs.replace(one, seq=number) for number, one in enumerate(_shown(past), start=1))


def _shown(past: ToldTrail) -> Iterator[SealedEvent]:
    return (one for one in past.events() if one.kind not in UNSEEN_BY_TRADERS)


def _with_told(version: ReceivedVersion, past: ToldTrail) -> ReceivedVersion:
    """Return a version with those of its decisions that its trader knows, each in its last state."""
    known = ((one, past.by_number.get(one.number)) for one in version.decisions)
    decisions = tuple(
        replace(one, number=told.number, decided_at=told.decided_at)
        for one, told in known
        if told is not None and told.stands == one.number
    )
    return replace(version, decisions=decisions)
