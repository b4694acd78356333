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


_RULE = _of(RuleRow)
_WORD = _of(Word)
_CODE = _of(CodeName)
_MESSAGE = _of(Message)
_DOCUMENT = _of(DocumentRoute)
_CLASS = _of(ClassRow)
_STATEMENT = _of(Statement)
_SUPPLEMENTARY = _of(SupplementaryUnit)
_FIGURE = _of(FigureCode)
_ACCOUNT = _of(AccountKind)
_REQUIREMENT = _of(RequiredDocuments)
_FORMALITIES = (_of(DocumentHolders), _of(DocumentsTogether), _of(DesignatedOffices))
"""Those about documents of single formalities."""
_ON_RECORD = (_of(ServesOnce), _of(LicenceDeviation))
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
    "findings.toml": (_RULE, _of(RuleMode)),
    "advice.toml": (_of(AdviceRow),),
    "contingency.toml": (_RULE, _of(WindowRow)),
    "applications.toml": (_of(Ground), _of(AcceptancePeriod)),
    "changes.toml": (_RULE, _of(AskAgain), _of(BeforeRelease)),
    "answers.toml": (_of(StatusRule), _of(CauseRule), _of(RefusalRule)),
    "decisions.toml": (
        _of(DecisionFit),
        _of(AuthorityStatus),
        _of(Accompaniment),
        _of(Validation),
        _of(Processed),
        _of(Simplification),
        _of(SecondOfficer),
        _of(Tolerance),
        *_ON_RECORD,
    ),
    "units.toml": (_of(UnitWord), _of(Conversion), _SUPPLEMENTARY),
    "countries.toml": (_of(Countries), _of(Office)),
    "holidays.toml": (_of(StateCalendar), _of(PublicHolidays)),
    "time_limits.toml": (_of(HoldLimit),),
    "identifiers.toml": (
        _RULE,
        _of(OwnMrn),
        _of(PreviousMrn),
        _of(UnionCustoms),
        _of(TransitCustoms),
        _of(PartyNumber),
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
