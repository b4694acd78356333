"""The texts of explanations: sentences, headings and names for codes, read from a catalogue and checked as a whole."""

import tomllib
from collections.abc import Iterable, Iterator, Mapping
from enum import StrEnum
from pathlib import Path
from types import MappingProxyType

from gateway.domain.decision import Advice, Effect
from gateway.domain.errors import ConfigurationError
from gateway.domain.events import EventKind
from gateway.domain.movement import MovementKind, MovementState, Shown
from gateway.domain.release import InterventionKind
from gateway.domain.tables.rows import Row
from gateway.domain.texts.sentences import TextFault, names
from gateway.domain.verification import DocumentClass, DocumentStatus
from gateway.settings.tables.kinds import KINDS

CATALOGUE = Path("messages") / "explanation.en.toml"

_SENTENCES = """
undecided version
decided version mrn effect at advice
mrn_unknown
forecast
supplementary
newest
superseded
rules version digest
document type reference items status effect
document_unrouted type reference items
document_unasked document_class note
document_not_told type reference items
national profile code says facts
national_not_known profile unknown facts
national_held profile facts
asked authority system at status
asked_officer at status
officer officer means reason
officers officer second means reason
cause cause attempts
record facts
record_status status
record_decision decision
record_from day
record_to day
record_holder holder
record_destinations destinations
record_successors successors
record_type type
left lines
left_line line available
messages ids
evidence digests
nobody
quantity item line declared available movement
quantity_unknown item reason
movement number at kind state
finding code effect subject message
finding_shadow code subject would message
finding_officers code subject message
remedy remedy
basis basis
rule name promise
no_findings
subject_declaration
subject_item item
subject_document type reference
subject_both item type reference
item items effect causes
items items effect causes
item_free items
items_free items
cause_finding code says
cause_document type reference status
cause_unheld type reference
cause_unknown
gravest effect
less_grave count effect
less_grave_one effect
shadow count effect
shadow_one effect
told_effect effect
told_softened
told_finding code message remedy
told_nothing
row place what keys period source
row_nowhere
row_since start
row_between start end
row_more count
act at what by
act_second second
act_reason reason
act_key person key role
act_asserted person key role
act_unproven person key role
act_before person
act_unnamed
act_unknown
again_same
again_same_elsewhere version digest
again_different
again_different_elsewhere version digest
again_not_asked version digest
again_declaration_erased
again_answers_erased
again_answers_changed
"""
"""Every sentence with the parameters that it may have."""

_HEADINGS = "undecided lrn\ndecision number lrn\nfacts\nfindings\nwon\ntrader\nrows\nacts\nagain"


ROW_NAMES: Mapping[type[Row], str] = MappingProxyType(
    {kind.type: kind.table for kind in KINDS.values() if issubclass(kind.type, Row)}
)
"""Each kind of row with the name of its table in the files."""


ACTS = (
    EventKind.RECEIVED,
    EventKind.AMENDMENT_RECEIVED,
    EventKind.ACCEPTANCE_RECEIVED,
    EventKind.INVALIDATION_RECEIVED,
    EventKind.VERIFIED_BY_OFFICER,
    EventKind.CONFIRMED,
    EventKind.RELEASE_RECEIVED,
    EventKind.INTERVENTION_RECEIVED,
    EventKind.ABANDONED,
    EventKind.DOUBTED,
    EventKind.LAPSED,
    EventKind.APPLICATION_RECEIVED,
    EventKind.APPLICATION_GRANTED,
    EventKind.APPLICATION_REFUSED,
    EventKind.APPLICATION_WITHDRAWN,
    EventKind.ASSESSMENT_REQUESTED,
    EventKind.EXAMINATION_ANNOUNCED,
    EventKind.EXAMINATION_TOOK_PLACE,
    EventKind.EXAMINATION_WITHDRAWN,
    EventKind.MRN_YIELDED,
)
"""What somebody does to a declaration, and the gateway itself when it falls due."""


def _values(kind: type[StrEnum]) -> frozenset[str]:
    return frozenset(one.value for one in kind)


_CODES = {
    "row": frozenset(ROW_NAMES.values()),
    "effect": _values(Effect),
    "standing": _values(Effect),
    "would": _values(Effect),
    "advice": _values(Advice),
    "status": _values(DocumentStatus),
    "document_class": _values(DocumentClass) | {"unknown"},
    "movement": _values(Shown),
    "order": _values(MovementKind) | _values(InterventionKind),
    "act": frozenset(kind.value for kind in ACTS),
    "state": _values(MovementState),
}
"""The sections that have a text for each code of a closed list."""


class ExplanationTexts:
    """A catalogue of explanation texts in which none is missing."""

    def __init__(self, texts: Mapping[str, Mapping[str, str]]) -> None:
        self._texts = texts

    @classmethod
    def read(cls, folder: Path) -> "ExplanationTexts":
        """Read the catalogue of a configuration folder.

        Raises:
            ConfigurationError: with every text that is missing, not known, or has a parameter that nobody fills.
        """
        file = folder / CATALOGUE
        try:
            texts = tomllib.loads(file.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise ConfigurationError((f"{CATALOGUE}: cannot be read: {error}; put the shipped file back",)) from error
        return cls.of(texts)

    @classmethod
    def of(cls, texts: Mapping[str, Mapping[str, str]]) -> "ExplanationTexts":
        """Make the catalogue from its sections.

        Raises:
            ConfigurationError: as for `read`.
        """
        faults = tuple(_faults(texts))
        if faults:
            raise ConfigurationError(faults)
        return cls(texts)

    def say(self, name: str, /, **params: object) -> str:
        """Return a sentence with its parameters in place."""
        return self._texts["sentence"][name].format_map(params)

    def heading(self, name: str, /, **params: object) -> str:
        """Return a heading with its parameters in place."""
        return self._texts["heading"][name].format_map(params)

    def term(self, section: str, code: str) -> str:
        """Return the text for a code; one that an earlier version stored, and that has no text, is returned itself."""
        return self._texts[section].get(code, code)

    def of_items(self, numbers: str, count: int) -> str:
        """Name goods items; without any the whole declaration."""
        return self._texts["items"]["many" if count > 1 else "one" if count else "none"].format_map({"items": numbers})


def _faults(texts: Mapping[str, Mapping[str, str]]) -> Iterator[str]:
    known = {
        "sentence": _with_parameters(_SENTENCES),
        "heading": _with_parameters(_HEADINGS),
        "items": _with_parameters("none\none items\nmany items"),
        **{section: dict.fromkeys(codes, frozenset[str]()) for section, codes in _CODES.items()},
    }
    yield from (
        f"{CATALOGUE}: [{section}] is no section of this catalogue; take it out" for section in texts.keys() - known
    )
    for section, wanted in known.items():
        present = texts.get(section, {})
        yield from (
            f"{CATALOGUE}: [{section}] lacks the text {one!r}; add it" for one in sorted(wanted.keys() - present.keys())
        )
        for name, text in present.items():
            if name not in wanted:
                yield f"{CATALOGUE}: [{section}] {name}: nothing is said with this text; take it out"
            else:
                yield from _misused(f"{CATALOGUE}: [{section}] {name}", text, wanted[name])


def _misused(place: str, text: object, params: frozenset[str]) -> Iterator[str]:
    if not isinstance(text, str) or not text.strip():
        yield f"{place}: a text is needed"
        return
    try:
        unknown = names(text) - params
    except TextFault as fault:
        yield f"{place}: {fault}"
        return
    yield from (f"{place}: there is no parameter {{{one}}}; take it out" for one in sorted(unknown))


def _with_parameters(lines: str) -> Mapping[str, frozenset[str]]:
    pairs: Iterable[list[str]] = (line.split() for line in lines.strip().splitlines())
    return MappingProxyType({name: frozenset(params) for name, *params in pairs})
