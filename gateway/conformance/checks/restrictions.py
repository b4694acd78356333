"""What restricts a document is reported: its holder, the countries that it is for, and each type that it may be of."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

from gateway.conformance.inspection import Inspection, JudgedResult
from gateway.conformance.leaves import AnswerLeaf, answer_leaves, is_at, with_leaves
from gateway.conformance.package import AdapterPackage
from gateway.conformance.recording import FOLDER, Recording
from gateway.conformance.rule import ConformanceRule, Nonconformity, rule
from gateway.conformance.units import named_in_code
from gateway.contract import Answer, Certificate, Response, Status
from gateway.domain.verification import holders_of

HOLDER = rule(
    "restrictions.holder_unread",
    "An EORI that stands in an answer is read, and a holder's is told as the holder: another one there becomes another holder, or raises",
    "report it as `holder`, of several as `holders`; one that restricts nobody is named in exchanges/settings.toml, [left_out], with the reason",
)
DESTINATION = rule(
    "restrictions.destination_unread",
    "A country that stands in an answer is read, and one of destination is told among `destinations`: another one there becomes another, or raises",
    "report it as `destinations`, `dispatched_from` or `origin`; one that restricts nothing is named in exchanges/settings.toml, [left_out], with the reason",
)
TYPE = rule(
    "restrictions.type_unread",
    "The type of a document is the answer's: where the answer says another one, the certificate is of another type, or it raises",
    "look it up in a code list that raises for what it does not hold, and report what the answer says, never what was asked",
)
NOT_RECORDED = rule(
    "restrictions.type_not_recorded",
    "Each document type of the manifest is expected by a recording of `verify`",
    "record an answer about a document of that type (`gateway record NAME REFERENCE --type TYPE`), or take the type out of the manifest",
)

MOST_TOLD = 5
"""The most places of one rule that are reported."""
_EORI = re.compile(r"[A-Z]{2}(?=(?:[A-Z]*[0-9]){6})[A-Z0-9]{8,15}")
_SHORT_EORI = re.compile(r"[A-Z]{2}(?=[A-Z]*[0-9])[A-Z0-9]{1,15}")
_COUNTRY = re.compile("[A-Z]{2}")
_HOLDERS = frozenset({"holder", "holders", "licensee", "permittee", "grantee", "titulaire", "inhaber"})
_EORI_NAMES = frozenset({"eori", *_HOLDERS})
_DESTINATIONS = frozenset({"destination", "destinations", "bestimmungsland"})
_COUNTRY_NAMES = frozenset(
    {"country", "countries", "nation", "origin", "origins", "dispatch", "land", "pays", *_DESTINATIONS}
)
_OF_LANGUAGE = frozenset({"language", "lang", "locale"})
_TYPE_NAMES = frozenset({"type", "kind", "category"})
_DOCUMENT_NAMES = frozenset(
    {"document", "permit", "licence", "license", "certificate", "authorisation", "authorization", "code", *_TYPE_NAMES}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Restriction:
    """A text of an answer that restricts the document, and what it has to become."""

    leaf: AnswerLeaf
    broken: ConformanceRule
    other: str
    """Another text of the same form."""
    fact: Callable[[Certificate], object] | None = None
    """The fact that it is; None: any."""


def check_restrictions(inspection: Inspection) -> Iterator[Nonconformity]:
    """Put others in the places of holders, countries and types, and see whether the adapter follows."""
    yield from _types_not_recorded(inspection)
    recordings = [one for one in inspection.of("verify") if getattr(inspection.result(one).value, "certificate", None)]
    # What is not valid releases nothing: what restricts it counts only where nothing else shows that place.
    recordings.sort(key=lambda one: _status(inspection, one) is not Status.VALID)
    words = _type_words(inspection.package)
    type_places = _type_places(inspection, recordings)
    seen: set[str] = set()
    told: dict[ConformanceRule, int] = {}
    for recording in recordings:
        found = list(_unread(inspection, recording, words, type_places, seen))
        for one in found:
            told[one.rule] = told.get(one.rule, 0) + 1
            if told[one.rule] <= MOST_TOLD:
                yield one


def _status(inspection: Inspection, recording: Recording) -> Status:
    answer: Answer = inspection.result(recording).value
    return answer.status


def _types_not_recorded(inspection: Inspection) -> Iterator[Nonconformity]:
    certificates = (getattr(one.expect.value, "certificate", None) for one in inspection.recordings)
    expected = {one.type for one in certificates if one is not None}
    missing = [one for one in inspection.package.manifest.document_types if one not in expected]
    if missing:
        yield Nonconformity(
            rule=NOT_RECORDED, place=FOLDER, what=f"no recording expects a document of {', '.join(missing)}"
        )


def _unread(
    inspection: Inspection,
    recording: Recording,
    words: Mapping[str, Mapping[str, str]],
    type_places: frozenset[str],
    seen: set[str],
) -> Iterator[Nonconformity]:
    """Yield the places whose text may be another one, and nobody notices; those of documents that are not valid only where they were not `seen`."""
    recorded = inspection.result(recording)
    valid = _status(inspection, recording) is Status.VALID
    own = {
        (one.broken.name, one.leaf.shown, one.leaf.text): one
        for one in _restrictions(recording, inspection, words, type_places)
    }
    wanted = [one for one in own.values() if valid or one.leaf.shown not in seen]
    results = inspection.results(recording, [_with(recording, one) for one in wanted]) if wanted else []
    for one, result in zip(wanted, results, strict=True):
        seen.add(one.leaf.shown)
        if not _follows(recorded, result, one.fact):
            what = f"{one.leaf.shown}: {one.other} in the place of {one.leaf.text} changes nothing of it"
            yield Nonconformity(rule=one.broken, place=recording.place, what=what)


def _follows(recorded: JudgedResult, result: JudgedResult, fact: Callable[[Certificate], object] | None) -> bool:
    if result.fault is not None:
        return True
    before, after = recorded.value.certificate, result.value.certificate
    if fact is None or before is None or after is None:
        return bool(result.value != recorded.value)
    return fact(before) != fact(after)


def _restrictions(
    recording: Recording, inspection: Inspection, words: Mapping[str, Mapping[str, str]], type_places: frozenset[str]
) -> Iterator[_Restriction]:
    left_out = inspection.package.left_out
    for leaf in (leaf for answer in recording.answers for leaf in answer_leaves(answer.body)):
        if is_at(leaf.shown, left_out) or leaf.text == recording.reference:
            continue
        if (other := _other_type(words, leaf, type_places)) is not None:
            yield _Restriction(leaf=leaf, broken=TYPE, other=other, fact=lambda one: one.type)
        if (found := _party_or_country(leaf)) is not None:
            yield found


def another_operator(leaf: AnswerLeaf) -> str | None:
    """Return another EORI for a leaf that is one; None: it is none."""
    if _EORI.fullmatch(leaf.text) or (leaf.words_of(2) & _EORI_NAMES and _SHORT_EORI.fullmatch(leaf.text)):
        return leaf.text[:-1] + ("2" if leaf.text[-1] == "1" else "1")
    return None


def _party_or_country(leaf: AnswerLeaf) -> _Restriction | None:
    named = leaf.words_of(2)
    if (other := another_operator(leaf)) is not None:
        holder = holders_of if named & _HOLDERS else None
        return _Restriction(leaf=leaf, broken=HOLDER, other=other, fact=holder)
    if named & _COUNTRY_NAMES and not named & _OF_LANGUAGE and _COUNTRY.fullmatch(leaf.text):
        other = "NZ" if leaf.text != "NZ" else "CL"
        told = (lambda one: one.destinations) if named & _DESTINATIONS else None
        return _Restriction(leaf=leaf, broken=DESTINATION, other=other, fact=told)
    return None


def _with(recording: Recording, one: _Restriction) -> list[Response]:
    """Return the recorded answers with the other text in that place, wherever it says the same."""
    change = partial(_put, one.leaf.shown, one.leaf.text, one.other)
    bodies = [with_leaves(answer.body, change) for answer in recording.answers]
    return [
        answer if body is None else replace(answer, body=body)
        for answer, body in zip(recording.answers, bodies, strict=True)
    ]


def _put(shown: str, old: str, new: str, leaf: AnswerLeaf) -> str | None:
    return new if (leaf.shown, leaf.text) == (shown, old) else None


def _type_words(package: AdapterPackage) -> Mapping[str, Mapping[str, str]]:
    """Return, by the list that has them, the adapter's words for its types, each with its type; the types' own codes too."""
    types = package.manifest.document_types
    found: dict[str, dict[str, str]] = {"": {one: one for one in types}}
    for name, code, means in package.code_rows:
        if means in types:
            found.setdefault(name, {})[code] = means
    for code, means in named_in_code(package):
        if means in types:
            found.setdefault("code", {})[code] = means
    return found


def _other_type(words: Mapping[str, Mapping[str, str]], leaf: AnswerLeaf, type_places: frozenset[str]) -> str | None:
    """Return a word for another type than a leaf is the word for; None: it is the word for none, or there is no other."""
    for name, known in words.items():
        if leaf.text in known and (
            not name or leaf.words & _DOCUMENT_NAMES or len(leaf.text) > 3 or leaf.shown in type_places
        ):
            return next((one for one, means in known.items() if means != known[leaf.text]), None)
    return "QUEBEC9" if leaf.shown in type_places else None


def _type_places(inspection: Inspection, recordings: Sequence[Recording]) -> frozenset[str]:
    """Return the places, named as a document's type, whose texts differ with the expected types."""
    types: dict[str, dict[str, set[str]]] = {}
    for recording in recordings:
        certificate = inspection.result(recording).value.certificate
        for leaf in (leaf for answer in recording.answers for leaf in answer_leaves(answer.body)):
            if leaf.words & _TYPE_NAMES and leaf.words <= _DOCUMENT_NAMES:
                types.setdefault(leaf.shown, {}).setdefault(leaf.text, set()).add(certificate.type)
    return frozenset(
        place
        for place, texts in types.items()
        if len(set().union(*texts.values())) > 1 and all(len(one) == 1 for one in texts.values())
    )
