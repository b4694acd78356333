"""How much is declared, and whether the authority has it left."""

from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import NamedTuple

from gateway.contract import HolderAccount
from gateway.decisions.case import Dossier, OpenedCase, Raised
from gateway.decisions.positions import LinePosition, QuantityFault, masses_of_account, plain, positions
from gateway.decisions.units import Units, by_item
from gateway.domain.declaration import Kind
from gateway.domain.document import DocumentKey
from gateway.domain.tables.figures import SHIPMENT, SHIPMENTS
from gateway.domain.tables.formality_rows import LicenceDeviation
from gateway.domain.tables.rows import DocumentRoute, QuantityMode
from gateway.domain.verification import DocumentStatus

OWN_SUM = "SW-DEC-004"
DEVIATES = "SW-DEC-276"
EXCEEDED = "SW-DEC-070"
NO_POSITION = "SW-DEC-071"
UNIT_DIFFERS = "SW-DEC-075"
SEVERAL_CERTIFICATES = "SW-DEC-077"
VALUE_NOT_DECLARED = "SW-DEC-079"
BEYOND_OFFICER = "SW-DEC-124"
OTHER_THAN_OFFICER = "SW-DEC-125"
NOT_COMPARED = "SW-DEC-127"
COMPARED_LATER = "SW-DEC-129"

FAULTS = {
    QuantityFault.LEDGER_MISSING: NO_POSITION,
    QuantityFault.NOT_DECLARED: "SW-DEC-072",
    QuantityFault.UNIT_UNKNOWN: "SW-DEC-073",
    QuantityFault.UNIT_MISSING: "SW-DEC-074",
    QuantityFault.UNIT_DIFFERS: UNIT_DIFFERS,
    QuantityFault.COMMODITY_UNIT_UNKNOWN: "SW-DEC-076",
    QuantityFault.NOT_DIVIDED: "SW-DEC-078",
    QuantityFault.VALUE_NOT_DECLARED: VALUE_NOT_DECLARED,
}


def quantity_available(file: OpenedCase) -> Iterator[Raised]:
    """What the items of a declaration take from a certificate's line, together, is left there for it."""
    for dossier, route, counted in _counted(file):
        taken: dict[tuple[int, str], list[_Taken]] = {}
        compared: list[LinePosition] = []
        for position in counted:
            if position.fault is not None:
                code = FAULTS.get(position.fault)
                if code is not None:
                    yield _fault(dossier, route, position, code)
                continue
            line, declared, left = position.line, position.declared, position.left
            if line is None or declared is None or left is None or declared.unit != left.quantity.unit:
                yield _fault(dossier, route, position, NO_POSITION)
                continue
            item, place = position.citation.item.number, (line, declared.unit)
            taken.setdefault(place, []).append((declared.value, left.quantity.value, item))
            compared.append(position)
            if position.amount is not None and left.amount is not None:
                place = line, left.amount.currency
                taken.setdefault(place, []).append((position.amount.value, left.amount.value, item))
        for (line, unit), parts in sorted(taken.items()):
            total, available = sum([value for value, _, _ in parts], Decimal(0)), parts[-1][1]
            beyond = beyond_bounds(file, dossier, route, total, available)
            if beyond is None:
                continue
            items = {item for _, _, item in parts}
            deviation, of_account = _deviation(file, dossier, route), route.quantity is QuantityMode.ACCOUNT
            params = {"line": str(line), **_params(compared, line, unit, total, available, of_account=of_account)}
            yield Raised(
                code=EXCEEDED if deviation is None else DEVIATES,
                goods_item=parts[0][2] if len(items) == 1 else None,
                document=dossier.key,
                params=params if deviation is None else {**params, "percent": plain(beyond)},
                legal_basis="" if deviation is None else deviation.legal_basis,
            )


def _deviation(file: OpenedCase, dossier: Dossier, route: DocumentRoute) -> LicenceDeviation | None:
    """Return how far a quantity may deviate from what the document certifies; None: no more may be declared than is left."""
    return file.tables.formalities.deviation(dossier.document.type) if route.quantity is QuantityMode.OWN else None


def beyond_bounds(
    file: OpenedCase, dossier: Dossier, route: DocumentRoute, total: Decimal, available: Decimal
) -> Decimal | None:
    """Return the percent that a declared sum may deviate by and does not keep to; None: it keeps to what it may."""
    deviation = _deviation(file, dossier, route)
    up = file.tables.tolerance(route.adapter or "", dossier.document.type) if deviation is None else deviation.up
    if total > available * (100 + up) / 100:
        return up
    if deviation is not None and total < available * (100 - deviation.down) / 100:
        return deviation.down
    return None


def account_left_for_all(file: OpenedCase) -> Iterator[Raised]:
    """What several documents of a declaration take together from one account is left there."""
    yield from _exceeding(exceeded_together(file))


def _exceeding(accounts: "Iterable[ExceededAccount]") -> Iterator[Raised]:
    for one in accounts:
        params = {
            "line": str(one.year),
            **_params(one.taken, one.year, one.taken[0].unit, one.total, one.left, of_account=True),
        }
        for key in one.documents:
            yield Raised(code=EXCEEDED, document=key, params=params)


class ExceededAccount(NamedTuple):
    """An account from which several documents of a declaration take more than is left."""

    documents: tuple[DocumentKey, ...]
    year: int
    taken: tuple[LinePosition, ...]
    total: Decimal
    left: Decimal


def exceeded_together(file: OpenedCase) -> Iterator[ExceededAccount]:
    """Yield the accounts from which several documents take more together than is left."""
    known = [one.verification for one in file.routed if one.verification is not None]
    if not any(one.account is not None or one.accounts for one in known):
        return
    drawing: dict[_AccountName, list[tuple[Dossier, HolderAccount, list[LinePosition]]]] = {}
    for dossier, route, counted in _counted(file):
        row = file.tables.figures.account(dossier.document.type) if route.quantity is QuantityMode.ACCOUNT else None
        account = (
            dossier.verification.drawn_on(row.kind) if row is not None and dossier.verification is not None else None
        )
        if account is not None and counted and all(one.fault is None for one in counted):
            name = (route.adapter, account.document or account.holder, account.kind, account.year)
            drawing.setdefault(name, []).append((dossier, account, counted))
    for (*_, year), together in drawing.items():
        taken = tuple(one for _, _, counted in together for one in counted)
        total = sum((one.declared.value for one in taken if one.declared is not None), Decimal(0))
        left = min(account.available.value for _, account, _ in together)
        for _, account, counted in together:  # with what each document has taken already
            left += counted[0].available.value - account.available.value if counted[0].available else 0
        if len(together) > 1 and total > left:
            yield ExceededAccount(tuple(dossier.key for dossier, _, _ in together), year, taken, total, left)


def mass_left_in_account(file: OpenedCase) -> Iterator[Raised]:
    """What goods weigh that are not out yet is left in the account of mass that their document's authority keeps beside another one."""
    for dossier, route, _, masses in weighed(file):
        for position in masses:
            code = FAULTS.get(position.fault) if position.fault is not None else None
            if code is not None:
                yield _fault(dossier, route, position, code)
    yield from _exceeding(exceeded_by_mass(file))


def exceeded_by_mass(file: OpenedCase) -> Iterator[ExceededAccount]:
    """Yield the accounts of mass of which less is left than goods weigh that are not out yet."""
    drawing: dict[_AccountName, list[tuple[DocumentKey, tuple[LinePosition, ...]]]] = {}
    for dossier, route, account, masses in weighed(file):
        if account is not None and masses and all(one.fault is None for one in masses):
            name = (route.adapter, account.document or account.holder, account.kind, account.year)
            drawing.setdefault(name, []).append((dossier.key, masses))
    for (*_, year), together in drawing.items():
        taken = tuple(one for _, masses in together for one in masses)
        total = sum((one.declared.value for one in taken if one.declared is not None), Decimal(0))
        left = min(one.available.value for one in taken if one.available is not None)
        if total > left:
            yield ExceededAccount(tuple(key for key, _ in together), year, taken, total, left)


def weighed(
    file: OpenedCase,
) -> Iterator[tuple[Dossier, DocumentRoute, HolderAccount | None, tuple[LinePosition, ...]]]:
    """Yield the documents whose account has one of mass beside it, with that one and what their goods weigh."""
    if not file.tables.figures.weighing or (file.facts.released and not file.facts.partly):
        return
    for dossier, route, counted in _counted(file):
        row = file.tables.figures.account(dossier.document.type) if route.quantity is QuantityMode.ACCOUNT else None
        if row is not None and row.mass is not None and counted:
            account = dossier.verification.drawn_on(row.mass) if dossier.verification is not None else None
            yield dossier, route, account, masses_of_account(file, dossier, route, account)


_AccountName = tuple[str | None, str, str, int]
"""An account: its authority, the document or holder that it is kept for, its kind and year."""
_Taken = tuple[Decimal, Decimal, int]
"""What is taken, what is left, and the goods item that takes it."""


def _params(
    compared: Iterable[LinePosition], line: int, unit: str, total: Decimal, available: Decimal, *, of_account: bool
) -> dict[str, str]:
    together = [one for one in compared if one.line == line and one.declared is not None and one.declared.unit == unit]
    unit = SHIPMENT if of_account and unit == SHIPMENTS else unit
    units = Units.of(together, unit)
    most = units.most(available)
    return {
        **most,
        "most": f"of_account_{most['most']}" if of_account else most["most"],
        "drawn_on": "account" if of_account else "line",
        "declared": units.both(total),
        "rest": "stated",
        "available": units.both(available),
        "items": by_item(together, unit) or "-",
    }


def quantity_without_unit(file: OpenedCase) -> Iterator[Raised]:
    """A quantity that is declared for a document that an authority is asked about has a unit that is known."""
    for dossier in file.routed:
        for cited in dossier.document.cited:
            if cited.quantity_fault is not None:
                fault = QuantityFault(cited.quantity_fault)
                authority = dossier.authority
                params = {"authority": authority, "commodity": "", "currency": "", "line": ""}
                yield Raised(code=FAULTS[fault], goods_item=cited.goods_item, document=dossier.key, params=params)


def several_certificates(file: OpenedCase) -> Iterator[Raised]:
    """Several certificates of a type, or several lines of one, share an item only with a quantity each (12 03 006)."""
    for item in file.items:
        if len(file.on_item[item.number]) < 2:
            continue
        uses: dict[str, set[tuple[DocumentKey, int | None]]] = {}
        unstated: set[str] = set()
        for dossier, citation in file.on_item[item.number]:
            route, cited = dossier.route, citation.cited
            if route is None or route.quantity is QuantityMode.NONE or not file.counts_quantity(dossier, route, item):
                continue
            uses.setdefault(dossier.key.type, set()).add((dossier.key, cited.certificate_line))
            if not cited.stated and cited.amount is None:
                unstated.add(dossier.key.type)
        for kind in unstated:
            if len(uses[kind]) > 1:
                for key in {key for key, _ in uses[kind]}:
                    params = {"count": str(len(uses[kind]))}
                    yield Raised(code=SEVERAL_CERTIFICATES, goods_item=item.number, document=key, params=params)


def officers_quantity(file: OpenedCase) -> Iterator[Raised]:
    """Where an officer verified a document for a quantity, the items together take no more of it than that."""
    if file.forecast or file.declaration.kind is Kind.SUPPLEMENTARY:
        return
    for dossier in file.dossiers:
        route, found = dossier.route, dossier.verification
        if found is None or found.quantity is None or route is None or not (dossier.valid and dossier.by_officer):
            continue
        counted = [p for p in positions(file, dossier, route) if p.counts]
        taken = [_in_unit(file, position, found.quantity.unit) for position in counted]
        params = {"verified": plain(found.quantity.value), "unit": found.quantity.unit}
        if None in taken:
            yield Raised(code=OTHER_THAN_OFFICER, document=dossier.key, params=params)
        elif (total := sum((one for one in taken if one is not None), Decimal(0))) > found.quantity.value:
            yield Raised(code=BEYOND_OFFICER, document=dossier.key, params=params | {"declared": plain(total)})


def _in_unit(file: OpenedCase, position: LinePosition, unit: str) -> Decimal | None:
    """Return what an item takes, in a unit or a currency; None: it is not known."""
    amount = position.citation.cited.amount
    if amount is not None and amount.currency == unit:
        return amount.value
    converted = file.tables.convert(position.declared, unit) if position.declared is not None else None
    return converted.value if converted is not None else None


def own_sum(file: OpenedCase) -> Iterator[Raised]:
    """Where the authority keeps no ledger, it is said that only this declaration's own sum was compared."""
    for dossier, route, counted in _counted(file):
        if counted and route.quantity is QuantityMode.OWN:
            yield Raised(code=OWN_SUM, document=dossier.key, params={"authority": route.authority})


def _counted(file: OpenedCase) -> Iterator[tuple[Dossier, DocumentRoute, list[LinePosition]]]:
    """The quantities that count: none before presentation, and none where the goods were released already."""
    if file.forecast or file.declaration.kind is Kind.SUPPLEMENTARY:
        return
    for dossier, route, _ in file.recorded:
        if route.quantity is QuantityMode.NONE or not dossier.valid or dossier.key in file.case.untold:
            continue
        yield dossier, route, [p for p in positions(file, dossier, route) if p.counts]


def not_compared_beforehand(file: OpenedCase) -> Iterator[Raised]:
    """Of a document whose quantity a trader is not told beforehand, or was asked about often, it is said that it was not compared."""
    later = {DocumentKey(*one) for one in file.case.facts.told_often}
    for dossier, route, _ in file.recorded:
        if dossier.key not in file.case.untold or route.quantity is QuantityMode.NONE or not dossier.valid:
            continue
        if any(file.counts_quantity(dossier, route, citation.item) for citation in dossier.citations):
            code = COMPARED_LATER if dossier.key in later else NOT_COMPARED
            yield Raised(code=code, document=dossier.key, params={"authority": route.authority})


def _fault(dossier: Dossier, route: DocumentRoute, position: LinePosition, code: str) -> Raised:
    item = position.citation.item
    return Raised(
        code=code,
        goods_item=item.number,
        document=dossier.key,
        params={
            "authority": route.authority,
            "commodity": item.commodity_code,
            "currency": position.currency or "",
            "line": str(position.line),
            **(_other_unit(position) if position.fault is QuantityFault.UNIT_DIFFERS else {}),
        },
        status=DocumentStatus.UNDETERMINED if code == NO_POSITION else None,
    )


def _other_unit(position: LinePosition) -> dict[str, str]:
    """What is declared, and what the certificate counts in: two units of which neither is the other."""
    stated, left = position.stated, position.available
    return {
        "declared": f"{plain(stated.quantity.value)} {stated.quantity.unit}" if stated is not None else "",
        "unit": position.unit,
        "compared": "rest" if left is not None else "",
        "available": f"{plain(left.value)} {left.unit}" if left is not None else "",
    }
