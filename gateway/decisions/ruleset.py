"""All rules, in one place. Their order means nothing."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import cast

from gateway.contract import AccessRefused, AdapterError, Refusal, RequestRejected, Unavailable, UnexpectedAnswer
from gateway.contract.errors import FOUND
from gateway.decisions import undetermined
from gateway.decisions.account import Account
from gateway.decisions.advice import advice_faults
from gateway.decisions.case import OpenedCase, Raised
from gateway.decisions.coverage import Coverage
from gateway.decisions.findings import RULE_FAILED
from gateway.decisions.rules import (
    amounts,
    attempts,
    change,
    classes,
    contingency,
    controls,
    credibility,
    designated,
    destinations,
    elements,
    figures,
    form,
    holder,
    identifiers,
    once,
    presence,
    procedure,
    record,
    reservations,
    simplified,
    status,
    suspensions,
    together,
)
from gateway.decisions.vocabulary import unnamed, unworded
from gateway.domain.decision import Effect
from gateway.domain.tables.in_force import Tables
from gateway.domain.tables.rows import Row
from gateway.domain.texts.sentences import TextFault, names

RuleCheck = (
    Callable[[OpenedCase], Iterable[Raised]]
    | Callable[[Account], Iterable[Raised]]
    | Callable[[Coverage], Iterable[Raised]]
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A rule and the findings that it may raise."""

    check: RuleCheck
    codes: tuple[str, ...]
    params: frozenset[str] = frozenset()
    """The parameters that each of its findings carries, beside the document's `type` and `reference`, and the authority's `system`."""

    @property
    def name(self) -> str:
        """The rule's name in the code."""
        return self.check.__name__

    @property
    def promise(self) -> str:
        """The rule's statement, in a sentence or two."""
        return " ".join((self.check.__doc__ or "").split("\n\n", 1)[0].split())


def _rule(check: RuleCheck, codes: Iterable[str], *params: str) -> Rule:
    with_system = {"system"} if "authority" in params else frozenset[str]()
    return Rule(check=check, codes=tuple(codes), params=frozenset(params) | with_system)


def _codes(*numbers: int) -> tuple[str, ...]:
    return tuple(f"SW-DEC-{number:03}" for number in numbers)


_OF_A_REST = ("most", "left", "unit", "compared", "line", "declared", "available")
_OF_A_FIGURE = ("figure_code", "item", "figure_wrong", "cited", "figure_right", "example")
_OF_A_GROUP = ("measure", "alternatives", "commodity")
_OF_A_CHECK = ("commodity", "elements", "band", "figure", "measured", "bounds")
_FOR_OFFICERS = (
    "commodity", "measure", "measure_type", "figure", "measured", "thresholds", "unjudged", "missing", "currency",
)  # fmt: skip

FACT_RULES: tuple[Rule, ...] = (
    _rule(status.status_gate, _codes(20, 21, 22, 23, 24, 25, 28), "authority", "successors", "in_its_place"),
    _rule(status.status_gate, _codes(30, 31, 32, 33, 34, 37, 38, 39), "authority"),
    _rule(status.status_gate, [status.STATUS_UNKNOWN], "authority"),
    _rule(status.record_behind_status, [status.RECORD_MISSING], "authority"),
    _rule(change.changed_after_decision, [change.CHANGED, change.VANISHED], "authority", "now"),
    _rule(change.changed_after_release, [change.AFTER_RELEASE], "authority", "now", "again", "change"),
    _rule(record.validity, [record.EXPIRED, record.NOT_YET_VALID], "when", "day", "on", "in_its_place"),
    _rule(record.document_type, [record.TYPE_DIFFERS], "held", "authority"),
    _rule(record.commodity, [record.COMMODITY, record.LINE_MISSING], "commodity", "covered", "line"),
    _rule(record.commodity, [record.COMMODITY_UNKNOWN], "authority"),
    _rule(record.commodity, [record.SHIPMENT_FITS_NONE], "covered"),
    _rule(record.commodity, [record.OUT_OF_PROCESSING], "commodity", "covered", "authority"),
    _rule(record.accompanied, [record.NOT_ACCOMPANIED], "uncited"),
    _rule(record.accompanied, [record.STANDS_BEHIND]),
    _rule(record.validated_by, [record.VALIDATED], "authority", "country"),
    _rule(record.conditions, [record.CONDITIONS], "authority", "under", "conditions"),
    _rule(record.line_choice, [record.SEVERAL_LINES], "candidates"),
    _rule(record.line_choice, [record.LINE_REFUSED], "line", "authority"),
    _rule(record.origin, [record.ORIGIN], "origin", "named"),
    _rule(holder.holder, [holder.HOLDER, holder.HOLDER_UNKNOWN], "party", "authority", "lacking"),
    _rule(record.destination, [record.DESTINATION], "country", "covered"),
    _rule(record.destination, [record.DESTINATION_UNKNOWN], "what", "authority"),
    _rule(record.dispatch, [record.DISPATCH], "country", "covered"),
    _rule(record.dispatch, [record.DISPATCH_UNKNOWN], "what", "authority"),
    _rule(
        procedure.decision_fits_procedure,
        [procedure.MONITORED, procedure.NOT_ACCEPTABLE, procedure.DECISION_UNKNOWN, procedure.OF_ANOTHER_TYPE],
        "authority",
        "decision",
        "conclusion",
    ),
    _rule(
        procedure.decision_fits_procedure,
        [procedure.NOT_FOR_PROCEDURE, procedure.NOT_DERIVED, procedure.FURTHER_DECISION],
        "authority",
        "decision",
        "conclusion",
        "procedure",
        "regime",
    ),
    _rule(procedure.decision_fits_procedure, [procedure.STATUS_UNKNOWN], "authority", "status"),
    _rule(
        procedure.decision_fits_procedure,
        [procedure.CONTRADICTS],
        "authority",
        "decision",
        "conclusion",
        "procedure",
        "regime",
        "status",
    ),
    _rule(procedure.decision_fits_procedure, [procedure.BASE_FOR_EXTRACT], "authority", "extracts", "successors"),
    _rule(procedure.described_as_decided, [procedure.NOTED], "authority", "released_as"),
    _rule(procedure.described_as_decided, [procedure.DESCRIBED_OTHERWISE], "authority", "released_as", "described"),
    _rule(together.goes_together, [together.ALONE], "alternatives", "companions", "numbers"),
    _rule(together.goes_together, [together.OTHER_GOODS], "others"),
    _rule(once.served_already, [once.USED], "authority"),
    _rule(once.taken_already, [once.TAKEN], "authority"),
    _rule(designated.designated_office, [designated.NOT_DESIGNATED], "office", "designated"),
    _rule(procedure.judged_elsewhere, [procedure.JUDGED_ELSEWHERE], "judged", "regime"),
    _rule(procedure.procedure_known, [procedure.PROCEDURE_UNKNOWN], "authority", "procedure", "regime"),
    _rule(presence.required_documents, [presence.MISSING, presence.CHECK_BY_OFFICER], *_OF_A_GROUP),
    _rule(presence.required_documents, [figures.NO_FIGURE], *_OF_A_FIGURE),
    _rule(
        presence.required_documents,
        [presence.LIMIT_EXCEEDED, presence.ONLY_BELOW_LIMIT],
        *_OF_A_GROUP,
        "limit",
        "declared",
    ),
    _rule(
        presence.required_documents,
        [presence.LIMIT_NOT_COMPARED],
        *_OF_A_GROUP,
        "limit",
        "declared",
        "uncompared",
        "compare",
        "missing",
    ),
    _rule(presence.code_long_enough, [presence.CODE_MISSING]),
    _rule(presence.code_long_enough, [presence.CODE_TOO_SHORT, presence.ADDITIONAL_CODE, presence.TOLD], *_OF_A_GROUP),
    _rule(presence.required_documents, [presence.BANNED_UNLESS, presence.NOT_IN_DATASET, presence.TOLD], *_OF_A_GROUP),
    _rule(presence.required_documents, [presence.COUNTRY_MISSING], *_OF_A_GROUP, "missing", "consequence"),
    _rule(presence.country_of_ban_known, [presence.COUNTRY_MISSING], *_OF_A_GROUP, "missing", "consequence"),
    _rule(presence.required_documents, [presence.BANNED], "measure", "commodity"),
    _rule(presence.code_long_enough, [presence.BANNED_BY_DIGITS], "measure", "commodity"),
    _rule(presence.measures_told, [presence.TOLD], *_OF_A_GROUP),
    _rule(presence.measures_understood, [presence.OFFICER_DECIDES], "measure", "commodity", "unclear"),
    _rule(presence.nothing_to_verify, [presence.NOTHING_TO_VERIFY, presence.NOTHING_FOUND]),
    _rule(presence.required_documents, [presence.BY_OFFICER], *_OF_A_GROUP, "additional"),
    _rule(presence.departure_known, [presence.DEPARTURE_UNKNOWN], *_OF_A_GROUP, "departure", "office"),
    _rule(presence.code_long_enough, [presence.DIGITS_IN_TRANSIT], *_OF_A_GROUP),
    _rule(presence.limit_kept, [presence.BEYOND_LIMIT], "measure", "alternatives", "limit", "mass", "declared"),
    _rule(destinations.general_authorisation, [destinations.NOT_COVERED], "country", "reach", "destinations"),
    _rule(destinations.general_authorisation, [record.DESTINATION_UNKNOWN], "what", "authority"),
    _rule(destinations.union_goods, [destinations.UNION_GOODS], "regime"),
    _rule(presence.waiver_contradicts, [presence.WAIVER_CONTRADICTS], "waiver"),
    _rule(presence.waiver_allowed, [presence.WAIVER_NOT_ALLOWED], *_OF_A_GROUP),
    _rule(form.same_reference_twice, [form.REFERENCE_TWICE], "types"),
    _rule(form.written_two_ways, [form.WRITTEN_TWO_WAYS], "others"),
    _rule(form.level, [form.WRONG_LEVEL]),
    _rule(form.old_code, [form.OLD_CODE], "instead"),
    _rule(elements.code_in_place, [elements.MISPLACED], "stands", "belongs"),
    _rule(elements.no_certificate_as_previous, [elements.AS_PREVIOUS], "kind", "cited", "belongs"),
    _rule(form.reference_form, [form.REFERENCE_FORM], "authority", "example", "looks", "ill_cited", "cite_well"),
    _rule(form.reference_form, [form.FOREIGN_REFERENCE], "authority", "example", "looks", "whose"),
    _rule(form.simplified_dataset, [form.SIMPLIFIED_DATASET], "dataset", "instead"),
    _rule(
        simplified.offices_of_clearance,
        [simplified.NO_OFFICE_OF_PRESENTATION, simplified.OFFICE_WITHOUT_AUTHORISATION],
        "authorisation",
        "office",
        "presentation",
    ),
    _rule(simplified.entry_authorised, [simplified.ENTRY_WITHOUT_AUTHORISATION], "authorisation"),
    _rule(simplified.entry_before_release, [simplified.ENTERED_IN_RECORDS], "authorisation"),
    _rule(identifiers.mrn_checked, [identifiers.MRN_CHECK], "mrn"),
    _rule(identifiers.previous_mrn_checked, [identifiers.PREVIOUS_MRN], "kind", "cited"),
    _rule(identifiers.party_numbers, [identifiers.NO_NUMBER], "named_party", "number", "element"),
    _rule(
        identifiers.party_numbers,
        [identifiers.NUMBER_OF_ELSEWHERE],
        "named_party",
        "number",
        "element",
        "country",
        "numbers_of",
    ),
    _rule(identifiers.offices, [identifiers.NO_OFFICE], "which_office", "office", "offices_of"),
    _rule(identifiers.countries_known, [identifiers.UNKNOWN_COUNTRY], "which_country", "country"),
    _rule(form.surveillance_mark, [form.MARK_REFUSED, form.MARK_HELD]),
    _rule(figures.figures_stated, [figures.NO_FIGURE], *_OF_A_FIGURE),
    _rule(figures.one_account, [figures.NO_FIGURE], *_OF_A_FIGURE),
    _rule(figures.figure_within_mass, [figures.BEYOND_MASS], "figure_code", "item", "declared", "limit"),
    _rule(
        amounts.quantity_available,
        [amounts.EXCEEDED],
        "drawn_on",
        "line",
        "declared",
        "rest",
        "available",
        "items",
        "most",
        "left",
        "unit",
    ),
    _rule(
        amounts.quantity_available,
        [amounts.DEVIATES],
        *("line", "declared", "rest", "available", "items", "most", "left", "unit", "percent"),
    ),
    _rule(
        amounts.account_left_for_all,
        [amounts.EXCEEDED],
        "drawn_on",
        "line",
        "declared",
        "rest",
        "available",
        "items",
        "most",
        "left",
        "unit",
    ),
    _rule(
        amounts.mass_left_in_account,
        [amounts.EXCEEDED],
        "drawn_on",
        "line",
        "declared",
        "rest",
        "available",
        "items",
        "most",
        "left",
        "unit",
    ),
    _rule(
        amounts.quantity_available,
        [amounts.UNIT_DIFFERS],
        "authority",
        "commodity",
        "currency",
        "line",
        "declared",
        "unit",
        "compared",
        "available",
    ),
    _rule(
        amounts.quantity_available,
        [*_codes(71, 72, 73, 74, 76, 78), amounts.VALUE_NOT_DECLARED],
        "authority",
        "commodity",
        "currency",
        "line",
    ),
    _rule(amounts.mass_left_in_account, _codes(71, 72, 73, 74, 78), "authority", "commodity", "currency", "line"),
    _rule(amounts.quantity_without_unit, ()),
    _rule(amounts.several_certificates, [amounts.SEVERAL_CERTIFICATES], "count"),
    _rule(amounts.officers_quantity, [amounts.BEYOND_OFFICER], "verified", "declared", "unit"),
    _rule(amounts.officers_quantity, [amounts.OTHER_THAN_OFFICER], "verified", "unit"),
    _rule(amounts.not_compared_beforehand, [amounts.NOT_COMPARED, amounts.COMPARED_LATER], "authority"),
    _rule(amounts.own_sum, [amounts.OWN_SUM], "authority"),
    _rule(credibility.credible, [credibility.NOT_CREDIBLE, credibility.SUBHEADING_NOT_ALLOWED], *_OF_A_CHECK),
    _rule(credibility.credible, [credibility.MAXIMUM_EXCEEDED], *_OF_A_CHECK, "alternatives"),
    _rule(credibility.credible, [credibility.ELEMENT_MISSING], "commodity", "missing"),
    _rule(credibility.credible, [credibility.NOT_DETERMINED], "commodity", "unjudged", "currency"),
    _rule(
        credibility.credible,
        [credibility.BY_OFFICER, credibility.CODE_TOO_SHORT, credibility.ADDITIONAL_CODE, credibility.NOT_COMPARED],
        "commodity",
    ),
    _rule(credibility.judged_later, [credibility.DEFERRED], "commodity"),
    _rule(credibility.figures_for_officers, [credibility.FIGURES], *_FOR_OFFICERS),
    _rule(credibility.for_officers, [credibility.SUSPICIOUS, credibility.NOT_DETERMINED_FOR_OFFICERS], *_FOR_OFFICERS),
    _rule(contingency.contingency_window, sorted(contingency.INSIDE), "authority", "window"),
    _rule(attempts.attempts_lost, [attempts.ATTEMPTS_LOST]),
    _rule(suspensions.suspended_goods, suspensions.WITH_DEADLINE, "suspension", "until"),
    _rule(suspensions.suspended_goods, suspensions.WITHOUT_DEADLINE, "suspension"),
    _rule(controls.adverse_controls, [controls.TOLD, controls.NOT_TOLD], "control_result"),
)

MOVEMENT_RULES: tuple[Rule, ...] = (
    _rule(reservations.not_yet_reserved, [reservations.NOT_YET_RESERVED], "authority"),
    _rule(reservations.reservation_refused, reservations.REFUSALS, "authority", "extracts", "successors", *_OF_A_REST),
    _rule(reservations.reservation_refused, [reservations.EARLIER_ENDED], "authority"),
    _rule(reservations.in_doubt, [reservations.IN_DOUBT], "authority", "movement"),
    _rule(reservations.not_reserved, [reservations.NOT_RESERVED], "authority", "why", "then"),
    _rule(reservations.office_declared, [reservations.NO_OFFICE], "authority"),
    _rule(reservations.status_changed, [reservations.STATUS_CHANGED], "authority"),
    _rule(reservations.nothing_further, [reservations.NOTHING_FURTHER], "authority"),
    _rule(reservations.made_elsewhere, [reservations.NOT_MADE_HERE], "authority"),
    _rule(reservations.still_out, [reservations.STILL_OUT], "authority"),
    _rule(reservations.goods_out, [reservations.GOODS_OUT], "authority"),
    _rule(reservations.moved_before, [reservations.NONE_BEFORE], "authority"),
    _rule(reservations.usage_reported, [reservations.USAGE], "authority"),
    _rule(reservations.written_off, [reservations.NOT_WRITTEN_OFF], "authority", "movement"),
    _rule(reservations.reservations_cancelled, [reservations.CANCELLED], "authority"),
    _rule(reservations.partly_released, [reservations.PARTLY_RELEASED], "authority"),
    _rule(reservations.verified_by_hand, [reservations.VERIFIED_BY_OFFICER], "authority"),
    _rule(reservations.retrospective, [reservations.RETROSPECTIVE], "authority"),
    _rule(reservations.correction_refused, [reservations.CORRECTION_REFUSED], "authority"),
    _rule(reservations.by_receipt_alone, [reservations.BY_RECEIPT_ALONE], "authority"),
    _rule(
        contingency.to_write_off,
        [contingency.TO_WRITE_OFF],
        "authority",
        "window",
        "owed",
        "item",
        "line",
        "quantity",
        "unit",
    ),
)
"""The rules that know what the others have left fit: about where documents' quantities stand."""

CLASS_RULES: tuple[Rule, ...] = (
    _rule(classes.certificate_verified, [classes.NOT_VERIFIED]),
    _rule(classes.certificate_verified, [classes.ONLY_LISTED], "list"),
    _rule(classes.code_known, [classes.UNKNOWN_CODE]),
    _rule(classes.code_known, [classes.LIST_ENDED], "list", "day"),
    _rule(classes.checked_already, [classes.COVERED], "covering"),
    _rule(classes.kept_at_disposal, [classes.AT_DISPOSAL]),
)
"""The rules that know what all others hold: about documents that nobody is asked about, and what covers them."""

RULESET = FACT_RULES + MOVEMENT_RULES + CLASS_RULES
"""Every rule."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleSet:
    """Rules that judge together."""

    facts: tuple[Rule, ...]
    """The rules that judge no movement."""
    movements: tuple[Rule, ...]
    """The rules that judge movements, and know which documents the others have left fit."""
    classes: tuple[Rule, ...] = CLASS_RULES
    """Those about documents that nobody is asked about: they know what all others hold."""

    @property
    def codes(self) -> frozenset[str]:
        """The findings that they may raise."""
        return frozenset(code for rule in self.facts + self.movements + self.classes for code in rule.codes)

    @property
    def checks(self) -> tuple[Callable[[OpenedCase], Iterable[Raised]], ...]:
        """The function of each rule that reads no movement, once."""
        return tuple(dict.fromkeys(cast(Callable[[OpenedCase], Iterable[Raised]], rule.check) for rule in self.facts))

    @property
    def movement_checks(self) -> tuple[Callable[[Account], Iterable[Raised]], ...]:
        """The function of each rule that reads movements, once."""
        return tuple(dict.fromkeys(cast(Callable[[Account], Iterable[Raised]], rule.check) for rule in self.movements))

    @property
    def class_checks(self) -> tuple[Callable[[Coverage], Iterable[Raised]], ...]:
        """The function of each rule about documents that nobody is asked about, once."""
        return tuple(dict.fromkeys(cast(Callable[[Coverage], Iterable[Raised]], rule.check) for rule in self.classes))


RULES = RuleSet(facts=FACT_RULES, movements=MOVEMENT_RULES)
"""The rules that decide."""

_FAULTS: tuple[type[AdapterError], ...] = (AdapterError, Unavailable, AccessRefused, RequestRejected, UnexpectedAnswer)
_CAUSES = {one.code for one in (*_FAULTS, *FOUND)}
"""Of a document that is not determined, and of a movement that was not confirmed."""

CHECKS, MOVEMENT_CHECKS, CLASS_CHECKS = RULES.checks, RULES.movement_checks, RULES.class_checks


def faults(tables: Tables) -> tuple[str, ...]:
    """List the faults of tables that are to be put into force, each in a sentence: they do not serve these rules, or state
    of a finding what no table may say. Sets that were stored before are read by `unserved` alone: the engine goes by no such row.
    """
    return (*unserved(tables), *undetermined.loosened(tables), *_of_nothing(tables))


def _of_nothing(tables: Tables) -> Iterator[str]:
    """List the answers that are no confirmation, and would neither hold nor refuse."""
    for row in tables.rules:
        weak = {code for code in row.codes if row.effect.gravity < Effect.HOLD.gravity}
        for answer in tables.statuses:
            if answer.rule in weak and _meet(row, answer):
                yield (
                    f"{answer.place}: status {answer.status.value} gives {answer.rule}, "
                    f"which at {row.place} neither holds nor refuses"
                )
        for refusal in tables.refusals:
            if refusal.rule in weak and _meet(row, refusal):
                yield (
                    f"{refusal.place}: refusal {refusal.reason.value} gives {refusal.rule}, "
                    f"which at {row.place} neither holds nor refuses"
                )
    for refusal in tables.refusals:
        if refusal.rule not in reservations.REFUSALS:
            yield f"{refusal.place}: refusal {refusal.reason.value}: {refusal.rule} is not about a reservation that was refused"
        if refusal.reason is Refusal.NOT_VALIDATED and refusal.rule != reservations.NOT_VALIDATED:
            yield (
                f"{refusal.place}: refusal {refusal.reason.value} says that something is not determined, "
                f"so it gives {reservations.NOT_VALIDATED}"
            )


def _meet(one: Row, other: Row) -> bool:
    """Whether both hold on some day."""
    return (one.valid_to is None or other.valid_from <= one.valid_to) and (
        other.valid_to is None or one.valid_from <= other.valid_to
    )


def unserved(tables: Tables) -> tuple[str, ...]:
    """List where tables and messages do not serve these rules, each in a sentence; nothing when they fit."""
    found = []
    meanings = [(code, row) for row in tables.rules for code in row.codes]
    meant = {code for code, _ in meanings}
    messages = {message.code: message for message in tables.messages}
    known = {code: rule.params for rule in RULESET for code in rule.codes} | {RULE_FAILED: frozenset({"rule"})}
    for code, params in sorted(known.items()):
        message = messages.get(code)
        if code not in meant:
            found.append(f"{code}: no [[rule]] row says what it means")
        if message is None:
            found.append(f"{code}: the catalogue has no message for it")
            continue
        try:
            unknown = (names(message.message) | names(message.remedy)) - params - {"type", "reference"}
        except TextFault as fault:
            found.append(f"{message.place}: {fault}")
            continue
        found += [f"{message.place}: {code} has no parameter {{{name}}}" for name in sorted(unknown)]
    found += [f"{row.place}: {code} is no rule's finding" for code, row in meanings if code not in known]
    found += [f"{row.place}: {code} is no rule's finding" for code, row in messages.items() if code not in known]
    found += unworded(tables, known)
    found += unnamed(tables)
    for reason in Refusal:
        if all(row.reason is not reason for row in tables.refusals):
            found.append(f"answers.toml: no [[refusal]] row says which finding {reason.value} gives")
    found += [
        f"{row.place}: {row.cause} is no fault of asking an authority"
        for row in tables.causes
        if row.cause not in _CAUSES
    ]
    pointed = [(row.place, row.rule) for row in tables.statuses]
    pointed += [(row.place, row.rule) for row in tables.causes]
    pointed += [(row.place, row.rule) for row in tables.refusals]
    pointed += [(row.place, row.rule) for row in tables.modes]
    found += [f"{place}: {code} is no rule's finding" for place, code in pointed if code not in known]
    return (*found, *advice_faults(tables))
