"""Whether what a declaration takes of its documents is reserved or written off at their authorities."""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from types import MappingProxyType

from gateway.contract import MovementKind, Refusal
from gateway.contract.errors import FOUND
from gateway.decisions.account import MOVING, Account, is_office
from gateway.decisions.case import Dossier, Raised
from gateway.decisions.positions import LinePosition, positions
from gateway.decisions.rules.procedure import extracts
from gateway.decisions.units import Units
from gateway.domain.declaration import Kind
from gateway.domain.movement import CANCELLATIONS, Movement, MovementState, OwnPosition
from gateway.domain.order_lines import taken, unit_of
from gateway.domain.tables.rows import DocumentRoute, QuantityMode

NOT_YET_RESERVED = "SW-DEC-002"
REFUSALS = tuple(f"SW-DEC-{number}" for number in range(100, 111))
WRITTEN_OFF = "SW-DEC-105"
NOT_VALIDATED = "SW-DEC-110"
IN_DOUBT = "SW-DEC-111"
NOT_RESERVED = "SW-DEC-112"
EARLIER_ENDED = "SW-DEC-113"
NO_OFFICE = "SW-DEC-114"
STATUS_CHANGED = "SW-DEC-115"
NONE_BEFORE = "SW-DEC-116"
USAGE = "SW-DEC-117"
NOT_WRITTEN_OFF = "SW-DEC-118"
CANCELLED = "SW-DEC-119"
PARTLY_RELEASED = "SW-DEC-120"
VERIFIED_BY_OFFICER = "SW-DEC-121"
RETROSPECTIVE = "SW-DEC-122"
CORRECTION_REFUSED = "SW-DEC-123"
BY_RECEIPT_ALONE = "SW-DEC-126"
NOTHING_FURTHER = "SW-DEC-128"
NOT_MADE_HERE = "SW-DEC-143"
STILL_OUT = "SW-DEC-144"
GOODS_OUT = "SW-DEC-145"

_DONE: Mapping[MovementKind, str] = MappingProxyType(
    {
        MovementKind.RESERVE: "reserved",
        MovementKind.WRITE_OFF: "written_off",
        MovementKind.CANCEL: "given_back",
        MovementKind.FORCE: "written_off",
        MovementKind.AMEND: "corrected",
        MovementKind.DELETE: "given_back",
    }
)

_WHY: Mapping[str, str] = MappingProxyType(
    {
        "SW-ADP-01": "not_reached",
        "SW-ADP-02": "not_let_in",
        "SW-ADP-03": "not_taken",
        "SW-ADP-04": "not_understood",
        **dict.fromkeys((one.code for one in FOUND), "not_understood"),
    }
)


def not_yet_reserved(account: Account) -> Iterator[Raised]:
    """Before acceptance, a quantity that counts is said to be unreserved."""
    file = account.file
    if file.case.accepted or file.forecast or file.declaration.kind not in MOVING:
        return
    for dossier, route in account.counting:
        if route.quantity is QuantityMode.LEDGER and dossier.valid and dossier.certificate is not None:
            yield _raised(NOT_YET_RESERVED, dossier, route)


def reservation_refused(account: Account) -> Iterator[Raised]:
    """A reservation that the authority refuses is judged by its reason (table 4); an officer's own word stands in its place."""
    if not account.moving:
        return
    for dossier, route in account.counting:
        own_position = account.position(dossier)
        if own_position is None or dossier.by_officer or not _is_refused(own_position.counting):
            continue
        last = own_position.counting
        if last.refusal is Refusal.WRITTEN_OFF and _is_ours(account, own_position):
            continue
        judged = last.refusal is not None and last.refusal is not Refusal.NOT_VALIDATED
        code = account.file.tables.refusal_rule(last.refusal) if judged and last.refusal is not None else None
        item = last.refused_item if last.refused_item in account.file.on_item else None
        params = {"authority": route.authority, **_rest(account, dossier, route, last), **extracts(dossier)}
        yield Raised(code=code or NOT_VALIDATED, goods_item=item, document=dossier.key, params=params)
        if own_position.earlier_ended:
            yield _raised(EARLIER_ENDED, dossier, route)


def in_doubt(account: Account) -> Iterator[Raised]:
    """Nobody relies on a movement whose end is not known."""
    for own_position in account.own_positions.values():
        if own_position.last.open:
            params = {"authority": _authority(account, own_position), "movement": _DONE[own_position.counting.kind]}
            yield Raised(code=IN_DOUBT, document=own_position.document, params=params)


def not_reserved(account: Account) -> Iterator[Raised]:
    """A quantity that counts is reserved or written off, all of it, before goods are released."""
    for dossier, route in account.counting:
        if dossier.key not in account.unheld or dossier.key in account.held or account.file.facts.given_back:
            continue
        if not is_office(account.file.declaration.customs_office):
            continue
        own_position = account.position(dossier)
        if own_position is not None and _has_its_own_rule(own_position):
            continue
        last = own_position.counting if own_position is not None else None
        yield _raised(NOT_RESERVED, dossier, route, **_why(account, dossier, last))


def _why(account: Account, dossier: Dossier, last: Movement | None) -> dict[str, str]:
    if account.is_owed(dossier):
        return {"why": "part_owed", "then": "nothing"}
    if account.is_refused(dossier):
        why, then = "other_findings", "mend"
    else:
        why = _WHY.get(last.cause or "", "") if last is not None else ""
        then = "nothing"
    return {"why": why, "then": then}


def office_declared(account: Account) -> Iterator[Raised]:
    """A quantity is moved in the name of the declaration's own customs office."""
    file = account.file
    if file.forecast or file.declaration.kind not in MOVING or is_office(file.declaration.customs_office):
        return
    for dossier, route in account.counting:
        own_position = account.position(dossier)
        held = own_position is not None and not own_position.holding.empty
        if dossier.valid and not dossier.by_officer and not held:
            yield _raised(NO_OFFICE, dossier, route)


def status_changed(account: Account) -> Iterator[Raised]:
    """A write-off that was carried out although the document's status had changed is shown to an officer."""
    for own_position in account.own_positions.values():
        if own_position.used_under_change:
            yield Raised(
                code=STATUS_CHANGED,
                document=own_position.document,
                params={"authority": _authority(account, own_position)},
            )


def nothing_further(account: Account) -> Iterator[Raised]:
    """Nothing further is released on a document whose authority said, in carrying an order out, that its status had changed."""
    facts = account.file.facts
    if facts.released and not facts.partly:
        return
    for dossier, route in account.counting:
        own_position = account.position(dossier)
        if own_position is not None and own_position.status_changed and not dossier.by_officer:
            yield _raised(NOTHING_FURTHER, dossier, route)


def made_elsewhere(account: Account) -> Iterator[Raised]:
    """A write-off that was not made here is not taken back by itself where no release is recorded: officers find out whose it is."""
    file = account.file
    if file.facts.released:
        return
    cited = {document.key for document in file.case.plan.documents}
    for own_position in account.own_positions.values():
        if (
            own_position.foreign
            and not own_position.kept
            and (file.facts.invalidating or own_position.document not in cited)
        ):
            yield Raised(
                code=NOT_MADE_HERE,
                document=own_position.document,
                params={"authority": _authority(account, own_position)},
            )


def still_out(account: Account) -> Iterator[Raised]:
    """What goods were released on stays written off until as much is written off in its place; till then officers are told."""
    file = account.file
    if not file.facts.released or not account.moving or file.facts.invalidating:
        return
    counting = {dossier.key for dossier, _ in account.counting}
    for own_position in account.own_positions.values():
        written_off, last = own_position.holding.written_off, own_position.counting
        corrected = last.by_officer and last.version == file.declaration.version
        if not written_off or own_position.last.open or own_position.kept or corrected or _is_undone(own_position):
            continue
        if own_position.document not in counting or _exceeds(account, own_position):
            params = {"authority": _authority(account, own_position)}
            yield Raised(code=STILL_OUT, document=own_position.document, params=params)


def _exceeds(account: Account, own_position: OwnPosition) -> bool:
    """Whether more is written off of a document for some goods item than that takes of it now."""
    intended, written_off = account.of_all.get(own_position.document), own_position.holding.written_off
    if intended is None:
        return False
    convert = account.file.tables.convert
    for number in {line.goods_item for line in written_off}:
        gone, declared = (
            [line for line in lines if line.goods_item == number] for lines in (written_off, intended.lines)
        )
        unit = unit_of(gone[0])
        was, becomes = (taken(lines, unit, convert) if unit is not None else None for lines in (gone, declared))
        if was is not None and becomes is not None and was > becomes:
            return True
    return False


def goods_out(account: Account) -> Iterator[Raised]:
    """What was written off for goods that are out is not given back because their declaration is invalidated: officers decide."""
    facts = account.file.facts
    if not (facts.invalidating and facts.goods_out):
        return
    for own_position in account.own_positions.values():
        if own_position.holding.written_off and not own_position.kept:
            yield Raised(
                code=GOODS_OUT, document=own_position.document, params={"authority": _authority(account, own_position)}
            )


def moved_before(account: Account) -> Iterator[Raised]:
    """What a supplementary declaration takes was moved by the declaration that it supplements, or is told by itself."""
    if account.file.declaration.kind is not Kind.SUPPLEMENTARY:
        return
    for dossier, route in account.counting:
        own_position = account.position(dossier)
        told = own_position is not None and bool(own_position.holding.written_off)
        if dossier.key not in account.file.moved_before and not told:
            yield _raised(NONE_BEFORE, dossier, route)


def usage_reported(account: Account) -> Iterator[Raised]:
    """Where an authority takes no reservations, it is said that usage is reported at release."""
    file = account.file
    if file.forecast or file.declaration.kind not in MOVING:
        return
    for dossier, route in account.counting:
        own_position = account.position(dossier)
        reported = own_position is not None and bool(own_position.holding.written_off)
        reported = reported or account.is_owed(dossier)
        if route.quantity.told_at_release and dossier.valid and not dossier.by_officer and not reported:
            yield _raised(USAGE, dossier, route)


def written_off(account: Account) -> Iterator[Raised]:
    """A write-off, its correction and what is given back are carried out, or an officer looks at it."""
    for own_position in account.own_positions.values():
        if _is_undone(own_position):
            params = {"authority": _authority(account, own_position), "movement": _DONE[own_position.counting.kind]}
            yield Raised(code=NOT_WRITTEN_OFF, document=own_position.document, params=params)


def correction_refused(account: Account) -> Iterator[Raised]:
    """That an authority refused an officer's correction is said; nothing has changed by it."""
    for own_position in account.own_positions.values():
        if own_position.last.refused_to_officer and own_position.counting != own_position.last:
            params = {"authority": _authority(account, own_position)}
            yield Raised(code=CORRECTION_REFUSED, document=own_position.document, params=params)


def by_receipt_alone(account: Account) -> Iterator[Raised]:
    """A movement that an authority's receipt confirms, and its own position does not, is said to be so."""
    for own_position in account.own_positions.values():
        if own_position.counting.by_receipt_alone and not own_position.last.open:
            params = {"authority": _authority(account, own_position)}
            yield Raised(code=BY_RECEIPT_ALONE, document=own_position.document, params=params)


def reservations_cancelled(account: Account) -> Iterator[Raised]:
    """A declaration that was abandoned has given back what it held."""
    if not account.file.facts.given_back:
        return
    for dossier, route in account.counting:
        own_position = account.position(dossier)
        if dossier.key in account.unheld and not (own_position is not None and own_position.last.open):
            yield _raised(CANCELLED, dossier, route)


def partly_released(account: Account) -> Iterator[Raised]:
    """After a release in part, what is left of a document's quantity is said to be no longer reserved."""
    if not account.file.facts.released:
        return
    for dossier, route in account.counting:
        own_position = account.position(dossier)
        if (
            own_position is None
            or own_position.last.open
            or own_position.counting.by_officer
            or not own_position.holding.written_off
        ):
            continue
        if account.is_owed(dossier):
            continue  # another rule says what is to be written off
        if own_position.document in account.intended and not account.takes_intended(own_position):
            yield _raised(PARTLY_RELEASED, dossier, route)


def verified_by_hand(account: Account) -> Iterator[Raised]:
    """Of a document that an officer verified by hand no quantity is moved by the gateway itself."""
    if not account.moving:
        return
    for dossier, route in account.counting:
        own_position = account.position(dossier)
        held = own_position is not None and (own_position.last.open or not own_position.holding.empty)
        if dossier.valid and dossier.by_officer and not held:
            yield _raised(VERIFIED_BY_OFFICER, dossier, route)


def retrospective(account: Account) -> Iterator[Raised]:
    """For goods that were moved without a declaration, a quantity is written off by an officer only."""
    if account.file.declaration.kind is not Kind.RETROSPECTIVE:
        return
    for dossier, route in account.counting:
        own_position = account.position(dossier)
        if dossier.valid and (own_position is None or not own_position.holding.written_off):
            yield _raised(RETROSPECTIVE, dossier, route)


def _is_refused(movement: Movement) -> bool:
    return movement.state is MovementState.REFUSED and movement.kind is MovementKind.RESERVE


def _is_undone(own_position: OwnPosition) -> bool:
    """Whether something other than a reservation was refused, or was found not to be done, and is still to be done."""
    last = own_position.counting
    undone = last.state in (MovementState.REFUSED, MovementState.NOT_DONE) and last.kind is not MovementKind.RESERVE
    return undone and not (last.kind in CANCELLATIONS and own_position.holding.empty)


def _has_its_own_rule(own_position: OwnPosition) -> bool:
    """Whether another rule says why the quantity is not held."""
    return own_position.last.open or _is_refused(own_position.counting) or _is_undone(own_position)


def _is_ours(account: Account, own_position: OwnPosition) -> bool:
    """Whether the write-off that stands in the way is this declaration's own, for just these goods or for released ones."""
    if not own_position.holding.written_off:
        return False
    return account.file.facts.released or account.takes_intended(own_position)


def _rest(account: Account, dossier: Dossier, route: DocumentRoute, refused: Movement) -> dict[str, str]:
    """What a declarant can still take of the line that was refused, in the declared unit: only if that is less than is declared."""
    unknown = dict.fromkeys(("left", "unit", "compared", "line", "declared", "available"), "") | {"most": "less"}
    if refused.refusal is not Refusal.INSUFFICIENT:
        return unknown
    stated = refused.left if refused.left is not None and refused.left.value >= 0 else None
    counted = [p for p in positions(account.file, dossier, route) if p.counts and p.line is not None]
    lines = {position.line for position in counted if _is_named(position, refused)}
    together = [p for p in counted if p.line in lines] if len(lines) == 1 else []
    left = stated or (together[0].available if together else None)
    if left is None or left.value < 0:
        return unknown
    declared = [p.declared.value for p in together if p.declared is not None and p.declared.unit == left.unit]
    whole = bool(together) and len(declared) == len(together)
    total = sum(declared, Decimal(0))
    if stated is None and not (whole and left.value < total):
        return unknown
    units = Units.of(together, left.unit) if whole else Units(left.unit)
    return {
        **units.most(left.value),
        "compared": "lines" if whole else "",
        "line": str(together[0].line) if whole else "",
        "declared": units.both(total) if whole else "",
        "available": units.both(left.value) if whole else "",
    }


def _is_named(position: LinePosition, refused: Movement) -> bool:
    item, line = position.citation.item.number, position.line
    return refused.refused_item in (None, item) and refused.refused_line in (None, line)


def _raised(code: str, dossier: Dossier, route: DocumentRoute, **params: str) -> Raised:
    return Raised(code=code, document=dossier.key, params={"authority": route.authority, **params})


def _authority(account: Account, own_position: OwnPosition) -> str:
    """The authority's name, of a document too that is not cited any more."""
    tables = account.file.tables
    route = tables.route(own_position.type, account.file.direction) or tables.known(own_position.type)
    return route.authority if route is not None else own_position.adapter
