"""The parts of a `ProcessedChedInformationResponse`: the answer of TRACES to a read and to a reservation."""

from dataclasses import dataclass

from lxml import etree

from adapters.traces.elements import Children, local
from adapters.traces.port import Names
from gateway.contract import UnexpectedAnswer


@dataclass(frozen=True, slots=True, kw_only=True)
class Information:
    """The parts of an answer. Neither certificate nor summary: TRACES knows no such certificate, or does not show it."""

    certificate: etree._Element | None
    """The `SPSCertificate`."""
    summary: etree._Element | None
    """The `QuantityManagementSummary`."""
    operation_code: str
    result: str | None
    """`ReservationResult`; it and the two that follow stand only in the answer to a reservation."""
    reason: str | None
    """`ReservationFailureReason`."""
    failed_item: etree._Element | None
    """`ReservationFailureConsignmentItem`."""

    @property
    def of_reservation(self) -> bool:
        """Whether the answer carries what only the one to a reservation does."""
        return self.result is not None or self.reason is not None or self.failed_item is not None


def read_information(body: etree._Element, names: Names) -> Information:
    """Take the answer apart.

    Raises:
        UnexpectedAnswer: it is another one, or not as expected.
    """
    if body.tag != names.ched("ProcessedChedInformationResponse"):
        raise UnexpectedAnswer(f"the answer is a {local(body)}")
    parts = Children(body)
    certificate = parts.at_most_one(names.ched("ChedCertificate"))
    sps = None
    if certificate is not None:
        # Whatever stands in its place: a certificate that cannot be read is never one that is not known.
        if len(certificate) != 1:
            raise UnexpectedAnswer("ChedCertificate does not hold one certificate")
        sps = certificate[0]
    return Information(
        certificate=sps,
        summary=parts.at_most_one(names.ched("QuantityManagementSummary")),
        operation_code=parts.text(names.ched("OperationCode")),
        result=parts.optional_text(names.ched("ReservationResult")),
        reason=parts.optional_text(names.ched("ReservationFailureReason")),
        failed_item=parts.at_most_one(names.ched("ReservationFailureConsignmentItem")),
    )
