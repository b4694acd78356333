"""The code of another administration's profile for a cited document, as far as its facts follow from what is known."""

from collections.abc import Mapping, Sequence
from datetime import date

from gateway.decisions.case import Dossier
from gateway.decisions.national.matrix import NOT_STATED, Possible, releases, spread
from gateway.decisions.national.matrix import faults as profile_faults
from gateway.domain.decision import Effect, National
from gateway.domain.tables.profile import Known, Profile, ProfileFact

KnownValues = Mapping[Known, str]
_REMEMBERED = 1_000
"""Kinds of documents whose answers are kept at hand."""


def national(profile: Profile | None, dossiers: Sequence[Dossier], effect: Effect, *, on: date) -> National | None:
    """Return a profile's code for a document by everything that is known of it.

    `effect` is the document's effect here by itself: softened neither by the kind of declaration nor by a contingency
    window. A code is given where it is the same whatever the facts are that are not known; one that releases, only where the
    profile has a row for everything that is known, and `effect` allows it. Otherwise it is not determined. None: there
    is no profile, or it is not about documents of this type.
    """
    answers = [_remembered(profile, _known_values(dossier), on) for dossier in dossiers] if profile is not None else []
    first = next(iter(answers), None)
    if profile is None or first is None:
        return None
    if any(other != first for other in answers):
        # Several verifications are known of the document, and they come to different codes.
        return National(profile=profile.name, code=None)
    if effect.gravity > Effect.RELEASE.gravity and first.code is not None and releases(profile, first.code):
        return National(profile=profile.name, code=None, facts=first.facts)
    return first


def faults(profile: Profile) -> tuple[str, ...]:
    """Return why decisions cannot carry the codes of a profile; each with its place."""
    found = profile_faults(profile)
    if not found and all(row.known is not Known.DOCUMENT_TYPE for row in profile.facts):
        found = (
            f"profiles/{profile.name}/profile.toml:1: no [[fact]] of {Known.DOCUMENT_TYPE} says which documents it is about",
        )
    return found


def _remembered(profile: Profile, values: KnownValues, on: date) -> National | None:
    key = (on, *values.items())
    try:
        return profile.answered[key]
    except KeyError:
        answer = _of_one(profile, values, on)
    if len(profile.answered) >= _REMEMBERED:
        profile.answered.clear()
    profile.answered[key] = answer
    return answer


def _of_one(profile: Profile, stated: KnownValues, on: date) -> National | None:
    rows = [
        row for row in profile.facts if row.in_force(on) and (not row.types or stated[Known.DOCUMENT_TYPE] in row.types)
    ]
    matching = [row for row in rows if stated.get(row.known) in row.says]
    if all(row.known is not Known.DOCUMENT_TYPE for row in matching):
        return None
    meanings = _meanings(matching)
    facts = {column: next(iter(values)) for column, values in sorted(meanings.items()) if len(values) == 1}
    if contradicted := [column for column, values in meanings.items() if not values]:
        return National(profile=profile.name, code=None, facts=facts, unknown=tuple(sorted(contradicted)))
    results = spread(profile, _possible(profile, meanings), on=on)
    if len(results.outcomes) > 1:
        return National(profile=profile.name, code=None, facts=facts, unknown=tuple(sorted(results.columns)))
    (outcome,) = results.outcomes
    strange = {row.known for row in rows if row.known in stated} - {row.known for row in matching}
    if strange and releases(profile, outcome.code):
        return National(profile=profile.name, code=None, facts=facts, unknown=tuple(sorted(strange)))
    means = profile.codes[outcome.code].says
    return National(profile=profile.name, code=outcome.code, detail=outcome.detail, says=means, facts=facts)


def _known_values(dossier: Dossier) -> KnownValues:
    stated = {Known.DOCUMENT_TYPE: dossier.document.type, Known.STATUS: dossier.status.value}
    record = dossier.certificate
    if record is not None:
        stated |= {Known.RECORD_TYPE: record.type, Known.AUTHORITY_STATUS: record.authority_status}
        if record.decision is not None:
            stated[Known.DECISION] = record.decision
    return stated


def _meanings(rows: Sequence[ProfileFact]) -> Possible:
    """Return for each column the values that all rows leave; none where they contradict each other."""
    meanings: dict[str, frozenset[str]] = {}
    for row in rows:
        for column, values in row.means.items():
            meanings[column] = meanings.get(column, frozenset(values)) & frozenset(values)
    return meanings


def _possible(profile: Profile, meanings: Possible) -> Possible:
    """Add the columns of which nothing is known: any value; one that may be left out and that no row gives is left out."""
    derived = {column for row in profile.facts for column in row.means}
    possible = dict(meanings)
    for name, column in profile.columns.items():
        if name not in possible:
            left_out = column.optional and name not in derived
            possible[name] = frozenset((NOT_STATED,) if left_out else column.values)
    return possible
