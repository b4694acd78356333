"""Reading of a holder's account: what is left of each year, and what the asking declaration took."""

from gateway.contract import (
    Allocation,
    AllocationState,
    HolderAccount,
    Ledger,
    LedgerLine,
    Quantity,
    Reference,
    UnexpectedAnswer,
)
from gateway.contract.reading import Record

UNIT = "TCE"


def read_account(
    registration: Record, kind: str | None, holder: str | None, declaration: Reference | None, year: int
) -> HolderAccount | None:
    """Return the account of a year; None: the document draws on none, or the portal keeps none for that year or names nobody whose it is.

    Raises:
        UnexpectedAnswer: it is another account, or not as agreed.
    """
    stated = registration.optional(registration.record, "account")
    if stated is None:
        return None
    if kind is None:
        raise UnexpectedAnswer("$.registration.account: nobody asked for one")
    read = ledger(stated, kind, declaration)
    line = next((one for one in read.lines if one.number == year), None)
    if line is None or holder is None:
        return None
    return HolderAccount(holder=holder, year=year, kind=kind, available=line.available, taken=read.allocations)


def ledger(account: Record, kind: str, declaration: Reference | None) -> Ledger:
    """Return an account as a position, of which a line is a year.

    Raises:
        UnexpectedAnswer: it is another account, or not as agreed.
    """
    account.text("kind", kind)
    mrn = account.optional(account.text, "mrn")
    if mrn != (declaration.value if declaration is not None else None):
        raise UnexpectedAnswer("$.account.mrn: what another declaration took was not asked for")
    lines = tuple(
        LedgerLine(number=one.count("year"), available=_amount(one, "left")) for one in account.records("years")
    )
    if len({one.number for one in lines}) != len(lines):
        raise UnexpectedAnswer("$.account.years: a year stands twice")
    taken = tuple(_taken(one, declaration) for one in account.records("taken"))
    if not {one.certificate_line for one in taken} <= {one.number for one in lines}:
        raise UnexpectedAnswer("$.account.taken: of a year that the account has not")
    return Ledger(lines=lines, allocations=taken)


def _taken(taken: Record, declaration: Reference | None) -> Allocation:
    if declaration is None:
        raise UnexpectedAnswer("$.account.taken: no declaration asks")
    return Allocation(
        declaration=declaration,
        state=AllocationState.CONSUMED,
        goods_item=taken.count("goods_item"),
        certificate_line=taken.count("year"),
        quantity=_amount(taken, "amount"),
    )


def _amount(record: Record, key: str) -> Quantity:
    stated = record.record(key)
    return Quantity(value=stated.decimal("value", signed=key == "left"), unit=stated.text("unit", UNIT))
