"""Which documents the goods need, and what stands in for them (table 3)."""

from collections.abc import Iterator

from gateway.decisions.case import Dossier, OpenedCase, Raised
from gateway.decisions.requirements import Group, admitted, finer_groups, groups, listed
from gateway.decisions.rules import elements, form
from gateway.domain.declaration import GoodsItem
from gateway.domain.verification import DocumentStatus

NOTHING_TO_VERIFY = "SW-DEC-001"
MISSING = "SW-DEC-010"
CHECK_BY_OFFICER = "SW-DEC-011"
WAIVER_CONTRADICTS = "SW-DEC-012"
WAIVER_NOT_ALLOWED = "SW-DEC-013"
CODE_TOO_SHORT = "SW-DEC-014"


def required_documents(file: OpenedCase) -> Iterator[Raised]:
    """Each measure on the goods is met by a document of each of its groups.

    What is declared counts as declared whatever its status: a negative answer has a finding of its own. A document that
    no authority is asked about meets a measure only by an officer's word, or if the declarant's own word is enough.
    """
    for item in file.items:
        declared = file.declared[item.number]
        for group in groups(file, item):
            named = [dossier for dossier in declared if dossier.document.type in group.types]
            if not named:
                yield _raised(MISSING, file, item, group)
            elif not any(_enough(file, dossier) for dossier in named):
                for dossier in named:
                    yield _raised(CHECK_BY_OFFICER, file, item, group, dossier)


def code_long_enough(file: OpenedCase) -> Iterator[Raised]:
    """A commodity code has digits enough to tell which measures the goods come under, or what all of them ask for is declared."""
    for item in file.items:
        types = {dossier.document.type for dossier in file.declared[item.number]}
        for group in finer_groups(file, item):
            if types.isdisjoint(group.types):
                yield _raised(CODE_TOO_SHORT, file, item, group)


def nothing_to_verify(file: OpenedCase) -> Iterator[Raised]:
    """A declaration without a document to ask about or to be verified, and with nothing to mend about it, says so."""
    if any(_needs_officer_to_see(dossier) for dossier in file.dossiers):
        return
    if not any(True for check in _TO_MEND for _ in check(file)):
        yield Raised(code=NOTHING_TO_VERIFY)


def waiver_contradicts(file: OpenedCase) -> Iterator[Raised]:
    """Goods are not declared under a document and under a statement that it is not needed, or that its measure does not apply."""
    for item in file.items:
        declared = file.declared[item.number]
        statements = {d.document.type for d in declared if file.tables.states(d.document.type)}
        if not statements:
            continue
        for dossier in declared:
            kind = dossier.document.type
            if file.tables.states(kind):
                continue
            against = set(dossier.route.waivers) if dossier.route is not None else set()
            for group in groups(file, item):
                if kind in group.types:
                    against.update(group.types)
            for waiver in sorted(statements & against):
                yield Raised(
                    code=WAIVER_CONTRADICTS, goods_item=item.number, document=dossier.key, params={"waiver": waiver}
                )


def waiver_allowed(file: OpenedCase) -> Iterator[Raised]:
    """A statement about a measure that the goods come under is one that the measure admits, on this day and in this direction."""
    for item in file.items:
        for dossier in file.declared[item.number]:
            kind = dossier.document.type
            waived = file.tables.waived_by(kind)
            if not waived:
                continue
            good = file.tables.self_declared(kind, file.direction)
            for group in groups(file, item):
                if any(one in group.types for one in waived) and not (good and kind in group.types):
                    yield _raised(WAIVER_NOT_ALLOWED, file, item, group, dossier)


_TO_MEND = (
    required_documents,
    code_long_enough,
    waiver_contradicts,
    waiver_allowed,
    form.level,
    form.old_code,
    form.surveillance_mark,
    elements.code_in_place,
    elements.no_certificate_as_previous,
)
"""What can be amiss although no authority is to be asked: beside it nobody is told that nothing is needed."""


def _raised(code: str, file: OpenedCase, item: GoodsItem, group: Group, dossier: Dossier | None = None) -> Raised:
    alternatives = admitted(file, group.types)
    if code == WAIVER_NOT_ALLOWED and dossier is not None:
        alternatives = tuple(kind for kind in alternatives if kind != dossier.document.type) or alternatives
    return Raised(
        code=code,
        goods_item=item.number,
        document=dossier.key if dossier is not None else None,
        params={
            "measure": group.measure.measure,
            "alternatives": listed(file, alternatives),
            "commodity": item.commodity_code,
        },
        legal_basis=group.measure.legal_basis,
    )


def _needs_officer_to_see(dossier: Dossier) -> bool:
    return dossier.document.adapter is not None or dossier.verification is not None or dossier.needs_officer


def _enough(file: OpenedCase, dossier: Dossier) -> bool:
    """Whether the document is judged by its own findings, or needs no judgement."""
    return (
        dossier.status is not DocumentStatus.UNROUTED
        or dossier.needs_officer
        or file.tables.self_declared(dossier.document.type, file.direction)
    )
