"""The kinds of rows: where each stands in the files, and which of its fields together may be given once a day only."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, replace
from datetime import date
from itertools import product
from pathlib import Path
from typing import Any

from gateway.domain.tables.answer_ages import BeforeRelease
from gateway.domain.tables.applications import AcceptancePeriod, Ground
from gateway.domain.tables.code_rows import (
    ClassRow,
    CodeElements,
    ForeignForm,
    ListedCodes,
    Mark,
    OldCode,
    PrefixClass,
    SimplifiedDataset,
    UndividedElements,
)
from gateway.domain.tables.credibility import (
    CountryCurrency,
    CredibilityAction,
    CredibilityCheck,
    CredibilityType,
    DeferredType,
    Equality,
    ExchangeRate,
)
from gateway.domain.tables.decision_rows import (
    Accompaniment,
    AuthorityStatus,
    DecisionFit,
    Processed,
    Simplification,
    Validation,
)
from gateway.domain.tables.figures import AccountKind, FigureCode
from gateway.domain.tables.formality_rows import (
    DesignatedOffices,
    DocumentHolders,
    DocumentsTogether,
    LicenceDeviation,
    ServesOnce,
)
from gateway.domain.tables.holidays import PublicHolidays, StateCalendar
from gateway.domain.tables.identifiers import OwnMrn, PartyNumber, PreviousMrn, TransitCustoms, UnionCustoms
from gateway.domain.tables.required import RequiredDocuments
from gateway.domain.tables.rows import (
    AdviceRow,
    AskAgain,
    CauseRule,
    Conversion,
    Countries,
    DocumentRoute,
    GeneralAuthorisation,
    JudgedByOfficer,
    Office,
    RefusalRule,
    Row,
    RuleMode,
    RuleRow,
    SecondOfficer,
    Statement,
    StatusRule,
    SupplementaryUnit,
    Tolerance,
    UnionTransit,
    UnitWord,
    WindowRow,
)
from gateway.domain.tables.time_limits import HoldLimit
from gateway.domain.texts.messages import CodeName, Message, Word

Key = tuple[Any, ...]
"""One value for each field of a kind's key."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RowKind:
    """A kind of row."""

    table: str
    """Its name in the file: `[[table]]`."""
    type: type[Any]
    into: str
    """The field of `Tables` that takes its rows."""
    key: tuple[str, ...]
    """Fields that together ask one question. A field that is a list counts value by value."""
    for_all: str = ""
    """The field of the key that may be empty: the row is then for whatever no other row names."""
    may_pause: bool = False
    """Whether what a key stands for may end and begin again: no row was forgotten in between."""
    of_another: tuple[tuple[str, str], ...] = ()
    """Fields, each with the one that names what it is said of: where that is another one it is not taken over."""
    own_only: bool = False
    """Whether only an administration's own folder may have such rows, and the delivered one none."""

    @property
    def dated(self) -> bool:
        """Whether its rows hold on some days only."""
        return issubclass(self.type, Row)

    @property
    def inherited(self) -> tuple[str, ...]:
        """The fields that a row of a further folder takes over, where it does not mention them, from the rows that it replaces."""
        own = {*self.key, "valid_from", "valid_to", "source", "loosens", "place"}
        return tuple(one.name for one in fields(self.type) if one.name not in own) if self.dated else ()

    def keys(self, row: Any) -> tuple[Key, ...]:
        """Return the keys that a row, or the bare fields of one, is for."""
        return tuple(product(*(self._values(row, name) for name in self.key)))

    def _values(self, row: Any, name: str) -> tuple[Any, ...]:
        value = row[name] if isinstance(row, Mapping) else getattr(row, name)
        if not isinstance(value, tuple | list):
            return (value,)
        return tuple(value) or (("",) if name == self.for_all else ())

    def narrowed(self, row: Any, keys: tuple[Key, ...]) -> Iterator[Any]:
        """Return rows that are for these keys of a row and otherwise the same."""
        columns = [tuple(dict.fromkeys(column)) for column in zip(*keys, strict=True)]
        together = sorted(product(*columns), key=repr) == sorted(keys, key=repr)
        for values in [columns] if together else [[(value,) for value in key] for key in keys]:
            changed = {}
            for name, value in zip(self.key, values, strict=True):
                if isinstance(getattr(row, name), tuple):
                    changed[name] = () if value == ("",) else value
            yield replace(row, **changed)

    def title_of(self, key: Key) -> str:
        """Return a key as people read it."""
        return f"{self.table} {', '.join(str(part) for part in key if part not in (None, ''))}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Removed:
    """A row of a further folder by which rows of earlier folders do not hold on its days."""

    keys: tuple[Key, ...]
    valid_from: date
    valid_to: date | None
    place: str
    loosens: str | None = None


_RULE = RowKind(table="rule", type=RuleRow, into="rules", key=("codes",))
_WORD = RowKind(table="word", type=Word, into="words", key=("param", "word"))
_CODE = RowKind(table="code", type=CodeName, into="names", key=("type",))
_MESSAGE = RowKind(table="message", type=Message, into="messages", key=("code",))
_DOCUMENT = RowKind(
    table="document",
    type=DocumentRoute,
    into="routes",
    key=("types", "directions"),
    of_another=(("system", "adapter"),),
)
_CLASS = RowKind(table="class", type=ClassRow, into="classes", key=("types", "element"))
_STATEMENT = RowKind(table="statement", type=Statement, into="statements", key=("types",))
_SUPPLEMENTARY = RowKind(table="supplementary_unit", type=SupplementaryUnit, into="supplementary", key=("commodities",))
_FIGURE = RowKind(table="figure", type=FigureCode, into="figures", key=("types",))
_ACCOUNT = RowKind(table="account", type=AccountKind, into="account_kinds", key=("types",))
_REQUIREMENT = RowKind(table="requirement", type=RequiredDocuments, into="required", key=("measure",))
_FORMALITIES = (
    RowKind(
        table="holder",
        type=DocumentHolders,
        into="holders",
        key=("types", "directions", "procedures"),
        for_all="procedures",
    ),
    RowKind(table="together", type=DocumentsTogether, into="together", key=("types", "directions")),
    RowKind(table="designated_office", type=DesignatedOffices, into="designated_offices", key=("types", "directions")),
)
"""Those about documents of single formalities."""
_ON_RECORD = (
    RowKind(table="once", type=ServesOnce, into="once", key=("types",)),
    RowKind(table="deviation", type=LicenceDeviation, into="deviations", key=("types",)),
)
"""Those about the records of such documents."""

FILES: dict[str, tuple[RowKind, ...]] = {
    "documents.toml": (
        _DOCUMENT,
        _STATEMENT,
        RowKind(table="old_code", type=OldCode, into="old_codes", key=("type",)),
        RowKind(table="foreign_form", type=ForeignForm, into="foreign_forms", key=("types", "form")),
        RowKind(table="mark", type=Mark, into="marks", key=("types",)),
        RowKind(table="dataset", type=SimplifiedDataset, into="datasets", key=("dataset",)),
        RowKind(
            table="general_authorisation", type=GeneralAuthorisation, into="general_authorisations", key=("types",)
        ),
        *_FORMALITIES,
    ),
    "document_classes.toml": (
        _CLASS,
        RowKind(table="prefix_class", type=PrefixClass, into="prefix_classes", key=("prefixes",), own_only=True),
    ),
    "document_elements.toml": (
        RowKind(table="code_element", type=CodeElements, into="code_elements", key=("beginnings",)),
        RowKind(table="undivided", type=UndividedElements, into="undivided", key=("formats",)),
    ),
    "code_lists.toml": (
        RowKind(
            table="listed_code", type=ListedCodes, into="listed_codes", key=("code_list", "entries"), may_pause=True
        ),
    ),
    "requirements.toml": (
        _REQUIREMENT,
        _FIGURE,
        _ACCOUNT,
        RowKind(table="union_transit", type=UnionTransit, into="union_transit", key=("declaration_types",)),
        RowKind(
            table="judged_by_officer", type=JudgedByOfficer, into="judged_by_officer", key=("additional_procedures",)
        ),
    ),
    "credibility.toml": (
        _RULE,
        RowKind(table="check", type=CredibilityCheck, into="credibility_checks", key=("measure", "condition")),
        RowKind(table="measure_type", type=CredibilityType, into="credibility_types", key=("measure_types",)),
        RowKind(table="action", type=CredibilityAction, into="credibility_actions", key=("actions",)),
        RowKind(table="equality", type=Equality, into="equalities", key=("condition",)),
        RowKind(table="deferred", type=DeferredType, into="deferred", key=("additional_types",)),
    ),
    "exchange_rates.toml": (
        RowKind(table="rate", type=ExchangeRate, into="exchange_rates", key=("currency",)),
        RowKind(table="currency", type=CountryCurrency, into="currencies", key=("countries",)),
    ),
    "findings.toml": (
        _RULE,
        RowKind(table="mode", type=RuleMode, into="modes", key=("rule", "types"), for_all="types"),
    ),
    "advice.toml": (RowKind(table="advice", type=AdviceRow, into="advice", key=("natures", "effect", "stages")),),
    "contingency.toml": (_RULE, RowKind(table="window", type=WindowRow, into="windows", key=("types",))),
    "applications.toml": (
        RowKind(table="ground", type=Ground, into="grounds", key=("kind", "name", "phases")),
        RowKind(table="acceptance", type=AcceptancePeriod, into="acceptance_periods", key=("kinds",)),
    ),
    "changes.toml": (
        _RULE,
        RowKind(
            table="ask_again", type=AskAgain, into="ask_again", key=("adapter", "statuses", "types"), for_all="types"
        ),
        RowKind(
            table="before_release", type=BeforeRelease, into="before_release", key=("adapter", "types"), for_all="types"
        ),
    ),
    "answers.toml": (
        RowKind(table="status", type=StatusRule, into="statuses", key=("status", "successor")),
        RowKind(table="cause", type=CauseRule, into="causes", key=("cause",)),
        RowKind(table="refusal", type=RefusalRule, into="refusals", key=("reason",)),
    ),
    "decisions.toml": (
        RowKind(table="decision", type=DecisionFit, into="decisions", key=("types", "decisions")),
        RowKind(table="authority_status", type=AuthorityStatus, into="authority_statuses", key=("types", "status")),
        RowKind(table="accompanied", type=Accompaniment, into="accompanied", key=("type",)),
        RowKind(table="validated", type=Validation, into="validated", key=("types", "status")),
        RowKind(table="processed", type=Processed, into="processed", key=("types", "previous")),
        RowKind(table="simplification", type=Simplification, into="simplifications", key=("name",)),
        RowKind(
            table="second_officer",
            type=SecondOfficer,
            into="second_officers",
            key=("statuses", "outcomes", "types"),
            for_all="types",
        ),
        RowKind(table="tolerance", type=Tolerance, into="tolerances", key=("adapter", "types"), for_all="types"),
        *_ON_RECORD,
    ),
    "units.toml": (
        RowKind(table="unit", type=UnitWord, into="units", key=("word",)),
        RowKind(table="conversion", type=Conversion, into="conversions", key=("unit",)),
        _SUPPLEMENTARY,
    ),
    "countries.toml": (
        RowKind(table="country", type=Countries, into="countries", key=("countries",)),
        RowKind(table="office", type=Office, into="offices", key=("offices",)),
    ),
    "holidays.toml": (
        RowKind(table="calendar", type=StateCalendar, into="state_calendars", key=("state",)),
        RowKind(table="holiday", type=PublicHolidays, into="public_holidays", key=("state", "days")),
    ),
    "time_limits.toml": (RowKind(table="time_limit", type=HoldLimit, into="time_limits", key=("name",)),),
    "identifiers.toml": (
        _RULE,
        RowKind(table="own_mrn", type=OwnMrn, into="own_mrns", key=("directions",)),
        RowKind(table="previous_mrn", type=PreviousMrn, into="previous_mrns", key=("types",)),
        RowKind(
            table="union_customs",
            type=UnionCustoms,
            into="union_customs",
            key=("countries", "formats"),
            for_all="formats",
        ),
        RowKind(table="transit_customs", type=TransitCustoms, into="transit_customs", key=("countries",)),
        RowKind(
            table="party_number", type=PartyNumber, into="party_numbers", key=("parties", "formats"), for_all="formats"
        ),
    ),
    "messages/decisions.en.toml": (_MESSAGE,),
    "messages/measures.en.toml": (_MESSAGE, _WORD),
    "messages/records.en.toml": (_MESSAGE,),
    "messages/movements.en.toml": (_MESSAGE,),
    "messages/words.en.toml": (_WORD,),
    "messages/units.en.toml": (_WORD,),
    "messages/codes.en.toml": (_CODE,),
    "messages/statements.en.toml": (_CODE,),
}
"""What stands in which file of a folder."""
_FURTHER: Mapping[str, tuple[RowKind, ...]] = {
    "requirements/**/*.toml": (_REQUIREMENT, _DOCUMENT, _STATEMENT, _FIGURE, _ACCOUNT, *_FORMALITIES, *_ON_RECORD),
    "findings.*.toml": (_RULE,),
    "document_classes.*.toml": (_CLASS,),
    "documents.*.toml": (_DOCUMENT, _STATEMENT, *_FORMALITIES, *_ON_RECORD),
    "supplementary_units/**/*.toml": (_SUPPLEMENTARY,),
    "messages/measures.*.en.toml": (_MESSAGE, _WORD),
    "messages/words.*.en.toml": (_WORD,),
    "messages/codes.*.en.toml": (_CODE,),
    "messages/statements.*.en.toml": (_CODE,),
}
"""Further files in a folder of tables: requirements with their documents and statements, a folder a domain and a file an act; rows of
single formalities, and of the findings about them; supplementary units, a file a year of the Combined Nomenclature; parts of the classes
of codes, of their names, of words, and of what findings say."""


def files_in(folder: Path) -> Mapping[str, tuple[RowKind, ...]]:
    """Return what stands in which file of a folder: those that each folder may have, and its further ones."""
    further = {
        str(path.relative_to(folder)): kinds
        for pattern, kinds in _FURTHER.items()
        for path in sorted(folder.glob(pattern))
    }
    return FILES | further


KINDS: Mapping[str, RowKind] = {kind.into: kind for kinds in FILES.values() for kind in kinds}
"""By the field of `Tables` that takes the rows."""
