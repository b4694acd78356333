"""The admission of steps: whether a declaration's state allows one, as one pure function for each kind of step.

Each returns whether this very step is recorded already, so that there is nothing to write, and raises a `Conflict` that names what
stands in its way. The lifecycle may ask early, by a reading, to answer before it works; the store asks under the lock of the
declaration's row, by what is committed, so that a second caller finds the first one's step. That answer alone counts.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta

from gateway.domain.application import NOT_STATED, Application
from gateway.domain.control import Examination
from gateway.domain.decision import Effect
from gateway.domain.errors import (
    AcceptedOtherwise,
    ApplicationOpen,
    AskedLately,
    BeingCarriedOut,
    Conflict,
    ContentErased,
    DeclarationOver,
    ExaminationAwaited,
    GoodsSuspended,
    NoExamination,
    NotAcceptedYet,
    NotDecidedYet,
    NothingRefused,
    Obstruction,
    OtherMrn,
    ReadBefore,
    SecondNeeded,
    Stale,
)
from gateway.domain.invalidation import phase_after
from gateway.domain.permission import Stage
from gateway.domain.record import OfficerVerification, Reached, ReadState
from gateway.domain.release import InterventionKind, InterventionOrder, ReleaseOrder, StepReceived
from gateway.domain.release_gate import LastDecision, all_against, refusal, share_goods
from gateway.domain.tables.applications import Phase


def must_be_open(reached: Reached) -> None:
    """Refuse a step after the declaration ended, or while it is being invalidated."""
    if reached.ended is not None or reached.invalidating:
        raise DeclarationOver(f"The declaration is {reached.ended or 'being invalidated'}.")


def must_not_be_ended(reached: Reached) -> None:
    """Refuse a step after the declaration ended; one that is being invalidated may wait for it."""
    if reached.ended is not None:
        must_be_open(reached)


def must_be_kept(reached: Reached) -> None:
    """Refuse a step of a declaration whose content was erased: nobody knows that content any more."""
    if reached.erased:
        raise ContentErased("What the declaration says was erased: nothing is done with it any more.")


def must_stand_at(
    reached: Reached, stage: Stage | None = None, version: int | None = None, seq: int | None = None
) -> None:
    """Check that the declaration is still where the act was judged; None: it may be anywhere.

    `seq` is the last event that was read: nothing at all may have happened since.

    Raises:
        Stale: it moved on meanwhile.
    """
    for now, then in ((reached.stage, stage), (reached.version, version), (reached.seq, seq)):
        if then is not None and now != then:
            raise Stale


@contextmanager
def change_first(reached: Reached, read: ReadState | None) -> Iterator[None]:
    """Tell what has changed since the declaration was read, where that is so, and not what stands in the way because of it.

    Raises:
        ReadBefore: it changed, and the act cannot be done as it stands now.
    """
    try:
        yield
    except Conflict:
        must_be_as_read(reached, read)
        raise


def must_be_as_read(reached: Reached, read: ReadState | None) -> None:
    """Check that version and decision are those on which somebody acts; None: they did not say.

    Raises:
        ReadBefore: others stand there by now.
    """
    now = ReadState(version=reached.version, decision=reached.decision, seq=reached.seq)
    if read is not None and read not in {now, replace(now, seq=None)}:
        raise ReadBefore((read.version, read.decision), (now.version, now.decision))


def amendment(reached: Reached, mrn: str | None) -> None:
    """Check that a next version, which states this MRN or none, may be received."""
    must_be_kept(reached)
    must_be_open(reached)
    if mrn is not None:
        _must_be_its_mrn(reached, mrn)


def acceptance(reached: Reached, mrn: str, accepted_at: datetime) -> bool:
    """Whether customs' acceptance under this MRN and at this time is recorded already."""
    if reached.accepted_at is not None:
        if (reached.mrn, reached.accepted_at) == (mrn, accepted_at):
            return True
        raise AcceptedOtherwise("The declaration was accepted already, with another MRN or at another time.")
    must_be_open(reached)
    _must_be_its_mrn(reached, mrn)
    return False


def presentation(reached: Reached, received: bool) -> bool:
    """Whether it is known that the goods are presented: `received` says that a message was here before.

    Raises:
        Conflict: the declaration ended.
    """
    if received or reached.accepted_at is not None:
        return True
    must_be_open(reached)
    return False


def _must_be_its_mrn(reached: Reached, mrn: str) -> None:
    if reached.mrn not in {None, mrn}:
        raise OtherMrn("The declaration carries another MRN.")


def invalidation(reached: Reached, grounds: str | None = None, phase: Phase | None = None) -> bool:
    """Whether an invalidation was received or carried out already; `grounds` are those that are named, `phase` when they count.

    Raises:
        DeclarationOver: it was received on other grounds, or the declaration lapsed.
        Stale: goods were released since the grounds were judged.
    """
    if reached.invalidating or reached.ended == "invalidated":
        known = reached.invalidation.grounds if reached.invalidation is not None else None
        if grounds is not None and grounds not in {NOT_STATED, known}:
            stands = f"on the ground {known}" if known is not None else "without a ground"
            raise DeclarationOver(
                f"The declaration is {reached.ended or 'being invalidated'} {stands}, and not on {grounds}."
            )
        return True
    must_be_open(reached)
    if phase is not None and phase is not phase_after(reached.released):
        raise Stale
    return False


def invalidation_granted(reached: Reached) -> None:
    """Check that an invalidation that a party applied for need not wait (UCC Art. 174(1), second subparagraph)."""
    if reached.stage is Stage.EXAMINATION:
        raise ExaminationAwaited("Customs announced an examination: the invalidation waits until it took place.")
    if any(one.blocks_invalidation for one in reached.suspended):
        raise GoodsSuspended("Goods are suspended: the invalidation waits until they are free.")


def application(
    reached: Reached, known: Iterable[Application], is_same: Callable[[Application], bool]
) -> Application | None:
    """Return the same application if it is among the known ones, the newest first; one that is open excludes another."""
    for one in known:
        if is_same(one):
            return one
        if one.is_open:
            raise ApplicationOpen(
                f"Another application is open for this declaration: {one.id}.",
                obstruction=Obstruction("application", one.id),
            )
    must_be_kept(reached)
    must_be_open(reached)
    return None


def verification(reached: Reached, stated: OfficerVerification, newest: OfficerVerification | None) -> bool:
    """Whether an officer's verification of a document is the `newest` one already."""
    must_be_open(reached)
    if newest is None:
        return False
    # Who ordered it hears of what was approved since.
    second = newest.second_officer if stated.second_officer is None else stated.second_officer
    return replace(stated, at=newest.at, by=newest.by, second=newest.second, second_officer=second) == newest


def assessment(reached: Reached, at: datetime, pause: timedelta, last: datetime | None) -> None:
    """Check that a declaration may be assessed again at once: `last` is when that was asked for before.

    Raises:
        Conflict: it ended.
        AskedLately: it was asked for less than a `pause` ago.
    """
    must_be_open(reached)
    if last is not None and at - last < pause:
        # Clocks of replicas differ: nobody waits longer than a whole pause.
        raise AskedLately(min(pause - (at - last), pause).total_seconds())


def confirmation(reached: Reached, effect: Effect | None) -> bool:
    """Whether customs confirmed the refusal already; `effect` is the decision's on the version that stands, None: there is none.

    Raises:
        NotDecidedYet: there is no decision.
        NothingRefused: it refuses nothing.
    """
    if effect is None:
        raise NotDecidedYet("There is no decision to confirm yet.")
    if effect is not Effect.REFUSE:
        raise NothingRefused(f"The decision is {effect}: nothing is refused, and only a refusal is confirmed.")
    return reached.confirmed


def examination(reached: Reached, received: Examination) -> bool:
    """Whether this examination is recorded already; one that has ended is not announced again, or it would seem to stop goods."""
    known = reached.examination
    if known is not None and _is_known(known, received):
        return True
    must_be_open(reached)
    if received.is_awaited and known is not None:
        if known.is_awaited:
            raise ExaminationAwaited("Another examination is announced that has not taken place yet.")
        if known.reference == received.reference:
            raise Conflict("The examination with this number has ended: another one has a number of its own.")
    if not received.is_awaited and not announced(reached, received.reference).is_awaited:
        raise NoExamination("The examination has ended otherwise: it is not awaited any more.")
    return False


def _is_known(known: Examination, received: Examination) -> bool:
    if known.reference != received.reference:
        return False
    if received.is_awaited:
        return known.is_awaited and (known.of, known.goods_items) == (received.of, received.goods_items)
    return (known.took_place_at is not None, known.withdrawn_at is not None) == (
        received.took_place_at is not None,
        received.withdrawn_at is not None,
    )


def announced(reached: Reached, reference: str | None) -> Examination:
    """Return the examination that customs announced under this reference."""
    known = reached.examination
    if known is None or known.reference != reference:
        raise NoExamination("No such examination was announced.")
    return known


def lapse(reached: Reached) -> bool:
    """Whether a declaration can no longer lapse (UCC Art. 171): it was accepted, or it ended."""
    return reached.accepted_at is not None or reached.ended is not None


def abandonment(reached: Reached) -> bool:
    """Whether a dormant declaration has no reservations to cancel."""
    over = reached.ended is not None or reached.released is not None or reached.invalidating
    return over or reached.dormant or reached.accepted_at is None


def doubt(reached: Reached) -> bool:
    """Whether there is nothing to read back: nothing is moved before acceptance."""
    return reached.accepted_at is None


def release(reached: Reached, order: ReleaseOrder, orders: Iterable[StepReceived], last: LastDecision | None) -> bool:
    """Whether this very release is among the received `orders`, and is or was carried out.

    Raises:
        Conflict: as any; with all that stands against the release, by goods item.
        SecondNeeded: the decision on these goods wants the approval of a second officer.
        UnderExamination: an examination is announced that they wait for.
        WindowEnded: the decision rests on a contingency window that has ended.
    """
    releases = [step for step in orders if step.release is not None]
    under_way = any(step.outcome is None and not _gives_way(step, order) for step in releases)
    found = tuple(all_against(reached, order, last, under_way=under_way))
    is_over = bool(found) and isinstance(found[0][0], DeclarationOver | NotAcceptedYet)
    if not is_over and any(is_release(one, order) and (one.outcome is None or one.outcome.done) for one in releases):
        return True
    if found:
        raise refusal(found, last)
    return False


def intervention(reached: Reached, order: InterventionOrder, orders: Iterable[StepReceived]) -> bool:
    """Whether this very intervention is the last of the `orders` on its document, and is or was carried out.

    Raises:
        Conflict: as any.
        SecondNeeded: nobody approved it.
    """
    # What an invalidation waits for is what officers say of a write-off that was not made here.
    must_not_be_ended(reached)
    _must_be_accepted(reached)
    if order.kind is InterventionKind.KEEP and not reached.invalidating:
        raise Conflict(
            "Only a write-off that an invalidation waits for is kept: the declaration is not being invalidated."
        )
    of_document = [
        step for step in orders if step.intervention is not None and step.intervention.document == order.document
    ]
    last = False
    if of_document and _is_intervention(of_document[-1], order):
        outcome = of_document[-1].outcome
        last = outcome is None or outcome.done
    elif any(step.outcome is None for step in of_document):
        raise BeingCarriedOut("Another intervention on this document is being carried out.")
    if not last and order.second_officer is None:
        raise SecondNeeded("An intervention needs the approval of a second officer.")
    return last


def _must_be_accepted(reached: Reached) -> None:
    if reached.accepted_at is None or reached.mrn is None:
        raise NotAcceptedYet("The declaration is not accepted yet.")


def is_release(step: StepReceived, order: ReleaseOrder) -> bool:
    """Whether the step is this release; an order without a second officer also matches the one approved since."""
    override, stood = order.override, step.release.override if step.release is not None else None
    if override is not None and stood is not None and override.second_officer is None:
        order = replace(order, override=replace(override, second_officer=stood.second_officer))
    return step.release == order


def _gives_way(step: StepReceived, order: ReleaseOrder) -> bool:
    """Whether an open release does not keep this one from being received: it waits for what an officer's override of some of the same
    goods passes.
    """
    if order.override is None or step.release is None or step.release.override is not None:
        return False
    return share_goods(order, step.release)


def _is_intervention(step: StepReceived, order: InterventionOrder) -> bool:
    stood = step.intervention
    if stood is not None and order.second_officer is None:
        order = replace(order, second_officer=stood.second_officer)
    return stood == order


def erasure(reached: Reached, *, content: bool, ordering: bool) -> None:
    """Check that people's statements, or the whole `content`, may be erased; `ordering`: an order is being executed."""
    if ordering:
        raise Conflict("An order is being carried out: what was ordered, and by whom, is still needed.")
    if not content:
        return
    if reached.invalidating:
        raise Conflict("The declaration is being invalidated, and may wait for officers: what it says is still needed.")
    if reached.ended is None and not (reached.released is not None and reached.released.whole):
        raise Conflict("The declaration is neither ended nor released as a whole: what it says is still needed.")
    if reached.busy:
        raise Conflict("The declaration is being worked on, or something of it is not settled yet.")
