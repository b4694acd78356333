"""The texts of answers about the requirements on goods, read from a catalogue and checked as a whole."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from types import MappingProxyType

from gateway.api.views.authority_states import AuthorityState
from gateway.contract import Direction
from gateway.decisions.lookup import DependsOn
from gateway.domain.contingency import WindowMode
from gateway.domain.errors import ConfigurationError
from gateway.domain.tables.rows import QuantityMode
from gateway.domain.texts.sentences import TextFault, names

CATALOGUE = Path("messages") / "requirements.en.toml"

_SENTENCES = """
asked facts day
counted applies may_apply by_officer
nothing_needed as_of
only_checked as_of
nothing_found
not_waivable measures
more count
covered_whole as_of
covered_part as_of
covered_none version
covered_later as_of
covered_earlier as_of
applies measure
may_apply measure facts
treated
excepted_additional codes
judged_by_officer additional
contingency system number treatment
officer why
banned
basis basis since
basis_until basis since until
declare listed
no_document
limit_quantity amount
limit_value amount currency
limit_price amount currency unit
group_waivable types
group_not_waivable
group_not_waivable_above
asked_electronically system state
decides authority
by_officer
by_officer_of authority
in_no_list
compared facts
example example
one_of_several
only_way
own_statement
statement_checked
check_compares elements
check_bounds bounds measured
check_unpublished
check_by_officer
check_may facts
check_documents listed
check_for_officers
up_to amount
"""
"""Every sentence with the parameters that it may have."""

COMPARED = ("commodity", "holder", "destination", "dispatch")
"""The facts of a record that are compared with the declaration."""
_FACTS = ("commodity", "procedure", "origin", "dispatch", "destination", "additional_codes", "additional_procedures")
_PARAMETERS = {DependsOn.ADDITIONAL_CODE: frozenset({"code"}), DependsOn.DESCRIPTION: frozenset({"described"})}
_NONE: frozenset[str] = frozenset()
VIOLATIONS: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        **dict.fromkeys(
            ("repeated", "missing", "code", "direction", "country", "procedure", "no_procedure", "day"), _NONE
        ),
        "additional_code": _NONE,
        "additional_procedure": _NONE,
        "country_unknown": frozenset({"value"}),
        "unknown": frozenset({"known"}),
        "many": frozenset({"limit"}),
    }
)
"""The sentences for calls that are refused."""
_KNOWN: Mapping[str, Mapping[str, frozenset[str]]] = MappingProxyType(
    {
        "sentence": {
            name: frozenset(params) for name, *params in (line.split() for line in _SENTENCES.strip().splitlines())
        },
        "direction": dict.fromkeys((one.value for one in Direction), _NONE),
        "fact": dict.fromkeys(_FACTS, frozenset({"value"})),
        "depends": {one.value: _PARAMETERS.get(one, _NONE) for one in DependsOn},
        "state": dict.fromkeys((one.value for one in AuthorityState), _NONE),
        "window": dict.fromkeys((one.value for one in WindowMode), _NONE),
        "quantity": dict.fromkeys((one.value for one in QuantityMode), _NONE),
        "compared": dict.fromkeys(COMPARED, _NONE),
        "number": {"decimal": _NONE, "one": _NONE},
        "list": {"between": _NONE, "or": _NONE},
        "violation": VIOLATIONS,
    }
)
"""Every section with its texts and their parameters."""


class RequirementTexts:
    """A catalogue of texts about requirements in which none is missing."""

    def __init__(self, texts: Mapping[str, Mapping[str, str]]) -> None:
        self._texts = texts

    @classmethod
    def of(cls, texts: Mapping[str, Mapping[str, str]]) -> "RequirementTexts":
        """Make the catalogue from its sections.

        Raises:
            ConfigurationError: with every text that is missing, not known, or has a parameter that nobody fills.
        """
        faults = tuple(_faults(texts))
        if faults:
            raise ConfigurationError(faults)
        return cls(texts)

    def say(self, name: str, /, **params: object) -> str:
        """Return a sentence with its parameters in place."""
        return self._texts["sentence"][name].format_map(params)

    def term(self, section: str, code: str, /, **params: object) -> str:
        """Return the text for a code."""
        return self._texts[section][code].format_map(params)


def _faults(texts: Mapping[str, Mapping[str, str]]) -> Iterator[str]:
    for section in sorted(texts.keys() - _KNOWN.keys()):
        yield f"{CATALOGUE}: [{section}] is no section of this catalogue; take it out"
    for section, wanted in _KNOWN.items():
        present = texts.get(section, {})
        for name in sorted(wanted.keys() - present.keys()):
            yield f"{CATALOGUE}: [{section}] lacks the text {name!r}; add it"
        for name, text in present.items():
            if name not in wanted:
                yield f"{CATALOGUE}: [{section}] {name}: nothing is said with this text; take it out"
                continue
            try:
                unknown = names(text) - wanted[name]
            except TextFault as fault:
                yield f"{CATALOGUE}: [{section}] {name}: {fault}"
                continue
            for one in sorted(unknown):
                yield f"{CATALOGUE}: [{section}] {name}: there is no parameter {{{one}}}; take it out"
