"""Who is notified of what happens to a suspension: its parties as far as they are told of it, customs and officers of all."""

from collections.abc import Iterator

from msgspec import Struct

from gateway.domain.notice import NoticeKind
from gateway.wings.suspensions.fold import by_officers, folded, told_at
from gateway.wings.suspensions.suspension import Suspension


class SuspensionNoticed(Struct, frozen=True, kw_only=True):
    """A notice about a suspension, as it is written."""

    kind: NoticeKind
    parties: bool
    """Whether the declaration's parties get it, besides customs and officers."""


def notices(before: Suspension | None, after: Suspension) -> tuple[SuspensionNoticed, ...]:
    """Return the notices of a change: how goods are suspended, and what an officer owes."""
    return tuple(_notices(before, after))


def _notices(before: Suspension | None, after: Suspension) -> Iterator[SuspensionNoticed]:
    now = folded(after)
    is_known = told_at(after) is not None
    if before is None:
        yield SuspensionNoticed(kind=NoticeKind.SUSPENDED, parties=is_known)
    else:
        was = folded(before)
        if was.state is not now.state or (told_at(before) is not None) is not is_known or before.items != after.items:
            yield SuspensionNoticed(kind=NoticeKind.SUSPENDED, parties=is_known)
    if by_officers(after) - (by_officers(before) if before is not None else frozenset()):
        yield SuspensionNoticed(kind=NoticeKind.DUTY, parties=False)
