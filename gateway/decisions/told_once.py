"""Findings that another one repeats of the same goods or document: what a decision says once."""

from collections.abc import Iterable
from types import MappingProxyType
from typing import Any

from gateway.decisions.findings import RaisedKey
from gateway.decisions.rules.destinations import NOT_COVERED
from gateway.decisions.rules.presence import MISSING, WAIVER_NOT_ALLOWED
from gateway.decisions.rules.record import DESTINATION
from gateway.domain.decision import Finding, Mode

_TOLD_WITH = MappingProxyType({MISSING: WAIVER_NOT_ALLOWED, DESTINATION: NOT_COVERED})
"""The finding that says the same and more, by finding: the statement that is not admitted, with what is missing; the destinations of a
general authorisation by its act, not by its record alone."""
_ALIKE = MappingProxyType({WAIVER_NOT_ALLOWED: ("measure", "alternatives"), NOT_COVERED: ("country",)})
"""The parameters in which both have to be alike."""


def told_once(judged: Iterable[tuple[RaisedKey, Finding]]) -> set[Finding]:
    """Return the findings without those that another one repeats, which counts, is as grave, and has the same readers."""
    every = list(judged)
    found = {finding for _, finding in every}
    repeated = [(raised, finding) for raised, finding in every if finding.code in _TOLD_WITH]
    if not repeated:
        return found
    telling = {
        _about(raised, finding, finding.code)
        for raised, finding in every
        if finding.code in _ALIKE and finding.mode is Mode.ACTIVE
    }
    return found - {
        finding for raised, finding in repeated if _about(raised, finding, _TOLD_WITH[finding.code]) in telling
    }


def _about(raised: RaisedKey, finding: Finding, code: str) -> tuple[Any, ...]:
    """Return what a finding is about and weighs, as that of the code would have it."""
    params = dict(raised[3])
    alike = tuple(params.get(name) for name in _ALIKE[code])
    document = finding.document if code == NOT_COVERED else None
    return (code, finding.goods_item, document, alike, finding.effect, finding.nature, finding.told, finding.mode)
