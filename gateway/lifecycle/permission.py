"""The permission to act on a declaration: the one place where the table of `domain.permission` is enforced."""

from collections.abc import Awaitable, Callable
from typing import TypeVar

from gateway.domain.admission import must_be_open
from gateway.domain.declaration import Declaration
from gateway.domain.errors import ExaminationAnnounced, NotAllowed, NotKnown, Stale
from gateway.domain.permission import Asker, Party, PermittedAct, Stage, Verdict, party_of, verdict
from gateway.domain.record import Record
from gateway.store import Declarations

T = TypeVar("T")

_ATTEMPTS = 5


class Permissions:
    """The permissions for calls and messages alike, by what is stored of the declaration that they aim at."""

    def __init__(self, declarations: Declarations) -> None:
        self._declarations = declarations

    async def party(self, asker: Asker, record: Record) -> Party:
        """Return which party a caller is by the present version: no amendment makes its sender a party."""
        if not asker.is_trader:
            return Party.STRANGER
        declaration = await self._declarations.declaration(record.id, record.current_version)
        if declaration is not None:
            return party_of(asker.eoris, declaration)
        return Party.NAMED if sees(asker, record) else Party.STRANGER

    async def judged(self, asker: Asker, act: PermittedAct, record: Record) -> Verdict:
        """Return the verdict on an act: `REFUSED` only where the stage of the declaration stands in its way.

        Raises:
            NotKnown: it is nobody's whom the caller speaks for, which looks as if there were no such declaration.
            NotAllowed: whatever the stage, it is not the caller's to do.
        """
        party = await self.party(asker, record)
        judged = verdict(asker, party, record.stage, act)
        if judged is Verdict.UNKNOWN:
            raise NotKnown("There is no such declaration.")
        if judged is Verdict.REFUSED and verdict(asker, party, Stage.LODGED, act) is Verdict.REFUSED:
            raise NotAllowed(_NOT_THEIRS.get(act, ""))
        return judged

    async def must_act(self, asker: Asker, act: PermittedAct, record: Record) -> None:
        """Require that the caller may do this now.

        Raises:
            NotKnown, NotAllowed: as `judged`.
            Conflict: the declaration ended.
        """
        must_be_permitted(await self.judged(asker, act, record), record)


def must_be_permitted(judged: Verdict, record: Record) -> None:
    """Require that the declaration's stage allows the act.

    Raises:
        Conflict: the declaration ended.
        ExaminationAnnounced: customs announced an examination.
    """
    if judged is not Verdict.REFUSED:
        return
    must_be_open(record.reached)
    raise ExaminationAnnounced("Customs announced an examination of the goods (UCC Art. 173(2)): ask customs.")


def may_lodge(asker: Asker, declaration: Declaration) -> bool:
    """Whether a declaration with these parties is the caller's to lodge."""
    return verdict(asker, party_of(asker.eoris, declaration), Stage.NEW, PermittedAct.LODGE) is Verdict.ACT


def sees(asker: Asker, record: Record) -> bool:
    """Whether a declaration is one of the caller's."""
    return asker.eoris is None or not asker.eoris.isdisjoint(record.eoris)


async def as_it_stands(attempt: Callable[[], Awaitable[T]]) -> T:
    """Take a step that was judged on a reading of the declaration; where that moved on meanwhile it is judged anew.

    Raises:
        Stale: it moves on all the time.
    """
    for _ in range(_ATTEMPTS - 1):
        try:
            return await attempt()
        except Stale:
            continue
    return await attempt()


_NOT_THEIRS = {
    PermittedAct.AMEND: "A declaration is amended by its declarant or a representative with a status (13 06 030).",
    PermittedAct.INVALIDATE: "A declaration is withdrawn by its declarant or a representative with a status (13 06 030).",
    PermittedAct.ACCEPT: "That the goods are presented is for customs to say.",
}
