"""Whether what is declared of goods is credible: bounds of net mass, quantity and value."""

from collections.abc import Iterator

from gateway.decisions.case import OpenedCase, Raised
from gateway.decisions.credibility import (
    CheckResult,
    bands,
    compared_elements,
    is_for_officers,
    judge,
    measured,
    thresholds,
    written,
)
from gateway.decisions.requirements import admitted, items_with_measures, listed, measures_of
from gateway.domain.decision import Decision
from gateway.domain.declaration import GoodsItem
from gateway.domain.tables.credibility import CheckOutcome, CredibilityCheck

NOT_CREDIBLE = "SW-DEC-180"
SUBHEADING_NOT_ALLOWED = "SW-DEC-182"
ELEMENT_MISSING = "SW-DEC-183"
NOT_DETERMINED = "SW-DEC-184"
BY_OFFICER = "SW-DEC-185"
CODE_TOO_SHORT = "SW-DEC-186"
DEFERRED = "SW-DEC-187"
MAXIMUM_EXCEEDED = "SW-DEC-188"
ADDITIONAL_CODE = "SW-DEC-189"
SUSPICIOUS = "SW-DEC-190"
FIGURES = "SW-DEC-191"
NOT_DETERMINED_FOR_OFFICERS = "SW-DEC-192"
NOT_COMPARED = "SW-DEC-193"

_AGAINST = {CheckOutcome.CORRECTION: NOT_CREDIBLE, CheckOutcome.NOT_ALLOWED: SUBHEADING_NOT_ALLOWED}


def credible(file: OpenedCase) -> Iterator[Raised]:
    """What is declared of each goods item lies within the bounds of the checks that it comes under, each judged by its own figures;
    where that cannot be determined, an officer decides.
    """
    for item, check in _checks(file):
        if not is_for_officers(file.tables, check):
            yield from _told(file, item, judge(file, item, check))
    for item, check in _finer(file):
        if not is_for_officers(file.tables, check):
            of_code = item.commodity_code.startswith(check.commodities)
            code = ADDITIONAL_CODE if of_code else CODE_TOO_SHORT
            yield Raised(code=code, goods_item=item.number, params={"commodity": item.commodity_code})


def judged_later(file: OpenedCase) -> Iterator[Raised]:
    """The figures of a simplified declaration are judged at its supplementary declaration; that is said."""
    if not file.is_deferred:
        return
    for item, measures in items_with_measures(file):
        if any(not is_for_officers(file.tables, one) for one in measures.checks):
            yield Raised(code=DEFERRED, goods_item=item.number, params={"commodity": item.commodity_code})


def figures_for_officers(file: OpenedCase) -> Iterator[Raised]:
    """Officers are told what was compared where traders are not."""
    for item, check in _checks(file):
        result = judge(file, item, check) if not is_for_officers(file.tables, check) else None
        if result is not None and result.figure is not None and not check.published and _is_against(result):
            yield _for_officers(FIGURES, file, item, result)


def for_officers(file: OpenedCase) -> Iterator[Raised]:
    """What a check calls suspicious is for officers alone: it stands in the way of nothing, before release and after."""
    for item, check in _checks(file):
        try:
            result = judge(file, item, check)
        except Exception:  # it has no effect, so its fault has none, and no trader learns that there is such a check
            result = CheckResult(check, unjudged="failed")
        if result.outcome is CheckOutcome.SUSPICIOUS:
            yield _for_officers(SUSPICIOUS, file, item, result)
        elif result.outcome is None and is_for_officers(file.tables, check):
            yield _for_officers(NOT_DETERMINED_FOR_OFFICERS, file, item, result)
    for item, check in _finer(file):
        if is_for_officers(file.tables, check):
            result = CheckResult(check, unjudged="digits")
            yield _for_officers(NOT_DETERMINED_FOR_OFFICERS, file, item, result)


def is_suspicious(decision: Decision) -> bool:
    """Whether a decision tells officers of something suspicious."""
    return any(finding.code == SUSPICIOUS for finding in decision.findings)


def _checks(file: OpenedCase) -> Iterator[tuple[GoodsItem, CredibilityCheck]]:
    if file.is_deferred:
        return
    for item, measures in items_with_measures(file):
        for check in measures.checks:
            yield item, check


def _finer(file: OpenedCase) -> Iterator[tuple[GoodsItem, CredibilityCheck]]:
    if file.is_deferred:
        return
    for item, measures in items_with_measures(file):
        for check in measures.finer_checks:
            yield item, check


def _told(file: OpenedCase, item: GoodsItem, result: CheckResult) -> Iterator[Raised]:
    """Return what is said of a check to everybody; of what is allowed, and of what is suspicious, nothing."""
    check, commodity = result.check, {"commodity": item.commodity_code}
    code, params = "", dict(commodity)
    if file.case.unpublished_untold and not check.published and result.figure is not None:
        code = NOT_COMPARED
    elif result.by_officer:
        code = BY_OFFICER
    elif result.missing:
        code, params["missing"] = ELEMENT_MISSING, result.missing
    elif result.unjudged:
        code = NOT_DETERMINED
        params |= {"unjudged": result.unjudged, "currency": result.currency}
    elif result.outcome in _AGAINST:
        code = _AGAINST[result.outcome]
        params |= {"elements": compared_elements(file.tables, check), **_band(file, result)}
        if check.documents:
            types = admitted(file.tables, measures_of(file, item).goods, check.documents)
            code, params["alternatives"] = MAXIMUM_EXCEEDED, listed(file.tables, file.direction, types)
    if code:
        yield Raised(code=code, goods_item=item.number, params=params, legal_basis=check.legal_basis)


def _is_against(result: CheckResult) -> bool:
    return bool(result.unjudged) or result.outcome in _AGAINST


def _band(file: OpenedCase, result: CheckResult) -> dict[str, str]:
    """Return bounds and figure, where traders may read them; else they stand in no parameter."""
    if not result.check.published or result.figure is None:
        return {"band": "", "figure": "", "measured": "", "bounds": ""}
    return {
        "band": "published",
        "figure": written(result.figure),
        "measured": measured(result.check),
        "bounds": bands(file.tables, result.check),
    }


def _for_officers(code: str, file: OpenedCase, item: GoodsItem, result: CheckResult) -> Raised:
    check = result.check
    return Raised(
        code=code,
        goods_item=item.number,
        params={
            "commodity": item.commodity_code,
            "measure": check.measure,
            "measure_type": check.measure_type,
            "figure": written(result.figure) if result.figure is not None else "-",
            "measured": measured(check),
            "thresholds": thresholds(check),
            "unjudged": result.unjudged or ("by_officer" if result.by_officer else ""),
            "missing": result.missing,
            "currency": result.currency,
        },
        legal_basis=check.legal_basis,
    )
