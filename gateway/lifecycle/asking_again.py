"""When a declaration is looked at again by itself: as the authority says, else the tables, else the settings."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from gateway.domain.in_force import InForce
from gateway.domain.verification import DocumentStatus, Verification, VerifiedBy
from gateway.lifecycle.ordering import Pauses


@dataclass(frozen=True, slots=True, kw_only=True)
class Retries:
    """When an open answer is asked for again, where neither its authority nor the tables say it."""

    undetermined: timedelta = timedelta(minutes=5)
    pending: timedelta = timedelta(minutes=30)
    give_up_after: timedelta = timedelta(days=30)
    """Counted from the decision: afterwards only a person or a message starts another look. What is in doubt is never given up."""
    soonest: timedelta = timedelta(minutes=1)
    """However soon an authority wants to be asked again, it is not asked sooner."""
    latest: timedelta = timedelta(days=7)
    """However late an authority wants to be asked again, it is not asked later."""
    doubts: Pauses = field(default_factory=Pauses)


@dataclass(frozen=True, slots=True, kw_only=True)
class Again:
    """When what is open is asked about again."""

    pause: timedelta | None
    """None: not by itself."""
    given_up: tuple[Verification, ...] = ()
    """What is not asked about any more, and was until now."""


def ask_again(
    verifications: Iterable[Verification],
    *,
    now: datetime,
    since: datetime,
    view: InForce,
    retries: Retries,
    released: bool,
) -> Again:
    """Says when the authorities that these words are of are asked again.

    Args:
        verifications: what is known of the documents.
        now: the moment from which pauses count.
        since: when what is known was decided on first: pauses grow with the time since, until it is given up.
        view: the rows in force.
        retries: what counts without a row.
        released: whether all goods are released: what is confirmed needs no other look then.
    """
    elapsed = max(now - since, timedelta())
    pauses, given_up = [], []
    for word in verifications:
        if word.verified_by is VerifiedBy.OFFICER or (released and word.status is DocumentStatus.VALID):
            continue
        pause, until = _pause(word, elapsed, view, retries)
        if word.ask_again_at is not None:
            pause = min(max(word.ask_again_at - now, retries.soonest), retries.latest)
        if pause is None:
            continue
        if elapsed >= until:
            given_up.append(word)
        else:
            # The last look comes when it is given up, so that this is said then.
            pauses.append(min(pause, until - elapsed))
    return Again(pause=min(pauses, default=None), given_up=tuple(given_up))


def _pause(
    word: Verification, elapsed: timedelta, view: InForce, retries: Retries
) -> tuple[timedelta | None, timedelta]:
    row = view.ask_again(word.adapter, word.type, word.status)
    if row is not None:
        first, longest = timedelta(minutes=row.first_minutes), timedelta(minutes=row.longest_minutes)
        return min(max(first, elapsed), longest), timedelta(days=row.for_days)
    if word.status is DocumentStatus.UNDETERMINED:
        return retries.undetermined, retries.give_up_after
    return (retries.pending if word.status is DocumentStatus.PENDING else None), retries.give_up_after
