"""Accounts of a holder or of a document, as an authority's file says where they stand: a position whose lines are years."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from gateway.contract import Answer, HolderAccount, Reference, UnexpectedAnswer
from gateway.dispatch.declarative.fact_tables import rows
from gateway.dispatch.declarative.lines import AtLine
from gateway.dispatch.declarative.positions import StatedRows
from gateway.dispatch.declarative.request_tables import RequestContext
from gateway.dispatch.declarative.sections import Section

_OTHERS = {"kind": "text", "year": "count"}


@dataclass(frozen=True, slots=True, kw_only=True)
class StatedAccounts:
    """The account that documents draw on, whose years are the lines of `[position]`, and others that are told beside it."""

    kind: str
    of_document: bool
    """Whether it is kept for the document; else for its holder."""
    others: StatedRows | None
    line: int
    """Where the file says it."""

    def beside(self, node: Any, on: date) -> tuple[tuple[str, int, Any], ...]:
        """Return the other accounts that an answer states: name, year and what is left.

        Raises:
            UnexpectedAnswer: one of them is not as agreed.
        """
        if self.others is None:
            return ()
        return tuple((row["kind"], row["year"], row["quantity"]) for row in self.others.read(node, on))

    def told(
        self, answer: Answer, others: Sequence[tuple[str, int, Any]], declaration: Reference | None, on: date
    ) -> Answer:
        """Return an answer with the accounts of the year in place of the position. An account without that year is not there.

        Raises:
            UnexpectedAnswer: the record does not say for whom it is kept, or a year of an account stands twice.
        """
        if answer.certificate is None or answer.ledger is None:
            return answer
        certificate, ledger = answer.certificate, answer.ledger
        with AtLine(self.line):
            if not self.of_document and certificate.holder is None:
                raise UnexpectedAnswer("an account of a holder, and no holder is stated")
            left = [(self.kind, one.number, one.available) for one in ledger.lines] + list(others)
            if len({(kind, year) for kind, year, _ in left}) != len(left):
                raise UnexpectedAnswer("a year of an account stands twice")
        taken = tuple(one for one in ledger.allocations if one.declaration == declaration)
        accounts = tuple(
            HolderAccount(
                holder=certificate.holder or "",
                year=year,
                kind=kind,
                available=available,
                taken=taken if kind == self.kind else (),
                document=certificate.reference if self.of_document else "",
            )
            for kind, year, available in left
            if year == on.year
        )
        # Several are told as such, and one as it always was.
        one = accounts[0] if len(accounts) == 1 else None
        return Answer(
            status=answer.status,
            certificate=certificate,
            ask_again_at=answer.ask_again_at,
            account=one,
            accounts=() if one is not None else accounts,
        )


def stated_accounts(
    asking: RequestContext, top: Section, facts: Collection[str], *, has_position: bool
) -> StatedAccounts | None:
    """Read `[account]`; None: there is none, or it has faults."""
    section = top.table("account")
    if section is None:
        return None
    if not has_position:
        section.fault(None, "[position] is missing: its lines are the account's years")
    kind = section.text("kind", needed=True)
    of_document = section.text("kept_for", needed=True, among=("document", "holder")) == "document"
    if not of_document and "holder" not in facts:
        section.fault("kept_for", "[verify.facts] says no holder")
    inner, others = section.table("others"), None
    if inner is not None:
        if "quantity" not in inner:
            inner.fault(None, "quantity is missing: say what is left")
        others = rows(asking.file, inner, _OTHERS, ("kind", "year"), {"quantity": False}, signed=True)
    section.end()
    return (
        None if kind is None else StatedAccounts(kind=kind, of_document=of_document, others=others, line=section.line())
    )
