"""Documents that no authority is asked about: what their class makes of them."""

from collections.abc import Iterator

from gateway.decisions.account import Account, Unverified
from gateway.decisions.case import Raised
from gateway.domain.decision import DocumentKey

NOT_VERIFIED = "SW-DEC-015"
UNKNOWN_CODE = "SW-DEC-016"
COVERED = "SW-DEC-017"


def certificate_verified(account: Account) -> Iterator[Raised]:
    """A certificate, licence or permit that no authority is asked about is verified by an officer, unless an authority has
    checked it already with another document of the same goods, which is confirmed and which nothing holds.

    A code of which the tables give no class may stand for one, and counts as one.
    """
    for one in account.unasked:
        if one.held and not _named_otherwise(account, one.dossier.document.type):
            yield from _raised(account, one)
        if one.covering:
            yield Raised(code=COVERED, document=one.dossier.key, params={"covering": _listed(one.covering)})


def _named_otherwise(account: Account, kind: str) -> bool:
    """Whether another finding says of the code itself that it holds: a mark of market surveillance, or a code that was replaced."""
    tables = account.file.tables
    return tables.mark(kind, account.file.direction) is not None or tables.old_code(kind) is not None


def _raised(account: Account, one: Unverified) -> Iterator[Raised]:
    """Once for the document; where it is covered on some of its goods items, for each of the others."""
    dossier, document = one.dossier, one.dossier.document
    code, basis = UNKNOWN_CODE if dossier.document_class is None else NOT_VERIFIED, ""
    if dossier.route is None:  # the document's own row says it better
        basis = account.file.tables.class_basis(document.type, additional=document.additional)
    for number in sorted(one.uncovered) if one.covering else (None,):
        yield Raised(code=code, goods_item=number, document=dossier.key, legal_basis=basis)


def _listed(documents: tuple[DocumentKey, ...]) -> str:
    return ", ".join(sorted(f"{one.type} {one.reference}" for one in documents))
