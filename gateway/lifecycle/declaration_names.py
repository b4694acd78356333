"""The one place where a declaration is found by its name: who may not see it finds nothing."""

from gateway.domain.declaration_name import DeclarationName
from gateway.domain.errors import Ambiguous, NotKnown
from gateway.domain.record import Record
from gateway.store import Declarations

_MOST = 10
"""The number of declarations of one name that are listed."""


class DeclarationNames:
    """The names of the declarations that are stored."""

    def __init__(self, declarations: Declarations) -> None:
        self._declarations = declarations

    async def find(
        self,
        name: DeclarationName,
        *,
        eoris: frozenset[str] | None = None,
        offices: frozenset[str] | None = None,
        version: int | None = None,
    ) -> Record:
        """Return the declaration of a name, in its newest version or another one, among those of some EORIs.

        Of several with one LRN only those at these `offices` count, if any are given.

        Raises:
            NotKnown: there is none, or it is none of theirs: the two look the same.
            Ambiguous: several declarants gave theirs this LRN.
        """
        record = await self._named(name, eoris, offices)
        if record is not None and version is not None and version != record.version:
            record = await self._declarations.get(record.id, version)
        if record is None or (eoris is not None and eoris.isdisjoint(record.eoris)):
            raise NotKnown("There is no such declaration.")
        return record

    async def _named(
        self, name: DeclarationName, eoris: frozenset[str] | None, offices: frozenset[str] | None
    ) -> Record | None:
        if name.id is not None:
            return await self._declarations.get(name.id)
        if name.mrn is not None:
            return await self._declarations.by_mrn(name.mrn)
        if name.lrn is None:
            return None
        if name.declarant is not None:
            return await self._declarations.by_lrn(name.declarant, name.lrn)
        found = await self._declarations.with_lrn(name.lrn, eoris=eoris, offices=offices, limit=_MOST)
        if len(found) > 1:
            raise Ambiguous(name.lrn, tuple((one.id, one.declarant) for one in found))
        return found[0] if found else None
