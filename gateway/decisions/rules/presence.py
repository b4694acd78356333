"""Which documents the goods need, and what stands in for them (table 3)."""

import re
from collections.abc import Iterator
from functools import lru_cache

from gateway.decisions.case import CaseFile, Dossier, Raised
from gateway.domain.declaration import GoodsItem
from gateway.domain.tables import RequiredDocuments
from gateway.domain.verification import DocumentStatus

NOTHING_TO_VERIFY = "SW-DEC-001"
MISSING = "SW-DEC-010"
CHECK_BY_OFFICER = "SW-DEC-011"
WAIVER_CONTRADICTS = "SW-DEC-012"
WAIVER_NOT_ALLOWED = "SW-DEC-013"


def required_documents(file: CaseFile) -> Iterator[Raised]:
    """Each measure on the goods is met by a document of each of its groups.

    What is declared counts as declared whatever its status: a negative answer has a finding of its own. A document that
    no authority is asked about meets a measure only by an officer's word, or if the declarant's own word is enough.
    """
    for item in file.items:
        declared = file.declared[item.number]
        for measure in measures(file, item):
            for group in measure.all_of:
                accepted = _accepted(measure, group, item)
                named = [dossier for dossier in declared if dossier.document.type in accepted]
                params = {"measure": measure.measure, "commodity": item.commodity_code, **_needed(accepted)}
                if not named:
                    yield Raised(code=MISSING, goods_item=item.number, params=params, legal_basis=measure.legal_basis)
                elif not any(_enough(file, dossier) for dossier in named):
                    for dossier in named:
                        yield Raised(code=CHECK_BY_OFFICER, goods_item=item.number, document=dossier.key, params=params)


def nothing_to_verify(file: CaseFile) -> Iterator[Raised]:
    """A declaration without a document to ask about, and without a missing one, says so."""
    if any(dossier.document.adapter is not None or dossier.verification is not None for dossier in file.dossiers):
        return
    if not any(True for _ in required_documents(file)):
        yield Raised(code=NOTHING_TO_VERIFY)


def waiver_contradicts(file: CaseFile) -> Iterator[Raised]:
    """Goods are not declared under a document and under the statement that it is not needed."""
    for item in file.items:
        declared = file.declared[item.number]
        types = {dossier.document.type for dossier in declared}
        for dossier in declared:
            route = dossier.route
            if route is None:
                continue
            for waiver in route.waivers:
                if waiver in types:
                    yield Raised(
                        code=WAIVER_CONTRADICTS, goods_item=item.number, document=dossier.key, params={"waiver": waiver}
                    )


def waiver_allowed(file: CaseFile) -> Iterator[Raised]:
    """A statement about a measure that the goods come under is one that the measure admits, on this day and in this direction."""
    for item in file.items:
        for dossier in file.declared[item.number]:
            kind = dossier.document.type
            waived = file.tables.waived_by(kind)
            if not waived:
                continue
            good = file.tables.self_declared(kind, file.direction)
            for measure in measures(file, item):
                for group in measure.all_of:
                    if any(one in group for one in waived) and not (good and kind in group):
                        yield Raised(
                            code=WAIVER_NOT_ALLOWED,
                            goods_item=item.number,
                            document=dossier.key,
                            params={"measure": measure.measure, "commodity": item.commodity_code},
                            legal_basis=measure.legal_basis,
                        )


def measures(file: CaseFile, item: GoodsItem) -> tuple[RequiredDocuments, ...]:
    """The measures that the item comes under; worked out once for items alike."""
    key = ("measures", item.commodity_code, item.requested_procedure, item.origin, item.description)
    found = file.worked_out.get(key)
    if not isinstance(found, tuple):
        found = file.worked_out[key] = tuple(_measures(file, item))
    return found


def _measures(file: CaseFile, item: GoodsItem) -> Iterator[RequiredDocuments]:
    for measure in file.tables.measures(item.commodity_code):
        if file.direction not in measure.directions:
            continue
        if measure.procedures and item.requested_procedure not in measure.procedures:
            continue
        if measure.origins and item.origin is not None and item.origin not in measure.origins:
            continue
        if measure.described and not _words(measure.described).search(item.description):
            continue
        yield measure


@lru_cache(maxsize=256)
def _words(words: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile(r"\b(?:" + "|".join(re.escape(word) for word in words) + r")\b", re.IGNORECASE)


def _accepted(measure: RequiredDocuments, group: tuple[str, ...], item: GoodsItem) -> tuple[str, ...]:
    if not measure.alternatives:
        return group
    more = [
        kind
        for alternative in measure.alternatives
        if alternative.to in group and item.commodity_code.startswith(alternative.commodities)
        for kind in alternative.types
    ]
    return (*group, *more)


def _enough(file: CaseFile, dossier: Dossier) -> bool:
    """Whether the document is judged by its own findings, or needs no judgement."""
    return dossier.status is not DocumentStatus.UNROUTED or file.tables.self_declared(
        dossier.document.type, file.direction
    )


def _needed(types: tuple[str, ...]) -> dict[str, str]:
    *first, last = types
    return {"needed": "one_of" if first else "one", "first": ", ".join(first), "last": last}
