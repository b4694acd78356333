"""Everything that a decision was made from, beside the declaration and the tables: stored with it, so that it can be made again."""

from collections.abc import Iterator
from dataclasses import dataclass

from gateway.contract import Certificate
from gateway.domain.codec import decode
from gateway.domain.contingency import Window
from gateway.domain.movement import Movement
from gateway.domain.verification import DocumentStatus, Verification, VerifiedBy

_NOT_KNOWN = frozenset({DocumentStatus.NOT_FOUND, DocumentStatus.UNDETERMINED, DocumentStatus.UNROUTED})
"""The statuses in which an authority has nothing of a document, or nobody could say."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownBefore:
    """What was known of one document when the same version of the declaration was looked at before."""

    type: str
    reference: str
    was: DocumentStatus | None
    """`valid` once an authority has confirmed it; else the last status in which one knew it; None: none ever did."""
    counted: Verification | None = None
    """Of released goods: the word by which they were decided. It stands, whatever the authority says later."""

    @property
    def key(self) -> tuple[str, str]:
        """Type and reference: one document."""
        return self.type, self.reference


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What was known when a decision was made."""

    verifications: tuple[Verification, ...]
    movements: tuple[Movement, ...] = ()
    released: bool = False
    partly: bool = False
    """Of the goods only a part is released."""
    given_back: bool = False
    moved_before: tuple[tuple[str, str], ...] = ()
    """Documents of which a declaration that this one supplements has moved a quantity; in their order."""
    windows: tuple[Window, ...] = ()
    """The contingency windows in force; in the order of their numbers."""
    released_under: tuple[tuple[str, str, int], ...] = ()
    """Documents with which goods were released unverified, each with its window; in their order."""
    before: tuple[KnownBefore, ...] = ()
    """What earlier looks at the same version knew of its documents."""


def read_facts(stored: bytes) -> Facts:
    """Reads what a decision was made from; before quantities were moved it was the answers alone.

    Raises:
        ValueError: it is nothing of the kind.
    """
    if stored.startswith(b"["):
        return Facts(verifications=decode(stored, tuple[Verification, ...]))
    return decode(stored, Facts)


def word_that_counts(now: Verification, before: KnownBefore | None) -> Verification:
    """Gives the word by which a document is judged: what is said now, but of released goods what was said at their release.

    There, too, an officer's word counts, and an authority's confirmation unless it confirms something else than it did.
    """
    then = before.counted if before is not None else None
    if then is None or now.verified_by is VerifiedBy.OFFICER:
        return now
    confirms = now.status is DocumentStatus.VALID
    if confirms and (then.status is not DocumentStatus.VALID or same_record(now.certificate, then.certificate)):
        return now
    return then


def same_record(one: Certificate | None, other: Certificate | None) -> bool:
    """Whether two readings of a record say the same of what decisions rest on."""
    if one is None or other is None:
        return one is other
    return _decisive(one) == _decisive(other)


def known_after(facts: Facts) -> Iterator[KnownBefore]:
    """Gives what the next look at the same version knows of each document that an authority was asked about."""
    earlier = {one.key: one for one in facts.before}
    for word in facts.verifications:
        before = earlier.pop(word.key, None)
        if word.verified_by is VerifiedBy.OFFICER:
            if before is not None:
                yield before
            continue
        yield KnownBefore(
            type=word.type,
            reference=word.reference,
            was=_was(word.status, before.was if before is not None else None),
            counted=word_that_counts(word, before),
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
        record.destinations,
        record.successors,
    )
