"""The findings on suspended goods: who has to speak next, and what was said."""

from collections.abc import Iterator

from gateway.decisions.case import OpenedCase, Raised
from gateway.domain.suspension import SCOPE_LOST, Awaited, Suspended, SuspensionState

SUSPENDED = "SW-DEC-300"
MAINTAINED = "SW-DEC-301"
DECLARANT = "SW-DEC-302"
OFFICER = "SW-DEC-303"
REFUSED = "SW-DEC-304"
TO_DESTROY = "SW-DEC-305"
UNCONFIRMED = "SW-DEC-306"
NOT_TOLD = "SW-DEC-307"
AFTER_RELEASE = "SW-DEC-308"
WITH_DEADLINE = (SUSPENDED, DECLARANT, OFFICER, UNCONFIRMED, NOT_TOLD)
WITHOUT_DEADLINE = (MAINTAINED, REFUSED, TO_DESTROY, AFTER_RELEASE, SCOPE_LOST)

_BY_STATE = {
    SuspensionState.MAINTAINED: MAINTAINED,
    SuspensionState.REFUSED: REFUSED,
    SuspensionState.TO_DESTROY: TO_DESTROY,
    SuspensionState.UNCONFIRMED: UNCONFIRMED,
}
_WHILE_OPEN = {Awaited.PARTY: SUSPENDED, Awaited.DECLARANT: DECLARANT, Awaited.OFFICER: OFFICER}
_TOLD = (SUSPENDED, MAINTAINED, DECLARANT)
_NO_DAY = "-"


def suspended_goods(file: OpenedCase) -> Iterator[Raised]:
    """Goods that are suspended are not released until its words or its clock free them; of released ones customs is alerted."""
    gone = file.items_out
    for one in file.facts.suspensions:
        if one.has_changed(file.declaration.items) and not gone >= {item.number for item in file.items}:
            yield Raised(code=SCOPE_LOST, params={"suspension": one.title}, legal_basis=one.legal_basis)
        for number in sorted(one.goods_items & {item.number for item in file.items}):
            if number not in gone:
                yield _raised(one, number, _code(one))
            elif one.told:
                # It holds nothing, so its parties would read it: of one that they are not told, the list of suspensions tells officers.
                yield _raised(one, number, AFTER_RELEASE)


def _code(one: Suspended) -> str:
    code = _BY_STATE.get(one.state) or _WHILE_OPEN[one.awaits]
    return NOT_TOLD if code in _TOLD and not one.told else code


def _raised(one: Suspended, goods_item: int, code: str) -> Raised:
    params = {"suspension": one.title}
    if code in WITH_DEADLINE:
        params["until"] = one.deadline.isoformat() if one.deadline is not None else _NO_DAY
    return Raised(code=code, goods_item=goods_item, params=params, legal_basis=one.legal_basis)
