"""The kinds of rows: where each stands in the files, and which of its fields together may be given once a day only."""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from datetime import date
from pathlib import Path
from typing import Any, get_args

from gateway.domain.row_kind import DECLARED, Key, RowKind
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
from gateway.domain.tables.in_force import Tables
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Removed:
    """A row of a further folder by which rows of earlier folders do not hold on its days."""

    keys: tuple[Key, ...]
    valid_from: date
    valid_to: date | None
    place: str
    loosens: str | None = None


_INTO = {of: one.name for one in fields(Tables) for of in get_args(one.type) if of in DECLARED}


def _of(row: type[Any]) -> RowKind:
    """Return the kind that the class of its rows declares."""
    return replace(DECLARED[row], into=_INTO[row])


_RULE = RowKind(table="rule", type=RuleRow, into="rules", key=("codes",))
_WORD = RowKind(table="word", type=Word, into="words", key=("param", "word"))
_CODE = RowKind(table="code", type=CodeName, into="names", key=("type",))
_MESSAGE = RowKind(table="message", type=Message, into="messages", key=("code",))
_DOCUMENT = _of(DocumentRoute)
_CLASS = _of(ClassRow)
_STATEMENT = _of(Statement)
_SUPPLEMENTARY = RowKind(table="supplementary_unit", type=SupplementaryUnit, into="supplementary", key=("commodities",))
_FIGURE = _of(FigureCode)
_ACCOUNT = _of(AccountKind)
_REQUIREMENT = _of(RequiredDocuments)
_FORMALITIES = (_of(DocumentHolders), _of(DocumentsTogether), _of(DesignatedOffices))
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
        _of(OldCode),
        _of(ForeignForm),
        _of(Mark),
        _of(SimplifiedDataset),
        _of(GeneralAuthorisation),
        *_FORMALITIES,
    ),
    "document_classes.toml": (_CLASS, _of(PrefixClass)),
    "document_elements.toml": (_of(CodeElements), _of(UndividedElements)),
    "code_lists.toml": (_of(ListedCodes),),
    "requirements.toml": (_REQUIREMENT, _FIGURE, _ACCOUNT, _of(UnionTransit), _of(JudgedByOfficer)),
    "credibility.toml": (
        _RULE,
        _of(CredibilityCheck),
        _of(CredibilityType),
        _of(CredibilityAction),
        _of(Equality),
        _of(DeferredType),
    ),
    "exchange_rates.toml": (_of(ExchangeRate), _of(CountryCurrency)),
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
