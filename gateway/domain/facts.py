"""The facts of a decision, beside the declaration and the tables: stored with it, so that it can be made again."""

from collections.abc import Iterator

from msgspec import Struct, structs

from gateway.contract import Certificate
from gateway.domain.codec import decode
from gateway.domain.contingency import Window
from gateway.domain.control_order import Controlled
from gateway.domain.document import OfDocument
from gateway.domain.movement import Movement
from gateway.domain.release import ReleasedItem
from gateway.domain.suspension import Suspended
from gateway.domain.verification import DocumentStatus, Verification, VerifiedBy

_NOT_KNOWN = frozenset({DocumentStatus.NOT_FOUND, DocumentStatus.UNDETERMINED, DocumentStatus.UNROUTED})
"""The statuses in which an authority has nothing of a document, or nobody could say."""
_RUN_OUT = frozenset({DocumentStatus.EXPIRED, DocumentStatus.NOT_YET_VALID})


class KnownBefore(OfDocument, Struct, frozen=True, kw_only=True):
    """The knowledge about one document from earlier assessments of the same version of the declaration."""

    type: str
    reference: str
    was: DocumentStatus | None
    """`valid` once an authority has confirmed it; else the last status in which one knew it; None: none ever did."""
    counted: Verification | None = None
    """Of released goods: the verification by which they were decided. It counts, whatever the authority says later."""
    out: Verification | None = None
    """Of goods that are released in part: the verification by which the part was decided, without its quantity position."""
    said: Verification | None = None
    """Of released goods: the authority's last answer where it is news beside that one, without its quantity position."""
    changes: int = 0
    """How often the authority's answer has been news since the goods were released, each time another one than the last."""


class Facts(Struct, frozen=True, kw_only=True):
    """The facts that are known when a decision is made."""

    verifications: tuple[Verification, ...]
    """What is known about the documents, in any order; a routed document without one is not determined."""
    movements: tuple[Movement, ...] = ()
    """What was ordered of their quantities."""
    released: bool = False
    """The goods were released, wholly or in part."""
    partly: bool = False
    """Of the goods only a part is released: the rest is decided by what is known now."""
    parts: tuple[ReleasedItem, ...] | None = None
    """Which part that is; None: stored before this was kept."""
    given_back: bool = False
    """The declaration was dormant, and its reservations were cancelled."""
    moved_before: tuple[tuple[str, str], ...] = ()
    """Documents of which a declaration that this one supplements (12 01) has moved a quantity, or will at its release; in their order."""
    windows: tuple[Window, ...] = ()
    """The contingency windows in force, one for an authority; in the order of their numbers."""
    released_under: tuple[tuple[str, str, int], ...] = ()
    """Documents with which goods were released unverified, each with the number of its window; in their order."""
    before: tuple[KnownBefore, ...] = ()
    """What earlier assessments at the same version knew of its documents, in any order."""
    spelled: tuple[tuple[str, str, str], ...] = ()
    """What was cited in several spellings: the type, the spelling, and the one that the document goes under; in their order."""
    invalidating: bool = False
    """An invalidation was received that is not carried out."""
    goods_out: bool = False
    """With that invalidation: goods were released, and no ground says that they never left or are back."""
    mrn_yielded: bool = False
    """The declaration states an MRN that customs has given to another one: it does not count."""
    told_often: tuple[tuple[str, str], ...] = ()
    """Documents of which the declarant was told often that day whether enough is left: it is compared once customs has accepted the
    declaration; in their order."""
    taken_before: tuple[tuple[str, str], ...] = ()
    """Documents that serve once, and that another declaration takes which customs accepted before or released; in their order."""
    suspensions: tuple[Suspended, ...] = ()
    """The suspensions of its goods that are not over, as they stood then."""
    controls: tuple[Controlled, ...] = ()
    """The controls that found something in its goods which no officer has settled, as they stood then."""
    attempts_lost: bool = False
    """Process after process ended over the declaration: nothing of it was assessed."""


def read_facts(stored: bytes) -> Facts:
    """Read the facts of a decision; before quantities were moved they were the answers alone.

    Raises:
        ValueError: it is nothing of the kind.
    """
    if stored.startswith(b"["):
        return Facts(verifications=decode(stored, tuple[Verification, ...]))
    return decode(stored, Facts)


def verification_that_counts(now: Verification, before: KnownBefore | None) -> Verification:
    """Return the verification that counts for a document: the present one, but for released goods the one at their release.

    There, too, an officer's verification counts, and an authority's confirmation unless it confirms something else.
    """
    then = before.counted if before is not None else None
    return now if then is None or _counts_beside(now, then) else then


def news_since(now: Verification | None, before: KnownBefore | None) -> tuple[Verification | None, int]:
    """Return an authority's last verification of released goods that is news beside the one of then, and its number.

    While nobody can answer, the latest one stands. The same one twice counts once; a different one is the next.
    """
    then = (before.counted or before.out) if before is not None else None
    if before is None or then is None:
        return None, 0
    if now is None or now.status is DocumentStatus.UNDETERMINED:
        return before.said, before.changes
    if _counts_beside(now, then) or not _is_news(then, now):
        return None, before.changes
    if before.said is not None and _same_verification(before.said, now):
        return before.said, before.changes
    return structs.replace(now, ledger=None), before.changes + 1


def once_released(known: KnownBefore, *, whole: bool) -> KnownBefore:
    """Return what is known of a document for released goods: only if all are released does the verification of then stand."""
    if whole:
        return structs.replace(known, out=None)
    out = known.out or known.counted
    return structs.replace(known, counted=None, out=structs.replace(out, ledger=None) if out is not None else None)


def _counts_beside(now: Verification, then: Verification) -> bool:
    if now.verified_by is VerifiedBy.OFFICER:
        return True
    confirms = now.status is DocumentStatus.VALID
    return confirms and (then.status is not DocumentStatus.VALID or same_record(now.certificate, then.certificate))


def _is_news(then: Verification, now: Verification) -> bool:
    if now.status is DocumentStatus.VALID:
        return True  # it would count, unless it confirms something else than it did
    if then.status is DocumentStatus.VALID and now.status in _RUN_OUT:
        return False
    return now.status is not then.status


def _same_verification(one: Verification, other: Verification) -> bool:
    return one.status is other.status and same_record(one.certificate, other.certificate)


def same_record(one: Certificate | None, other: Certificate | None) -> bool:
    """Whether two readings of a record agree on all that decisions rest on."""
    if one is None or other is None:
        return one is other
    return _decisive(one) == _decisive(other)


def known_after(facts: Facts) -> Iterator[KnownBefore]:
    """Return what the next assessment of the same version knows of each document that an authority was asked about."""
    earlier = {one.key: one for one in facts.before}
    for newest in facts.verifications:
        before = earlier.pop(newest.key, None)
        if newest.verified_by is VerifiedBy.OFFICER:
            if before is not None:
                yield before
            continue
        last, changes = news_since(newest, before)
        out = before.out if before is not None else None
        yield KnownBefore(
            type=newest.type,
            reference=newest.reference,
            was=_was(newest.status, before.was if before is not None else None),
            counted=verification_that_counts(newest, before),
            out=structs.replace(newest, ledger=None) if out is not None and _counts_beside(newest, out) else out,
            said=last,
            changes=changes,
        )


def _was(now: DocumentStatus, before: DocumentStatus | None) -> DocumentStatus | None:
    if before is DocumentStatus.VALID or now in _NOT_KNOWN:
        return before
    return now


def _decisive(record: Certificate) -> tuple[object, ...]:
    return (
        record.type,
        record.authority_status,
        record.decision,
        record.valid_from,
        record.valid_to,
        record.lines,
        record.holder,
        record.holders,
        record.destinations,
        record.successors,
    )
