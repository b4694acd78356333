"""The declaration that a command names, found in the database."""

from gateway.domain.declaration_name import DeclarationName
from gateway.domain.record import Record
from gateway.lifecycle.declaration_names import DeclarationNames
from gateway.store import Store


async def named(store: Store, declaration: str, declarant: str | None) -> Record:
    """Return the declaration that an id, an MRN or an LRN names; a declarant says whose LRN it is.

    Raises:
        NotKnown: there is none.
        Ambiguous: several declarants gave theirs this LRN.
        StoreError: the database cannot be used.
    """
    return await DeclarationNames(store.declarations).find(DeclarationName.of_text(declaration, declarant))
