"""Documents that no authority is asked about: what the class of their code makes of them."""

from collections.abc import Iterator, Mapping
from types import MappingProxyType

from gateway.decisions.case import Raised
from gateway.decisions.coverage import Coverage, Unverified
from gateway.domain.document import DocumentKey
from gateway.domain.tables.code_rows import ListedCodes
from gateway.domain.verification import DocumentClass

NOT_VERIFIED = "SW-DEC-015"
UNKNOWN_CODE = "SW-DEC-016"
COVERED = "SW-DEC-017"
ONLY_LISTED = "SW-DEC-162"
LIST_ENDED = "SW-DEC-163"
AT_DISPOSAL = "SW-DEC-198"


def certificate_verified(coverage: Coverage) -> Iterator[Raised]:
    """A certificate, licence or permit that no authority is asked about is verified by an officer, unless an authority has
    checked it already with another document of the same goods, which is confirmed and which nothing holds.
    """
    for one in coverage.unasked:
        if one.held and one.dossier.document_class is not None and not _named_otherwise(coverage, one):
            listed = _only_listed(coverage, one)
            if listed is None:
                yield from _raised(NOT_VERIFIED, coverage, one)
            else:
                yield from _raised(ONLY_LISTED, coverage, one, {"list": listed.code_list})


def code_known(coverage: Coverage) -> Iterator[Raised]:
    """A document is cited under a code of which the tables say what it stands for; under any other it may be a certificate, and
    an officer looks at it.
    """
    for one in coverage.unasked:
        if one.held and one.dossier.document_class is None and not _named_otherwise(coverage, one):
            ended = coverage.file.tables.list_ended(one.dossier.document.type)
            if ended is None or ended.valid_to is None:
                yield from _raised(UNKNOWN_CODE, coverage, one)
            else:
                params = {"list": ended.code_list, "day": ended.valid_to.isoformat()}
                yield from _raised(LIST_ENDED, coverage, one, params)


def checked_already(coverage: Coverage) -> Iterator[Raised]:
    """A certificate that an authority has checked with another document of the same goods needs nobody's look; that is said."""
    for one in coverage.unasked:
        if one.covering:
            yield Raised(code=COVERED, document=one.dossier.key, params={"covering": _listed(one.covering)})


def kept_at_disposal(coverage: Coverage) -> Iterator[Raised]:
    """A paper to which no act ties the release is not verified before it: that it is to be kept is said."""
    for dossier in coverage.file.dossiers:
        if dossier.document_class is DocumentClass.AT_DISPOSAL:
            yield Raised(code=AT_DISPOSAL, document=dossier.key)


def _named_otherwise(coverage: Coverage, one: Unverified) -> bool:
    """Whether another finding says of the code itself that it holds: a mark of market surveillance, or a code that was replaced."""
    tables, kind = coverage.file.tables, one.dossier.document.type
    return tables.mark(kind, coverage.file.direction) is not None or tables.old_code(kind) is not None


def _only_listed(coverage: Coverage, one: Unverified) -> ListedCodes | None:
    """Return the row of the Union's list by which alone the tables know the code."""
    document = one.dossier.document
    return coverage.file.tables.only_listed(document.type, additional=document.additional)


def _raised(
    code: str, coverage: Coverage, one: Unverified, params: Mapping[str, str] = MappingProxyType({})
) -> Iterator[Raised]:
    """Once for the document; where it is covered on some of its goods items, for each of the others."""
    dossier, document, basis = one.dossier, one.dossier.document, ""
    if dossier.route is None:  # the document's own row says it better
        basis = coverage.file.tables.class_basis(document.type, additional=document.additional)
    for number in sorted(one.uncovered) if one.covering else (None,):
        yield Raised(code=code, goods_item=number, document=dossier.key, params=params, legal_basis=basis)


def _listed(documents: tuple[DocumentKey, ...]) -> str:
    return ", ".join(sorted(f"{one.type} {one.reference}" for one in documents))
