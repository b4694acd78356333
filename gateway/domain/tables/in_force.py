"""All rows of all days, and those in force on one day, indexed for the questions of routing and decisions."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import date
from decimal import Decimal
from typing import Any, Self, TypeVar

from gateway.contract import Direction, Refusal
from gateway.domain.contingency import OUTAGES, WindowMode
from gateway.domain.decision import Advice, Effect, Mode, Nature
from gateway.domain.declaration import Kind
from gateway.domain.tables.answer_ages import AnswerAges, BeforeRelease
from gateway.domain.tables.applications import AcceptancePeriod, ApplicationKind, Ground, Phase
from gateway.domain.tables.case_hours import CaseHours
from gateway.domain.tables.change import TableChange
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
from gateway.domain.tables.consulted import Recorder
from gateway.domain.tables.credibility import (
    CountryCurrency,
    CredibilityAction,
    CredibilityCheck,
    CredibilityType,
    DeferredType,
    Equality,
    ExchangeRate,
)
from gateway.domain.tables.credibility_in_force import CredibilityInForce
from gateway.domain.tables.decision_rows import (
    Accompaniment,
    AuthorityStatus,
    DecisionFit,
    Processed,
    Simplification,
    Validation,
)
from gateway.domain.tables.document_codes import DocumentCodes, admits, by_element
from gateway.domain.tables.figures import AccountKind, FigureCode, FiguresInForce
from gateway.domain.tables.formalities_in_force import FormalitiesInForce
from gateway.domain.tables.formality_rows import (
    DesignatedOffices,
    DocumentHolders,
    DocumentsTogether,
    LicenceDeviation,
    ServesOnce,
)
from gateway.domain.tables.further_rows import FurtherRows
from gateway.domain.tables.goods import Goods
from gateway.domain.tables.holidays import HolidaysInForce, PublicHolidays, StateCalendar
from gateway.domain.tables.identifiers import OwnMrn, PartyNumber, PreviousMrn, TransitCustoms, UnionCustoms
from gateway.domain.tables.identifiers_in_force import IdentifiersInForce
from gateway.domain.tables.measures_in_force import MeasuresInForce
from gateway.domain.tables.profile import Profile
from gateway.domain.tables.records_in_force import RecordsInForce
from gateway.domain.tables.required import RequiredDocuments
from gateway.domain.tables.rows import (
    WITHOUT_A_ROW,
    AdviceRow,
    AskAgain,
    CauseRule,
    Conversion,
    Countries,
    DecisionStage,
    DocumentRoute,
    Element,
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
from gateway.domain.tables.taric import Taric
from gateway.domain.tables.time_limits import HoldLimit
from gateway.domain.tables.units_in_force import UnitsInForce
from gateway.domain.texts.messages import CodeName, Message, Word
from gateway.domain.texts.sentences import english
from gateway.domain.verification import DocumentClass, DocumentStatus

R = TypeVar("R", bound=Row)


class InForce(UnitsInForce):
    """The rows of one day, which answer questions. It never changes; a recorder, if given, notes the rows that answer."""

    def __init__(self, tables: "Tables", day: date) -> None:
        def now(rows: Iterable[R]) -> tuple[R, ...]:
            return tuple(row for row in rows if row.in_force(day))

        super().__init__(now(tables.units), now(tables.conversions), now(tables.supplementary))
        self.day = day
        self.version = tables.version
        self.digest = tables.digest
        self._routes = {
            (kind, direction): route
            for route in now(tables.routes)
            for kind in route.types
            for direction in route.directions
        }
        self._known = {kind: route for route in now(tables.routes) for kind in route.types}
        self._routed = {kind: one for one in now(tables.routes) if one.adapter is not None for kind in one.types}
        self.has_classes = bool(tables.classes)
        """Whether documents have classes; in a set that was stored before they had, none has."""
        self._classes, self._classes_elsewhere = by_element(now(tables.classes))
        self._prefix_classes = {prefix: row for row in now(tables.prefix_classes) for prefix in row.prefixes}
        self._codes = DocumentCodes(tables.listed_codes, now(tables.code_elements), now(tables.undivided), day)
        self.has_places = self._codes.placed
        """Whether it is known in which data elements codes may stand; in a set that was stored before, it is of none."""
        self._statements = {kind: row for row in now(tables.statements) for kind in row.types}
        self._waiving = {kind: row for row in tables.statements for kind in row.types}
        self._dated = tables.known()
        self.records = RecordsInForce(
            decisions=now(tables.decisions),
            statuses=now(tables.authority_statuses),
            accompanied=now(tables.accompanied),
            validated=now(tables.validated),
            processed=now(tables.processed),
            simplifications=now(tables.simplifications),
        )
        """The meaning of what authorities' records say."""
        self.formalities = FormalitiesInForce(
            holders=now(tables.holders),
            together=now(tables.together),
            designated=now(tables.designated_offices),
            once=now(tables.once),
            deviations=now(tables.deviations),
        )
        """What holds of documents of single formalities."""
        self.by_goods = MeasuresInForce(
            day,
            required=now(tables.required),
            taric=tables.taric,
            statements=now(tables.statements),
            general_authorisations=now(tables.general_authorisations),
            offices=now(tables.offices),
            union_transit=now(tables.union_transit),
            judged_by_officer=now(tables.judged_by_officer),
        )
        """The measures on goods, and what they depend on."""
        self._statuses = {(row.status, row.successor): row for row in now(tables.statuses)}
        self._causes = {row.cause: row for row in now(tables.causes)}
        self._refusals = {row.reason: row for row in now(tables.refusals)}
        self._rules = {code: row for row in now(tables.rules) for code in row.codes}
        self._modes = {(row.rule, kind): row for row in now(tables.modes) for kind in row.types or ("",)}
        self._moded = {code for code, _ in self._modes}
        self._advice = {
            (nature, row.effect, stage): row
            for row in now(tables.advice)
            for nature in row.natures
            for stage in row.stages
        }
        self._tolerances = {(row.adapter, kind): row for row in now(tables.tolerances) for kind in row.types or ("",)}
        self._old = {row.type: row for row in now(tables.old_codes)}
        self._foreign: dict[str, list[tuple[re.Pattern[str], ForeignForm]]] = {}
        for row in now(tables.foreign_forms):
            form = re.compile(row.form)
            for kind in dict.fromkeys(row.types):
                self._foreign.setdefault(kind, []).append((form, row))
        self._forms = {route.form: re.compile(route.form) for route in now(tables.routes) if route.form is not None}
        self._marks = {kind: row for row in now(tables.marks) for kind in row.types}
        self._second_officers = frozenset(
            (status, outcome, kind)
            for row in now(tables.second_officers)
            for status in row.statuses
            for outcome in row.outcomes
            for kind in row.types or ("",)
        )
        self._ask_again = {
            (row.adapter, status, kind): row
            for row in now(tables.ask_again)
            for status in row.statuses
            for kind in row.types or ("",)
        }
        self._asked_again = {status for _, status, _ in self._ask_again}
        self.answer_ages = AnswerAges(now(tables.before_release))
        self._grounds = {(row.kind, row.name, phase): row for row in now(tables.grounds) for phase in row.phases}
        self._acceptance = {kind: row for row in now(tables.acceptance_periods) for kind in row.kinds}
        self._windows = {kind: row for row in now(tables.windows) for kind in row.types}
        self._datasets = {row.dataset: row for row in now(tables.datasets)}
        self.credibility = CredibilityInForce(
            day,
            checks=now(tables.credibility_checks),
            taric=tables.taric,
            types=now(tables.credibility_types),
            actions=now(tables.credibility_actions),
            equalities=now(tables.equalities),
            rates=now(tables.exchange_rates),
            currencies=now(tables.currencies),
            deferred=now(tables.deferred),
        )
        """The checks of what is declared of goods."""
        self.identifiers = IdentifiersInForce(
            own=now(tables.own_mrns),
            previous=now(tables.previous_mrns),
            union=now(tables.union_customs),
            transit=now(tables.transit_customs),
            parties=now(tables.party_numbers),
            countries=now(tables.countries),
        )
        self.figures = FiguresInForce(now(tables.figures), now(tables.account_kinds))
        self.further = FurtherRows({into: now(rows) for into, rows in tables.further.items()})
        """The rows of kinds that wings declare."""
        self.holidays = HolidaysInForce(now(tables.state_calendars), now(tables.public_holidays))
        self.texts = english(tables.messages, tables.words, tables.names)

    def route(self, kind: str, direction: Direction) -> DocumentRoute | None:
        """Return the row of a document type in a direction; None: the tables have none."""
        return self._row(self._routes, (kind, direction))

    def adapter(self, kind: str, direction: Direction) -> str | None:
        """Return the adapter that is asked about a document type in a direction; None: nobody is."""
        route = self.route(kind, direction)
        return route.adapter if route is not None else None

    def known(self, kind: str) -> DocumentRoute | None:
        """Return the row of a document type in any direction."""
        return self._row(self._known, kind)

    def document_class(self, kind: str, *, additional: bool) -> DocumentClass | None:
        """Return the class of a document code, cited as an additional reference or else as a supporting document.

        A code that an authority is asked about in some direction is of the class verified, whatever a row says; one without
        a class of its own has what its [[document]] or [[statement]] row makes of it. None: the code is known nowhere, or the
        set was stored before documents had classes.
        """
        if self._row(self._routed, kind) is not None:
            return DocumentClass.VERIFIED if self.has_classes else None
        row = self._class_row(kind, additional)
        if row is not None:
            return row.name
        return self._implied_class(kind) if self.has_classes else None

    def class_in(self, kind: str, element: Element) -> DocumentClass | None:
        """Return the class of a document code in any data element."""
        row = self._row(self._classes_elsewhere, (kind, element)) if kind not in self._routed else None
        return row.name if row is not None else self.document_class(kind, additional=element is _ADDITIONAL)

    def needs_officer(self, kind: str, *, additional: bool) -> bool:
        """Whether a document of this code holds the goods by itself where no authority is asked about it.

        A certificate does, and a code that is known nowhere; nothing does in a set of before documents had classes.
        """
        if not self.has_classes:
            return False
        found = self.document_class(kind, additional=additional)
        return found is None or found.needs_officer

    def covered_by(self, kind: str, *, additional: bool) -> tuple[str, ...]:
        """Return the document types with which an authority has checked a document of this code already."""
        row = self._row(self._classes, (kind, additional))
        return row.covered_by if row is not None else ()

    def class_basis(self, kind: str, *, additional: bool) -> str:
        """Return the legal basis of the class of a code; empty: no row gives it a class."""
        row = self._class_row(kind, additional)
        return row.legal_basis if row is not None else ""

    def only_listed(self, kind: str, *, additional: bool) -> ListedCodes | None:
        """Return the row of the Union's list by which alone a code is known; None: other rows know it, or none does."""
        own = self._class_row(kind, additional) or self._row(self._statements, kind) or self._row(self._known, kind)
        if own is not None or self.by_goods.is_named_by_taric(kind):
            return None
        return self._of_list(self._codes.listed(kind), kind)

    def list_ended(self, kind: str) -> ListedCodes | None:
        """Return the row of the Union's list that named a code until before this day; None: it is named, or never was."""
        return self._of_list(self._codes.ended(kind), kind)

    def misplaced(self, kind: str, element: Element, name: str) -> CodeElements | None:
        """Return the row by which a code may not stand in a data element of a format; None: it may."""
        row = self._codes.elements(kind)
        if row is None or admits(row, element, self._codes.undivided(name)):
            return None
        return self._noted((row,), kind)[0]

    def places(self, kind: str) -> CodeElements | None:
        """Return the row with the data elements in which a code may stand; None: none says so."""
        return self._codes.elements(kind)

    def _of_list(self, row: ListedCodes | None, kind: str) -> ListedCodes | None:
        return self._noted((row,), kind)[0] if row is not None else None

    def _class_row(self, kind: str, additional: bool) -> ClassRow | PrefixClass | None:
        return self._row(self._classes, (kind, additional)) or self._classby_prefix(kind)

    def _classby_prefix(self, kind: str) -> PrefixClass | None:
        if not self._prefix_classes:
            return None
        found = (self._row(self._prefix_classes, kind[:length]) for length in range(len(kind), 0, -1))
        return next((row for row in found if row is not None), None)

    def _implied_class(self, kind: str) -> DocumentClass | None:
        row = self._row(self._statements, kind)
        if row is not None:
            return DocumentClass.WAIVER if row.self_declared else DocumentClass.BY_OFFICER
        return DocumentClass.BY_OFFICER if self.is_listed(kind) or self.by_goods.is_named_by_taric(kind) else None

    def is_listed(self, kind: str) -> bool:
        """Whether a row or a code list says what a code is; of one that TARIC alone names nobody here knows that."""
        row = self._class_row(kind, False) or self._class_row(kind, True) or self._row(self._statements, kind)
        return (row or self._row(self._known, kind) or self._of_list(self._codes.listed(kind), kind)) is not None

    def waived_by(self, kind: str) -> tuple[str, ...]:
        """Return the document types that a waiver code stands in for, in force or not."""
        row = self._row(self._waiving, kind)
        return row.waives if row is not None else ()

    def admits(self, kind: str, direction: Direction) -> bool:
        """Whether a type can be declared in a direction on this day; one that is in no table on any day can."""
        statement = self._row(self._statements, kind)
        if statement is not None:
            return direction in statement.directions
        return (kind, direction) in self._routes or kind not in self._dated

    def ground(self, kind: ApplicationKind, name: str, phase: Phase) -> Ground | None:
        """Return the grounds for an application by their name; None: on this day there are none of that name."""
        return self._row(self._grounds, (kind, name, phase))

    def grounds(self, kind: ApplicationKind, phase: Phase) -> tuple[str, ...]:
        """Return the names of the grounds that an application may have."""
        return tuple(sorted(name for of, name, at in self._grounds if (of, at) == (kind, phase)))

    def acceptance_period(self, kind: Kind) -> AcceptancePeriod | None:
        """Return how long before its receipt a declaration may have been accepted; None: no row limits it."""
        return self._row(self._acceptance, kind)

    def states(self, kind: str) -> bool:
        """Whether a code is a waiver code of the declarant's, and no document."""
        return kind in self._statements

    def self_declared(self, kind: str, direction: Direction) -> bool:
        """Whether the declarant's own statement is enough for this code."""
        row = self._row(self._statements, kind)
        return row is not None and row.self_declared and direction in row.directions

    def measures(self, goods: Goods) -> tuple[RequiredDocuments, ...]:
        """Return the measures on goods, which their description may still exclude."""
        return self.by_goods.measures(goods)

    def finer_measures(self, goods: Goods) -> tuple[RequiredDocuments, ...]:
        """Return further measures that goods may come under."""
        return self.by_goods.finer_measures(goods)

    @property
    def taric_as_of(self) -> date | None:
        """The day as of which the measures of TARIC are known; None: none were loaded."""
        return self.by_goods.taric_as_of

    def covers(self, commodity_code: str, direction: Direction) -> bool:
        """Whether all measures of TARIC on goods of a commodity code are known."""
        return self.by_goods.covers(commodity_code, direction)

    def status_rule(self, status: DocumentStatus, successor: bool) -> str | None:
        """Return the code of the finding of a status; None: the tables have none."""
        row = self._row(self._statuses, (status, successor)) or self._row(self._statuses, (status, None))
        return row.rule if row is not None else None

    def cause_rule(self, cause: str) -> str | None:
        """Return the code of the finding of a fault; None: the tables do not know the fault."""
        row = self._row(self._causes, cause)
        return row.rule if row is not None else None

    def is_outage(self, cause: str | None) -> bool:
        """Whether a fault means that the authority could not be asked, so that a contingency window covers it."""
        row = self._row(self._causes, cause or "")
        return row is not None and row.outage and row.cause in OUTAGES

    def window_modes(self, kind: str) -> tuple[WindowMode, ...]:
        """Return the modes of a contingency window that documents of a type may be decided by."""
        row = self._row(self._windows, kind)
        return row.modes if row is not None else WITHOUT_A_ROW

    def window_basis(self, kind: str) -> str:
        """Return the basis for a contingency window's release of documents of a type, or its ban; empty: no row has one."""
        row = self._row(self._windows, kind)
        return row.legal_basis if row is not None else ""

    def types_of(self, adapter: str) -> tuple[str, ...]:
        """Return the document types that an adapter is asked about."""
        return tuple(sorted({kind for (kind, _), route in self._routes.items() if route.adapter == adapter}))

    def refusal_rule(self, reason: Refusal) -> str | None:
        """Return the code of the finding of a refused reservation; None: the tables have none."""
        row = self._row(self._refusals, reason)
        return row.rule if row is not None else None

    def rule(self, code: str) -> RuleRow | None:
        """Return the row with the meaning of a finding."""
        return self._row(self._rules, code)

    def mode(self, code: str, kind: str | None) -> Mode:
        """Return whether a rule counts for a document type."""
        if code not in self._moded:
            return Mode.ACTIVE
        row = self._row(self._modes, (code, kind)) if kind is not None else None
        row = row or self._row(self._modes, (code, ""))
        return row.mode if row is not None else Mode.ACTIVE

    def advice(self, nature: Nature, effect: Effect, stage: DecisionStage) -> Advice:
        """Return the advice for a finding. Without a row: control for a hold, no release for a refusal."""
        row = self._row(self._advice, (nature, effect, stage))
        if row is not None:
            return row.advice
        return _WITHOUT_ADVICE.get(effect, Advice.NONE)

    def needs_second_officer(self, kind: str, known: DocumentStatus, outcome: DocumentStatus) -> bool:
        """Whether an officer's verification of a document needs a second officer, by what is known of it so far."""
        return not self._second_officers.isdisjoint(((known, outcome, ""), (known, outcome, kind)))

    def ask_again(self, adapter: str | None, kind: str, status: DocumentStatus) -> AskAgain | None:
        """Return when to ask an authority again about a document after this answer; the row of its type comes first."""
        if status not in self._asked_again:
            return None
        own = self._row(self._ask_again, (adapter or "", status, kind))
        return own or self._row(self._ask_again, (adapter or "", status, ""))

    def tolerance(self, adapter: str, kind: str) -> Decimal:
        """Return by how many percent a declared quantity may exceed the position: 0 without a row; the row of the type comes first."""
        row = self._row(self._tolerances, (adapter, kind)) or self._row(self._tolerances, (adapter, ""))
        return row.percent if row is not None else Decimal(0)

    def old_code(self, kind: str) -> OldCode | None:
        """Return the row of a replaced document code."""
        return self._row(self._old, kind)

    def foreign_form(self, kind: str, reference: str) -> ForeignForm | None:
        """Return the other administration whose form a reference has."""
        text = reference.strip().upper()
        for form, row in self._foreign.get(kind, ()):
            if form.fullmatch(text):
                return self._noted((row,), (kind, reference))[0]
        return None

    def in_form(self, route: DocumentRoute, reference: str) -> bool:
        """Whether a reference has the form that the authority issues; one without a form takes every text."""
        return route.form is None or self._forms[route.form].fullmatch(reference.strip().upper()) is not None

    def mark(self, kind: str, direction: Direction) -> Mark | None:
        """Return the row of a market surveillance mark."""
        row = self._row(self._marks, kind)
        return row if row is not None and direction in row.directions else None

    def dataset(self, dataset: str) -> SimplifiedDataset | None:
        """Return the row of a dataset that carries no routed documents."""
        return self._row(self._datasets, dataset)

    def recorded(self, recorder: Recorder) -> Self:
        """Return the same rows, with a recorder that notes those that answer a question."""
        same = super().recorded(recorder)
        same.credibility, same.by_goods = self.credibility.recorded(recorder), self.by_goods.recorded(recorder)
        same.records, same.identifiers = self.records.recorded(recorder), self.identifiers.recorded(recorder)
        same.formalities = self.formalities.recorded(recorder)
        same.figures, same.further = self.figures.recorded(recorder), self.further.recorded(recorder)
        return same


@dataclass(frozen=True, slots=True, kw_only=True)
class Tables:
    """All rows of all days, with the version and the digest that identify them."""

    version: str
    digest: str
    routes: tuple[DocumentRoute, ...] = ()
    statements: tuple[Statement, ...] = ()
    old_codes: tuple[OldCode, ...] = ()
    foreign_forms: tuple[ForeignForm, ...] = ()
    marks: tuple[Mark, ...] = ()
    datasets: tuple[SimplifiedDataset, ...] = ()
    general_authorisations: tuple[GeneralAuthorisation, ...] = ()
    """None at all, as of `offices`, `union_transit` and `judged_by_officer`: the set was stored before there were such rows, and decides as it did then."""
    holders: tuple[DocumentHolders, ...] = ()
    together: tuple[DocumentsTogether, ...] = ()
    designated_offices: tuple[DesignatedOffices, ...] = ()
    classes: tuple[ClassRow, ...] = ()
    """None at all: the set was stored before documents had classes, and decides as it did then."""
    prefix_classes: tuple[PrefixClass, ...] = ()
    code_elements: tuple[CodeElements, ...] = ()
    """None at all: the set was stored before it said where codes may stand, and finds none in the wrong place."""
    undivided: tuple[UndividedElements, ...] = ()
    listed_codes: tuple[ListedCodes, ...] = ()
    required: tuple[RequiredDocuments, ...] = ()
    figures: tuple[FigureCode, ...] = ()
    account_kinds: tuple[AccountKind, ...] = ()
    union_transit: tuple[UnionTransit, ...] = ()
    judged_by_officer: tuple[JudgedByOfficer, ...] = ()
    rules: tuple[RuleRow, ...] = ()
    credibility_checks: tuple[CredibilityCheck, ...] = ()
    credibility_types: tuple[CredibilityType, ...] = ()
    credibility_actions: tuple[CredibilityAction, ...] = ()
    equalities: tuple[Equality, ...] = ()
    deferred: tuple[DeferredType, ...] = ()
    exchange_rates: tuple[ExchangeRate, ...] = ()
    currencies: tuple[CountryCurrency, ...] = ()
    modes: tuple[RuleMode, ...] = ()
    advice: tuple[AdviceRow, ...] = ()
    windows: tuple[WindowRow, ...] = ()
    grounds: tuple[Ground, ...] = ()
    acceptance_periods: tuple[AcceptancePeriod, ...] = ()
    ask_again: tuple[AskAgain, ...] = ()
    before_release: tuple[BeforeRelease, ...] = ()
    statuses: tuple[StatusRule, ...] = ()
    causes: tuple[CauseRule, ...] = ()
    refusals: tuple[RefusalRule, ...] = ()
    decisions: tuple[DecisionFit, ...] = ()
    authority_statuses: tuple[AuthorityStatus, ...] = ()
    accompanied: tuple[Accompaniment, ...] = ()
    validated: tuple[Validation, ...] = ()
    processed: tuple[Processed, ...] = ()
    simplifications: tuple[Simplification, ...] = ()
    second_officers: tuple[SecondOfficer, ...] = ()
    tolerances: tuple[Tolerance, ...] = ()
    once: tuple[ServesOnce, ...] = ()
    deviations: tuple[LicenceDeviation, ...] = ()
    units: tuple[UnitWord, ...] = ()
    conversions: tuple[Conversion, ...] = ()
    supplementary: tuple[SupplementaryUnit, ...] = ()
    countries: tuple[Countries, ...] = ()
    offices: tuple[Office, ...] = ()
    state_calendars: tuple[StateCalendar, ...] = ()
    public_holidays: tuple[PublicHolidays, ...] = ()
    time_limits: tuple[HoldLimit, ...] = ()
    case_hours: tuple[CaseHours, ...] = ()
    own_mrns: tuple[OwnMrn, ...] = ()
    previous_mrns: tuple[PreviousMrn, ...] = ()
    union_customs: tuple[UnionCustoms, ...] = ()
    transit_customs: tuple[TransitCustoms, ...] = ()
    party_numbers: tuple[PartyNumber, ...] = ()
    messages: tuple[Message, ...] = ()
    """In English: what is decided and stored reads so, whoever reads it in another language later."""
    words: tuple[Word, ...] = ()
    names: tuple[CodeName, ...] = ()
    further: Mapping[str, tuple[Any, ...]] = field(default_factory=dict, hash=False)
    """The rows of kinds that wings declare, by their table."""
    profile: Profile | None = None
    """Whose codes the documents of a decision carry."""
    taric: Taric | None = field(default=None, repr=False)
    """The measures of TARIC beside `required`; None: none were loaded."""
    loosenings: tuple[TableChange, ...] = field(default=(), compare=False, repr=False)
    """What its further folders loosen; kept with the files that were read, not with a stored set."""
    _views: dict[date, InForce] = field(default_factory=dict, compare=False, repr=False, init=False)

    @classmethod
    def of(cls, rows: Mapping[str, tuple[Any, ...]], **more: Any) -> "Tables":
        """Make a set of its rows by their kinds; `more` are the fields that are no kind of row."""
        own: dict[str, Any] = {into: of_kind for into, of_kind in rows.items() if into in _FIELDS}
        return cls(**own, further={into: rows[into] for into in rows.keys() - own.keys() if rows[into]}, **more)

    def rows_of(self, into: str) -> tuple[Any, ...]:
        """Return the rows of a kind, by the field that takes them; those of a wing by their table."""
        found: tuple[Any, ...] = getattr(self, into) if into in _FIELDS else self.further.get(into, ())
        return found

    def at(self, day: date) -> InForce:
        """Return the rows in force on a day; the same object for the same day as long as few days are asked about."""
        view = self._views.get(day)
        if view is None:
            if len(self._views) >= 64:
                self._views.clear()
            view = self._views[day] = InForce(self, day)
        return view

    def recorded(self, day: date, recorder: Recorder) -> "Tables":
        """Return the same tables, with a recorder that notes which rows of a day answer."""
        same = replace(self)
        same._views[day] = self.at(day).recorded(recorder)
        return same

    def known(self) -> frozenset[str]:
        """Return every document type and waiver code that some row of any day knows."""
        return frozenset(kind for rows in (self.routes, self.statements) for row in rows for kind in row.types)

    def adapters(self) -> dict[str, DocumentRoute]:
        """Return every adapter that some row of any day routes to, with the first such row."""
        return {route.adapter: route for route in reversed(self.routes) if route.adapter is not None}


_FIELDS = frozenset(one.name for one in fields(Tables))
_ADDITIONAL = Element.ADDITIONAL_REFERENCE
_WITHOUT_ADVICE = {Effect.HOLD: Advice.CONTROL, Effect.REFUSE: Advice.NO_RELEASE}
