"""The authorities that a declaration waits for: those that were asked and did not answer."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from gateway.contract import AccessRefused, AdapterError, Unavailable
from gateway.domain.movement import MovementState, OwnPosition
from gateway.domain.verification import DocumentStatus, Verification, VerifiedBy

AWAY = frozenset({Unavailable.code, AccessRefused.code, AdapterError.code})
"""The faults that pass without anybody doing something about this very document."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MissingAnswers:
    """The authorities that a declaration waits for, and when the first of them was asked."""

    authorities: tuple[str, ...]
    asked_at: datetime


def waited_for(
    verifications: Sequence[Verification], positions: Iterable[OwnPosition], now: datetime
) -> MissingAnswers:
    """Return whose answer is missing: about a document, or about an order for its quantity."""
    asked = {
        one.adapter
        for one in verifications
        if one.status is DocumentStatus.UNDETERMINED and one.verified_by is VerifiedBy.AUTHORITY and one.cause in AWAY
    }
    moved = {
        one.counting.adapter for one in positions if one.counting.state in _NOT_MADE and one.counting.cause in AWAY
    }
    authorities = {adapter for adapter in asked if adapter is not None} | moved
    # Orders follow the questions of the same assessment.
    answers = [one.asked_at for one in verifications if one.verified_by is VerifiedBy.AUTHORITY]
    first = min([at for at in answers if at is not None], default=now)
    return MissingAnswers(authorities=tuple(sorted(authorities)), asked_at=max(first, now - _LONGEST))


_LONGEST = timedelta(minutes=5)
"""No assessment takes longer: what is older was not asked in it."""
_NOT_MADE = frozenset({MovementState.IN_DOUBT, MovementState.NOT_DONE})
