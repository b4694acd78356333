"""The MRNs of a message that cannot be MRNs: found by intake, answered by whoever knows who sent it."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from gateway.domain.declaration import Declaration, PreviousDocument
from gateway.domain.errors import Violation
from gateway.domain.mrn import check_character, is_checked, is_mrn
from gateway.intake.catalogue import IntakeSentences

EXAMPLE = "26FR001260000001R6"
"""An MRN with its right check character, as refusals show one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DoubtfulMrn:
    """An MRN that cannot be one, and its place in the message."""

    mrn: str
    previous: str | None
    """The type of the previous document that is cited by it; None: the declaration's own, or that of the one it is about."""
    path: str | None
    line: int | None

    def refusal(self, catalogue: IntakeSentences) -> Violation:
        """Return the violation that it is from a trader: what it would have to be is not told, since any other character may be wrong."""
        rule = "mrn_check_character" if self.previous is None else "previous_mrn_check_character"
        if not is_mrn(self.mrn):
            rule = "previous_mrn_form"
        params = {"value": self.mrn or "–", "example": EXAMPLE} | (
            {} if self.previous is None else {"type": self.previous}
        )
        return catalogue.violation(rule, path=self.path, line=self.line, **params)

    def warning(self, catalogue: IntakeSentences) -> Violation:
        """Return the warning for customs, which has given it."""
        if not is_mrn(self.mrn):
            return self.refusal(catalogue)
        return catalogue.violation(
            "mrn_taken", path=self.path, line=self.line, value=self.mrn, expected=check_character(self.mrn)
        )


def doubtful(
    declaration: Declaration, only_mrns: Collection[str] = ()
) -> Iterator[tuple[Declaration | PreviousDocument, str, str]]:
    """Return the values of a declaration with such MRNs, each with its field and the MRN.

    Args:
        declaration: what was read.
        only_mrns: the types of previous documents that are cited by nothing but an MRN.
    """
    if declaration.mrn is not None and is_mrn(declaration.mrn) and not is_checked(declaration.mrn):
        yield declaration, "mrn", declaration.mrn
    for _, previous in declaration.previous():
        formed = is_mrn(previous.reference)
        if (formed and not is_checked(previous.reference)) or (not formed and previous.type in only_mrns):
            yield previous, "reference", previous.reference
