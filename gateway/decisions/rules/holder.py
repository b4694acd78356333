"""Who has to hold a document, by the parties of the declaration, and whether the authority's record names them."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from gateway.contract import RequestRejected
from gateway.decisions.case import Dossier, OpenedCase, Raised
from gateway.domain.declaration import Declaration
from gateway.domain.tables.formality_rows import DocumentHolders, HolderMatch
from gateway.domain.tables.rows import DocumentRoute, HolderParty, Use
from gateway.domain.verification import DocumentStatus, holders_of

HOLDER = "SW-DEC-060"
HOLDER_UNKNOWN = "SW-DEC-061"


class RequiredHolder(NamedTuple):
    """The parties of which one has to hold a document."""

    goods_item: int | None
    """None: of all goods that the document is for."""
    parties: tuple[HolderParty, ...]
    """Those that are compared; where none of them is declared, those that could be."""
    declared: tuple[str, ...]
    """Their numbers; none: the declaration names none of them."""

    @property
    def named(self) -> str:
        """The parties as a word of the catalogue."""
        return "_or_".join(party.value for party in HolderParty if party in self.parties)

    def is_named(self, holders: Iterable[str]) -> bool:
        """Whether a holder of a record is one of them."""
        declared = {plain_eori(number) for number in self.declared}
        return any(plain_eori(one) in declared for one in holders)


def holder(file: OpenedCase) -> Iterator[Raised]:
    """The document's holder, or one of several, is the party of the declaration, or one of the parties, that has to hold it."""
    for dossier, route, certificate in file.recorded:
        for required in required_holders(file, dossier, route):
            named = holders_of(certificate)
            if named and required.declared:
                if not required.is_named(named):
                    yield _raised(HOLDER, dossier, route, required, "record", None)
            elif dossier.valid and (named or route.holder is Use.REQUIRED):
                lacking = "party" if named else "record"
                yield _raised(HOLDER_UNKNOWN, dossier, route, required, lacking, DocumentStatus.UNDETERMINED)
    for dossier in file.routed:
        # A question that names a party is not asked where the declaration names none.
        if dossier.route is not None and _is_unasked(dossier):
            for required in required_holders(file, dossier, dossier.route):
                if not required.declared:
                    yield _raised(HOLDER_UNKNOWN, dossier, dossier.route, required, "party", None)


def _is_unasked(dossier: Dossier) -> bool:
    return dossier.verification is not None and dossier.verification.cause == RequestRejected.code


def _raised(
    code: str,
    dossier: Dossier,
    route: DocumentRoute,
    required: RequiredHolder,
    lacking: str,
    status: DocumentStatus | None,
) -> Raised:
    params = {"party": required.named, "authority": route.authority, "lacking": lacking}
    return Raised(code=code, goods_item=required.goods_item, document=dossier.key, params=params, status=status)


def required_holders(file: OpenedCase, dossier: Dossier, route: DocumentRoute) -> tuple[RequiredHolder, ...]:
    """Return who has to hold a document: one for all of its goods items, or, where rows say otherwise of some, one for each."""
    if route.holder is Use.NO:
        return ()
    kind, declaration, formalities = dossier.document.type, file.declaration, file.tables.formalities
    if not formalities.names_holders(kind, file.direction):
        return () if route.party is None else (_of_route(declaration, route.party),)
    found: dict[DocumentHolders | None, list[int]] = {}
    for item in dossier.items:
        row = formalities.holders(kind, file.direction, item.requested_procedure)
        found.setdefault(row, []).append(item.number)
    if len(found) > 1:
        return tuple(_of_row(declaration, row, number) for row, numbers in found.items() for number in numbers)
    row = next(iter(found)) if found else formalities.holders(kind, file.direction, None)
    return (_of_row(declaration, row, None),)


def _of_route(declaration: Declaration, party: HolderParty) -> RequiredHolder:
    # A party that is the declarant is not declared again.
    return RequiredHolder(None, (party,), (_number(declaration, party) or declaration.declarant,))


def _of_row(declaration: Declaration, row: DocumentHolders | None, goods_item: int | None) -> RequiredHolder:
    """Return the parties of a row that are declared; without a row nobody knows, and no holder is the right one."""
    if row is None:
        return RequiredHolder(goods_item, tuple(HolderParty), ())
    declared = [(party, number) for party in row.parties if (number := _number(declaration, party)) is not None]
    if row.match is HolderMatch.FIRST:
        declared = declared[:1]
    if not declared:
        return RequiredHolder(goods_item, row.parties, ())
    return RequiredHolder(goods_item, tuple(party for party, _ in declared), tuple(number for _, number in declared))


def _number(declaration: Declaration, party: HolderParty) -> str | None:
    number: str | None = getattr(declaration, party.value)  # a party is called in the tables as in a declaration
    return number or None


def plain_eori(number: str) -> str:
    """Return an EORI as it is compared: without blanks, in capitals."""
    return "".join(number.split()).upper()
