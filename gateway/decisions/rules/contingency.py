"""What contingency windows (Impl. Reg. (EU) 2024/2145, Art. 11) make of documents that their authority cannot be asked about."""

from collections.abc import Iterator, Mapping
from types import MappingProxyType

from gateway.decisions.account import Account
from gateway.decisions.case import Dossier, OpenedCase, Raised
from gateway.decisions.positions import plain
from gateway.domain.contingency import RELEASED_UNVERIFIED, WindowMode
from gateway.domain.verification import DocumentStatus

HELD = "SW-DEC-130"
MANUAL = "SW-DEC-132"
VERIFIED_INSIDE = "SW-DEC-133"
TO_WRITE_OFF = "SW-DEC-134"

INSIDE = frozenset({HELD, RELEASED_UNVERIFIED, MANUAL, VERIFIED_INSIDE})
"""The findings on documents that are decided inside a window."""

_STRICT: Mapping[WindowMode, str] = MappingProxyType(
    {WindowMode.HOLD: HELD, WindowMode.RELEASE: HELD, WindowMode.MANUAL: MANUAL}
)


def contingency_window(file: OpenedCase) -> Iterator[Raised]:
    """Inside a contingency window a document that its authority could not be asked about is decided by the window's mode."""
    for dossier in file.dossiers:
        number = file.releasing_window(dossier)
        if number is not None:
            basis = file.tables.window_basis(dossier.document.type) if file.may_be_released(dossier) else ""
            yield _raised(RELEASED_UNVERIFIED, dossier, number, basis)
            continue
        window = file.windows.get(dossier.document.adapter or "")
        if window is None:
            continue
        if dossier.by_officer:
            # A verification from before the window was not made for want of the authority.
            at = dossier.verification.asked_at if dossier.verification is not None else None
            if at is not None and at >= window.opened_at:
                yield _raised(VERIFIED_INSIDE, dossier, window.number)
        elif dossier.status is DocumentStatus.UNDETERMINED:
            mode = window.mode
            if mode is WindowMode.RELEASE and not file.may_be_released(dossier):
                mode = WindowMode.MANUAL  # nothing lets a window release documents of this type
            yield _raised(_STRICT[mode], dossier, window.number)


def to_write_off(account: Account) -> Iterator[Raised]:
    """What was released unverified under a contingency window and confirmed afterwards is written off by officers.

    Of goods that are released in part the gateway writes the part off itself where it can.
    """
    file = account.file
    for dossier, _ in account.counting:
        if not dossier.valid or dossier.by_officer or dossier.document.key in account.released_unverified:
            continue
        for owed in account.owed(dossier):
            params = {
                "authority": dossier.authority,
                "window": str(file.released_under[dossier.document.key]),
                "owed": "all" if owed.goods_item is None else "item" if owed.line is None else "line",
                "item": str(owed.goods_item or ""),
                "line": str(owed.line or ""),
                "quantity": plain(owed.quantity) if owed.quantity is not None else "",
                "unit": owed.unit or "",
            }
            yield Raised(code=TO_WRITE_OFF, goods_item=owed.goods_item, document=dossier.key, params=params)


def _raised(code: str, dossier: Dossier, number: int, legal_basis: str = "") -> Raised:
    params = {"authority": dossier.authority, "window": str(number)}
    return Raised(code=code, document=dossier.key, params=params, legal_basis=legal_basis)
