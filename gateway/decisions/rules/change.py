"""What an authority says now, compared with what it said at an earlier decision on the same version."""

from collections.abc import Iterator

from gateway.decisions.case import OpenedCase, Raised
from gateway.decisions.rules.attempts import ATTEMPTS_LOST
from gateway.decisions.rules.reservations import GOODS_OUT, NOT_MADE_HERE, NOTHING_FURTHER, STATUS_CHANGED, STILL_OUT
from gateway.domain.decision import Finding, Mode
from gateway.domain.verification import DocumentStatus

CHANGED = "SW-DEC-140"
VANISHED = "SW-DEC-141"
AFTER_RELEASE = "SW-DEC-142"
SUSPENDED_AFTER_RELEASE = "SW-DEC-308"

OTHERWISE = "otherwise"
"""In the place of a status: it is confirmed, but its record says something else than it did."""
FURTHER = "further"
"""That it is not the first change since the goods were released."""

_TAKEN_BACK = frozenset(
    {
        DocumentStatus.PENDING,
        DocumentStatus.REFUSED,
        DocumentStatus.WITHDRAWN,
        DocumentStatus.SUSPENDED,
        DocumentStatus.PARTIALLY_REFUSED,
    }
)
"""What an authority says of a document that it had confirmed, and does no more. Validity that runs out is no such change."""

_ALERTS = frozenset({VANISHED, NOT_MADE_HERE, GOODS_OUT, ATTEMPTS_LOST})
_ALERTS_ONCE_RELEASED = _ALERTS | {
    AFTER_RELEASE,
    SUSPENDED_AFTER_RELEASE,
    CHANGED,
    STATUS_CHANGED,
    NOTHING_FURTHER,
    STILL_OUT,
}


def changed_after_decision(file: OpenedCase) -> Iterator[Raised]:
    """A document that its authority confirmed or knew at an earlier decision, and does not any more, is looked at by an officer."""
    for dossier in file.routed:
        before = file.before.get(dossier.key)
        if before is None or before.was is None or dossier.by_officer:
            continue
        params = {"authority": dossier.authority, "now": dossier.status.value}
        if dossier.status is DocumentStatus.NOT_FOUND:
            yield Raised(code=VANISHED, document=dossier.key, params=params)
        elif before.was is DocumentStatus.VALID and dossier.status in _TAKEN_BACK:
            yield Raised(code=CHANGED, document=dossier.key, params=params)


def changed_after_release(file: OpenedCase) -> Iterator[Raised]:
    """A document that changes once the goods are released changes nothing of their release, and is shown for post-clearance control."""
    for dossier in file.routed:
        if dossier.key not in file.put_aside:
            continue
        now, number = file.put_aside[dossier.key]
        if file.facts.partly and now.status is not DocumentStatus.VALID:
            continue  # it is judged for the rest, where the other findings say so
        status = OTHERWISE if now.status is DocumentStatus.VALID else now.status.value
        again = FURTHER if number > 1 else ""
        params = {"authority": dossier.authority, "now": status, "again": again, "change": str(number)}
        yield Raised(code=AFTER_RELEASE, document=dossier.key, params=params)


def is_alert(finding: Finding, *, released: bool) -> bool:
    """Whether customs is alerted by a finding, of goods that are released wholly or in part or not at all."""
    return finding.mode is Mode.ACTIVE and finding.code in (_ALERTS_ONCE_RELEASED if released else _ALERTS)
