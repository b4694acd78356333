"""The documents that serve once and that another declaration of ours takes, until their authorities know of it."""

from collections.abc import Awaitable, Callable, Collection, Sequence

from gateway.domain.declaration import AdditionalReference, Declaration, Kind, SupportingDocument
from gateway.domain.document import DocumentKey
from gateway.domain.identity import Identities
from gateway.domain.tables.in_force import InForce
from gateway.domain.verification import Plan, Verification, holders_of

TakenBefore = Callable[
    [str | None, Sequence[tuple[str, Collection[str]]]], Awaitable[Sequence[Sequence[Declaration | None]]]
]
"""Gives what declarations say that cite each of some documents and were accepted before one, or released; None: nobody knows what
it says. A document is its type and its spellings."""
_Same = Callable[[SupportingDocument | AdditionalReference], bool]


async def taken_by_others(
    taken_before: TakenBefore,
    identify: Identities,
    declaration: Declaration,
    planned: Plan,
    view: InForce,
    record_id: str | None,
    verifications: Collection[Verification],
) -> tuple[tuple[str, str], ...]:
    """Return the documents that serve once and that another declaration takes which was accepted before, or released.

    One of parties that may not use a document takes nothing of it. Where no row says that declarations take documents, nothing is
    read. A supplementary declaration has the goods of the one before it, which are out.
    """
    once = view.formalities.serving_once
    if not once or declaration.kind is Kind.SUPPLEMENTARY:
        return ()
    asked: list[tuple[DocumentKey, str, Collection[str], set[str]]] = []
    for one in planned.requirements:
        row = view.formalities.once(one.document.type) if one.document.type in once else None
        if row is not None and row.taken_by:
            spelled = {one.document.reference, one.query.reference}
            asked.append((one.document.key, one.adapter, row.taken_by, spelled))
    if not asked:
        return ()
    found = await taken_before(record_id, [(key.type, spelled) for key, _, _, spelled in asked])
    holders = {one.key: holders_of(one.certificate) for one in verifications}
    taken = []
    for (key, adapter, procedures, _), others in zip(asked, found, strict=True):
        same = _same(identify, adapter, key)
        may_use = [
            one for one in others if one is None or not holders.get(key) or not one.eoris.isdisjoint(holders[key])
        ]
        if any(one is None or _takes(one, declaration, procedures, same) for one in may_use):
            taken.append((key.type, key.reference))
    return tuple(sorted(taken))


def _takes(other: Declaration, declaration: Declaration, procedures: Collection[str], same: _Same) -> bool:
    """Whether another declaration cites the document for goods under one of the requested procedures; one that is not stated is any."""
    if other.direction is not declaration.direction:
        return False
    cited: tuple[SupportingDocument | AdditionalReference, ...] = (*other.documents, *other.references)
    for_all = any(same(one) for one in cited)
    return any(
        item.requested_procedure in (None, *procedures)
        and (for_all or any(same(one) for one in item.documents) or any(same(one) for one in item.references))
        for item in other.items
    )


def _same(identify: Identities, adapter: str, key: DocumentKey) -> _Same:
    """Return whether a citation is of a document; one of whose spelling nobody says whose it is counts as one."""
    own = identify(adapter, key.type, key.reference)

    def is_same(cited: SupportingDocument | AdditionalReference) -> bool:
        if cited.type != key.type or cited.reference is None:
            return False
        identity = identify(adapter, key.type, cited.reference)
        return own is None or identity is None or identity == own

    return is_same
