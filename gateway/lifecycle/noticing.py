"""What a declaration's parties, customs and officers are told of the outcome of a look."""

from gateway.domain.decision import NumberedDecision
from gateway.domain.notice import Notice, NoticeKind
from gateway.domain.record import State, Work
from gateway.domain.release import Released


def notices(
    work: Work,
    *,
    numbered: NumberedDecision | None,
    released: Released | None,
    state: State,
) -> tuple[Notice, ...]:
    """Gives the notices of an outcome, in the order in which it came about. A meaning that did not change is none.

    Args:
        work: the declaration as it was before.
        numbered: the new decision, if its meaning is another one.
        released: what is released now; None: as before.
        state: where the declaration stands now.
    """
    told = []
    if released is not None and released != work.released:
        told.append(NoticeKind.RELEASED)
    if numbered is not None:
        first = work.last is None or work.last.version != work.version
        told.append(NoticeKind.DECIDED if first else NoticeKind.CHANGED)
    if state is State.INVALIDATED and work.ended is None:
        told.append(NoticeKind.INVALIDATED)
    standing = numbered or work.last
    return tuple(
        Notice(
            kind=kind,
            decision=standing.number if standing is not None else None,
            effect=standing.decision.effect if standing is not None else None,
        )
        for kind in told
    )
