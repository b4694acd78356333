"""The view of the requirements on goods: as data, and the same as sentences."""

from collections.abc import Iterable, Iterator
from datetime import date
from decimal import Decimal
from typing import Any

from gateway.api.days import day_in
from gateway.api.localization import Wording
from gateway.api.views.authority_states import AuthorityState, States
from gateway.decisions.asked_checks import AskedCheck
from gateway.decisions.lookup import (
    AdmittedDocument,
    AdmittedWaiver,
    AskedGroup,
    AskedMeasure,
    DependsOn,
    Extent,
    Requirements,
    StatedGoods,
    goods_of,
    requirements,
)
from gateway.decisions.positions import plain
from gateway.decisions.requirements import admitted, listed
from gateway.domain.contingency import Window, WindowMode
from gateway.domain.declaration import Declaration, Direction, GoodsItem
from gateway.domain.tables.credibility import TaricCheck
from gateway.domain.tables.goods import Goods
from gateway.domain.tables.in_force import InForce
from gateway.domain.tables.required import GroupLimit, TaricRequirement
from gateway.domain.tables.rows import Codes
from gateway.domain.tables.set_state import set_name
from gateway.domain.texts.section_texts import SectionTexts
from gateway.domain.texts.sentences import named

KINDS_OF_GOODS = 100
"""The number of kinds of goods of one declaration that are answered; the items of further ones are only named."""


class RequirementView:
    """The writer of answers about goods on one day, in one language."""

    def __init__(
        self,
        tables: InForce,
        wording: Wording,
        texts: SectionTexts,
        states: States,
        *,
        windows: Iterable[Window] = (),
        as_trader: bool = True,
    ) -> None:
        self._as_trader = as_trader
        self._windows = {window.adapter: window for window in windows}
        self._tables = tables
        self._wording = wording
        self._texts = texts
        self._states = states
        wording.use()

    def body(self, found: Requirements) -> dict[str, Any]:
        """Return the requirements on goods as a JSON object."""
        goods = found.goods
        return {
            "goods": {
                "code": goods.commodity_code,
                "direction": goods.direction,
                "procedure": goods.procedure,
                "origin": goods.origin,
                "dispatch": goods.dispatch,
                "destination": goods.destination,
                "additional_codes": goods.additional_codes,
                "additional_procedures": goods.additional_procedures,
                "on": self._tables.day,
            },
            "says": list(self._summary(found)),
            "measures": [self._measure(one, goods.direction) for one in found.measures],
            "may_apply": [self._measure(one, goods.direction) for one in found.may_apply],
            "may_apply_more": found.more,
            "by_officer": [self._measure(one, goods.direction) for one in found.by_officer],
            "checks": [
                self._check(one, goods_of(goods)) for one in found.checks if not (one.for_officers and self._as_trader)
            ],
            "coverage": {
                "taric": found.extent,
                "as_of": self._tables.taric_as_of,
                "tables": {"version": self._tables.version, "digest": self._tables.digest},
                "says": list(self._coverage(found)),
            },
        }

    def of_items(self, declaration: Declaration) -> tuple[list[dict[str, Any]], list[int]]:
        """Return the requirements on the goods of a declaration, items alike together, and the items that are not answered."""
        kinds: dict[StatedGoods, list[int]] = {}
        for item in declaration.items:
            kinds.setdefault(_stated(declaration, item), []).append(item.number)
        found, rest = [], []
        for number, (goods, items) in enumerate(kinds.items()):
            if number < KINDS_OF_GOODS:
                found.append({"goods_items": sorted(items), **self.body(requirements(self._tables, goods))})
            else:
                rest += items
        return found, sorted(rest)

    def _summary(self, found: Requirements) -> Iterator[str]:
        say, as_of = self._texts.say, self._tables.taric_as_of
        yield say("asked", facts=", ".join(self._facts(found.goods)), day=self._day(self._tables.day))
        if found.measures or found.may_apply or found.by_officer:
            yield say(
                "counted",
                applies=len(found.measures),
                may_apply=len(found.may_apply) + found.more,
                by_officer=len(found.by_officer),
            )
        elif found.extent is Extent.WHOLE and as_of is not None and self._tables.day >= as_of:
            checked = any(not one.for_officers for one in found.checks)
            yield say("only_checked" if checked else "nothing_needed", as_of=self._day(as_of))
        else:
            yield say("nothing_found")
        if found.more:
            yield say("more", count=found.more)
        if found.judged is not None:
            yield say("judged_by_officer", additional=found.judged)
        if fixed := [self._named(one) for one in found.measures if not one.waivable]:
            yield say("not_waivable", measures=self._texts.term("list", "between").join(fixed))

    def _facts(self, goods: StatedGoods) -> Iterator[str]:
        yield self._texts.term("direction", goods.direction)
        yield self._texts.term("fact", "commodity", value=goods.commodity_code)
        for name in ("procedure", "origin", "dispatch", "destination"):
            if value := getattr(goods, name):
                yield self._texts.term("fact", name, value=value)
        if goods.additional_codes:
            yield self._texts.term("fact", "additional_codes", value=" ".join(goods.additional_codes))
        if goods.additional_procedures:
            yield self._texts.term("fact", "additional_procedures", value=" ".join(goods.additional_procedures))

    def _coverage(self, found: Requirements) -> Iterator[str]:
        as_of = self._tables.taric_as_of
        if as_of is None:
            yield self._texts.say("covered_none", version=set_name(self._tables.version, self._tables.digest))
            return
        yield self._texts.say(
            "covered_whole" if found.extent is Extent.WHOLE else "covered_part", as_of=self._day(as_of)
        )
        if self._tables.day != as_of:
            later = self._tables.day > as_of
            yield self._texts.say("covered_later" if later else "covered_earlier", as_of=self._day(as_of))

    def _day(self, day: date) -> str:
        return day_in(self._wording.language, day)

    def _named(self, measure: AskedMeasure) -> str:
        return self._wording.measure(measure.row.measure)

    def _measure(self, one: AskedMeasure, direction: Direction) -> dict[str, Any]:
        row = one.row
        taric = row if isinstance(row, TaricRequirement) else None
        return {
            "measure": row.measure,
            "name": self._named(one),
            "says": list(self._of_measure(one)),
            "depends_on": one.depends_on,
            "by_officer": [{"reason": why, "says": self._wording.name("unclear", why)} for why in one.by_officer],
            "waivable": one.waivable and bool(one.groups),
            "banned": row.banned,
            "only_told": row.only_told,
            "groups": [self._group(group, direction) for group in one.groups],
            "conditions": {
                "commodities": one.commodities,
                "excepted_commodities": one.excepted,
                "procedures": row.procedures,
                "excepted_additional_procedures": row.excepted_additional_procedures,
                "origins": row.origins,
                "excepted_origins": row.excepted_origins,
                "destinations": row.destinations,
                "excepted_destinations": row.excepted_destinations,
                "area": taric.area if taric is not None else None,
                "excepted_areas": taric.excepted_areas if taric is not None else (),
                "additional_code": taric.additional_code or None if taric is not None else None,
                "description_names": row.described,
            },
            "legal_basis": self._wording.cited(row.legal_basis),
            "source": None if self._as_trader else row.source,
            "valid_from": row.valid_from,
            "valid_to": row.valid_to,
        }

    def _of_measure(self, one: AskedMeasure) -> Iterator[str]:
        row, say = one.row, self._texts.say
        if one.depends_on:
            facts = ", ".join(self._dependence(one))
            yield say("may_apply", measure=self._named(one), facts=facts)
            if DependsOn.ORIGIN in one.depends_on and not row.only_told:
                yield say("treated")
        else:
            yield say("applies", measure=self._named(one))
        if row.excepted_additional_procedures:
            yield say("excepted_additional", codes=", ".join(row.excepted_additional_procedures))
        if one.by_officer:
            yield say("officer", why=", ".join(self._wording.name("unclear", why) for why in one.by_officer))
        if row.banned:
            yield say("banned")
        basis = self._wording.cited(row.legal_basis)
        if row.valid_to is None:
            yield say("basis", basis=basis, since=self._day(row.valid_from))
        else:
            days = {"since": self._day(row.valid_from), "until": self._day(row.valid_to)}
            yield say("basis_until", basis=basis, **days)

    def _dependence(self, one: AskedMeasure) -> Iterator[str]:
        code = one.row.additional_code if isinstance(one.row, TaricRequirement) else ""
        for fact in one.depends_on:
            yield self._texts.term("depends", fact, code=code, described=", ".join(one.row.described))

    def _group(self, group: AskedGroup, direction: Direction) -> dict[str, Any]:
        return {
            "says": list(self._of_group(group, direction)),
            "waivable": bool(group.waivers),
            "documents": [self._document(one) for one in group.documents],
            "waivers": [self._waiver(one) for one in group.waivers],
            "limits": [
                {"amount": plain(one.amount), "unit": one.unit or None, "currency": one.currency or None,
                 "says": self._limit(one)}
                for one in group.limits
            ],
        }  # fmt: skip

    def _of_group(self, group: AskedGroup, direction: Direction) -> Iterator[str]:
        say = self._texts.say
        if group.types:
            yield self._to_declare("declare", direction, group.types)
        else:
            yield say("no_document")
        for limit in group.limits:
            yield self._limit(limit)
        if group.waivers:
            yield say("group_waivable", types=", ".join(one.type for one in group.waivers))
        elif group.types:
            yield say("group_not_waivable_above" if group.limits else "group_not_waivable")

    def _to_declare(self, sentence: str, direction: Direction, types: Codes) -> str:
        list_ = listed(self._tables, direction, types)
        return self._texts.say(sentence, listed=self._wording.listed(list_)) + self._wording.excepted(list_)

    def _limit(self, limit: GroupLimit) -> str:
        name = "limit_quantity" if not limit.currency else "limit_price" if limit.unit else "limit_value"
        amount = self._wording.quantity(plain(limit.amount), limit.unit if not limit.currency else "")
        unit = self._wording.unit(limit.unit) if limit.unit else ""
        return self._texts.say(name, amount=amount, unit=unit, currency=limit.currency)

    def _document(self, one: AdmittedDocument) -> dict[str, Any]:
        route = one.route
        state = self._state(one.adapter)
        window = self._window(one)
        authority = self._wording.name("authority", route.authority) if route is not None else None
        system = self._wording.name("system", route.system) if route is not None and route.system else None
        return {
            "code": one.type,
            "name": self._wording.called(one.type),
            "says": list(self._of_document(one, authority, system, state, window)),
            "optional": one.optional,
            "up_to_kilograms": plain(one.up_to) if one.up_to is not None else None,
            "document_class": one.document_class,
            "electronic": state is not AuthorityState.NOT_CONNECTED,
            "authority": {
                "name": authority,
                "system": system,
                "adapter": one.adapter,
                "state": state,
                "contingency": window,
            },
            "quantity": one.quantity,
            "compared": dict(one.compared),
            "legal_basis": self._wording.cited(route.legal_basis) if route is not None else None,
            "example": route.example if route is not None else None,
        }

    def _check(self, one: AskedCheck, goods: Goods) -> dict[str, Any]:
        """Return a credibility check; its bounds are a trader's only where they are published."""
        row = one.row
        open_to = row.published or not self._as_trader
        return {
            "measure_type": row.measure_type,
            "condition": row.condition,
            "says": list(self._of_check(one, goods, open_to=open_to)),
            "applies": one.whole and one.with_code,
            "additional_code": row.additional_code or None if isinstance(row, TaricCheck) else None,
            "elements": one.elements or None,
            "published": row.published,
            "measured": one.measured if open_to and one.elements else None,
            "bounds": one.bounds or None if open_to else None,
            "thresholds": None if self._as_trader else one.thresholds,
            "for_officers": one.for_officers,
            "documents": row.documents,
            "legal_basis": self._wording.cited(row.legal_basis),
            "source": None if self._as_trader else row.source,
            "valid_from": row.valid_from,
            "valid_to": row.valid_to,
        }

    def _of_check(self, one: AskedCheck, goods: Goods, *, open_to: bool) -> Iterator[str]:
        row, say = one.row, self._texts.say
        if one.elements:
            yield say("check_compares", elements=self._wording.name("elements", one.elements))
            bounds, measured = self._wording.quantity(one.bounds), self._wording.unit(one.measured)
            yield say("check_bounds", bounds=bounds, measured=measured) if open_to else say("check_unpublished")
        else:
            yield say("check_by_officer")
        if not one.whole:
            yield say("check_may", facts=self._texts.term("depends", "more_digits"))
        elif not one.with_code and isinstance(row, TaricCheck):
            yield say("check_may", facts=self._texts.term("depends", "additional_code", code=row.additional_code))
        if row.documents:
            types = admitted(self._tables, goods, row.documents)
            yield self._to_declare("check_documents", goods.direction, types)
        if one.for_officers:
            yield say("check_for_officers")

    def _state(self, adapter: str | None) -> AuthorityState:
        if adapter is None:
            return AuthorityState.NOT_CONNECTED
        return self._states.get(adapter, AuthorityState.NOT_CONNECTED)

    def _window(self, one: AdmittedDocument) -> dict[str, Any] | None:
        """Return the contingency window that is in force for the authority, with its treatment of documents of this type."""
        window = self._windows.get(one.adapter or "")
        if window is None:
            return None
        released = window.mode is WindowMode.RELEASE and WindowMode.RELEASE in self._tables.window_modes(one.type)
        # As rules have it: where nothing lets a window release a document, an officer verifies it.
        mode = WindowMode.MANUAL if window.mode is WindowMode.RELEASE and not released else window.mode
        return {"number": window.number, "mode": mode, "opened_at": window.opened_at}

    def _of_document(
        self,
        one: AdmittedDocument,
        authority: str | None,
        system: str | None,
        state: AuthorityState,
        window: dict[str, Any] | None,
    ) -> Iterator[str]:
        say, term = self._texts.say, self._texts.term
        if state is not AuthorityState.NOT_CONNECTED:
            yield say("asked_electronically", **named("system", system or authority or ""), state=term("state", state))
            if system is not None and authority is not None:
                yield say("decides", **named("authority", authority))
        elif authority is not None:
            yield say("by_officer_of", **named("authority", authority))
        else:
            yield say("by_officer")
        if one.in_no_list and one.adapter is None:
            yield say("in_no_list")
        if window is not None:
            of, treatment = system or authority or "", term("window", window["mode"])
            yield say("contingency", system=of, number=window["number"], treatment=treatment)
        if one.quantity is not None:
            yield term("quantity", one.quantity)
        if one.compared:
            yield say("compared", facts=", ".join(term("compared", name) for name, _ in one.compared))
        if one.route is not None and one.route.example:
            yield say("example", example=one.route.example)
        if one.up_to is not None:
            yield self._up_to(one.up_to)
        yield say("one_of_several" if one.optional else "only_way")

    def _waiver(self, one: AdmittedWaiver) -> dict[str, Any]:
        return {
            "code": one.type,
            "name": self._wording.called(one.type),
            "says": [
                self._texts.say("own_statement" if one.self_declared else "statement_checked"),
                *([self._up_to(one.up_to)] if one.up_to is not None else []),
            ],
            "declarant_suffices": one.self_declared,
            "up_to_kilograms": plain(one.up_to) if one.up_to is not None else None,
        }

    def _up_to(self, kilograms: Decimal) -> str:
        return self._texts.say("up_to", amount=self._wording.quantity(plain(kilograms), "KGM"))


def _stated(declaration: Declaration, item: GoodsItem) -> StatedGoods:
    return StatedGoods(
        commodity_code=item.commodity_code,
        direction=declaration.direction,
        procedure=item.requested_procedure,
        origin=item.origin,
        dispatch=item.country_of_dispatch or declaration.country_of_dispatch,
        destination=item.country_of_destination or declaration.country_of_destination,
        additional_codes=item.additional_codes,
        additional_procedures=item.additional_procedures,
        description=item.description,
    )
