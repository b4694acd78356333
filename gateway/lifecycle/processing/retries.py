"""The time of a declaration's next assessment by itself: as the authority says, else the tables, else the settings."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from gateway.decisions import BECOMES_KNOWN, Way
from gateway.domain.decision import Finding, Mode
from gateway.domain.document import DocumentKey
from gateway.domain.tables.in_force import InForce
from gateway.domain.verification import DocumentStatus, Verification, VerifiedBy
from gateway.quantities.pauses import Pauses


@dataclass(frozen=True, slots=True, kw_only=True)
class Retries:
    """The pauses before an open answer is asked for again, where neither its authority nor the tables state one."""

    undetermined: timedelta = timedelta(minutes=5)
    pending: timedelta = timedelta(minutes=30)
    give_up_after: timedelta = timedelta(days=30)
    """Counted from the decision: afterwards only a person or a message starts another assessment. What is in doubt is never given up."""
    soonest: timedelta = timedelta(minutes=1)
    """However soon an authority wants to be asked again, it is not asked sooner."""
    latest: timedelta = timedelta(days=7)
    """However late an authority wants to be asked again, it is not asked later."""
    doubts: Pauses = field(default_factory=Pauses)


@dataclass(frozen=True, slots=True, kw_only=True)
class NextAssessment:
    """The pause before open questions are asked again."""

    pause: timedelta | None
    """None: not by itself."""
    given_up: tuple[Verification, ...] = ()
    """The questions that were asked until now and are not asked any more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Open:
    """The open questions of a decision: what it leaves not determined."""

    documents: Mapping[DocumentKey, Way] = field(default_factory=dict)
    """Its documents, each with the way in which it becomes known soonest."""
    beside: frozenset[Way] = frozenset()
    """The ways of what belongs to no document."""

    def but_for(self, documents: Collection[DocumentKey]) -> "Open":
        """Return what is open beside these documents."""
        if not documents or not self.documents:
            return self
        left = {document: way for document, way in self.documents.items() if document not in documents}
        return Open(documents=left, beside=self.beside)


NOTHING_OPEN = Open()
_SOONEST_FIRST = (Way.ANSWER, Way.MOVEMENT, Way.ELSEWHERE)


def left_open(findings: Iterable[Finding], contradicted: Iterable[DocumentKey] = ()) -> Open:
    """Return what a decision leaves not determined.

    Args:
        findings: those of the decision.
        contradicted: the documents of which an order's refusal says something else than the answer about them.
    """
    found: dict[DocumentKey, set[Way]] = {document: {Way.ANSWER} for document in contradicted}
    beside = set()
    for finding in findings:
        way = BECOMES_KNOWN.get(finding.code)
        if way is None or finding.mode is not Mode.ACTIVE:
            continue
        if finding.document is None:
            beside.add(way)
        else:
            found.setdefault(finding.document.key, set()).add(way)
    if not found and not beside:
        return NOTHING_OPEN
    soonest = {document: min(ways, key=_SOONEST_FIRST.index) for document, ways in found.items()}
    return Open(documents=soonest, beside=frozenset(beside))


def ask_again(
    verifications: Iterable[Verification],
    *,
    now: datetime,
    since: datetime,
    view: InForce,
    retries: Retries,
    released: bool,
    undetermined: Open = NOTHING_OPEN,
    moving: bool = False,
) -> NextAssessment:
    """Compute when to ask the authorities of these verifications again.

    Args:
        verifications: what is known of the documents.
        now: the moment from which pauses count.
        since: when what is known was decided on first: pauses grow with the time since, until it is given up.
        view: the rows in force.
        retries: what counts without a row.
        released: whether all goods are released: what is confirmed needs no other assessment then.
        undetermined: what the decision leaves not determined, whatever status its documents have.
        moving: whether movements are looked up again by their own pauses.
    """
    elapsed = max(now - since, timedelta())
    pauses, given_up = [], []
    left = dict(undetermined.documents)
    for one in verifications:
        way = left.pop(one.key, None)
        if one.verified_by is VerifiedBy.OFFICER or (released and one.status is DocumentStatus.VALID and way is None):
            continue
        pause, until = _pause(one, elapsed, view, retries)
        if pause is None and way is not None:
            pause = _pause_of(way, elapsed, retries, moving=moving)
        if one.ask_again_at is not None:
            pause = min(max(one.ask_again_at - now, retries.soonest), retries.latest)
        if pause is None:
            continue
        if elapsed >= until:
            given_up.append(one)
        else:
            # The last assessment comes when it is given up, so that this is said then.
            pauses.append(min(pause, until - elapsed))
    if not released:
        # Nothing is asked about these by themselves: they are assessed again as long as the goods wait.
        ways = {*undetermined.beside, *left.values()}
        pauses += [pause for way in ways if (pause := _pause_of(way, elapsed, retries, moving=moving)) is not None]
    return NextAssessment(pause=min(pauses, default=None), given_up=tuple(given_up))


def _pause_of(way: Way, elapsed: timedelta, retries: Retries, *, moving: bool) -> timedelta | None:
    """Return the pause before what is not determined is assessed again; it grows with the time since the decision.

    None: movements, which are looked up again already, will tell.
    """
    if way is Way.MOVEMENT and moving:
        return None
    longest = retries.doubts.longest if way is Way.ANSWER else retries.latest
    return min(max(retries.undetermined, elapsed), max(longest, retries.undetermined))


def _pause(
    verification: Verification, elapsed: timedelta, view: InForce, retries: Retries
) -> tuple[timedelta | None, timedelta]:
    row = view.ask_again(verification.adapter, verification.type, verification.status)
    if row is not None:
        first, longest = timedelta(minutes=row.first_minutes), timedelta(minutes=row.longest_minutes)
        return min(max(first, elapsed), longest), timedelta(days=row.for_days)
    if verification.status is DocumentStatus.UNDETERMINED:
        return retries.undetermined, retries.give_up_after
    return (retries.pending if verification.status is DocumentStatus.PENDING else None), retries.give_up_after
