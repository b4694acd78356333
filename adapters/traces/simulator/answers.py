"""The simulated port's answers: quantity summaries, outcomes, envelopes and faults.

They are written as bytes: a summary lists every declaration that draws on a certificate, and an authority under load
answers with what it has at hand. A long one stays in pieces until it is put into its envelope.
"""

from datetime import UTC, datetime
from decimal import Decimal
from xml.sax.saxutils import escape
from zoneinfo import ZoneInfo

from adapters.simulation import Fault
from adapters.traces.certex_v06 import BASE, CHED, SOAP
from adapters.traces.simulator.certificates import plain
from adapters.traces.simulator.ledger import Allocated, CertificateLedger, Declaration, Line, Outcome, Refusal, Refused

MESSAGE = "http://ec.europa.eu/sanco/tracesnt/message/v1"
UNHEARD_OF = "99"
"""A code that stands in none of the lists."""
_BRUSSELS = ZoneInfo("Europe/Brussels")
_OPEN = f'<ched:%s xmlns:ched="{CHED}" xmlns="{BASE}">'


def information(
    certificate: bytes | None, summary: list[bytes], *, result: bytes = b"", operation: str = "0"
) -> list[bytes]:
    """Write the answer to a read or a reservation; without a certificate it is the one to an unknown certificate."""
    head = (_OPEN % "ProcessedChedInformationResponse").encode()
    known = (
        [] if certificate is None else [b"<ched:ChedCertificate>", certificate, b"</ched:ChedCertificate>", *summary]
    )
    code = _ched("OperationCode", operation).encode()
    return [head, *known, code, result, b"</ched:ProcessedChedInformationResponse>"]


def summary(lines: tuple[Line, ...], ledger: CertificateLedger, *, without: Declaration | None = None) -> list[bytes]:
    """Write what is left and who draws on it, leaving out one declaration's parts."""
    available = "".join(
        f"<AvailableQuantity>{_quantity(line.code, line.unit, ledger.available(line), line.number)}</AvailableQuantity>"
        for line in lines
    )
    head, tail = b"<ched:QuantityManagementSummary>", b"</ched:QuantityManagementSummary>"
    return [head, available.encode(), *ledger.written(without=without), tail]


def allocation(one: Allocated) -> bytes:
    """Write a part of a line that a declaration has reserved or used up."""
    name = "ConsumedQuantity" if one.consumed else "ReservedQuantity"
    kind, value = one.declaration
    # As observed: a reservation is stated to the millisecond of UTC, a write-off to the second of Brussels.
    at = _consumed_at(one.at) if one.consumed else _sent_at(one.at)
    return (
        f"<{name}><GoodsItemNumber>{one.goods_item}</GoodsItemNumber>"
        f"{_quantity(one.code, one.unit, one.quantity, one.line)}<EventDateTime>{at}</EventDateTime>"
        f"<CompetentCustomsOffice><ReferenceNumber>{escape(one.office)}</ReferenceNumber></CompetentCustomsOffice>"
        f"<{kind}>{escape(value)}</{kind}></{name}>"
    ).encode()


def reservation(refused: Refused | None, planned: Fault | None) -> bytes:
    """Write the outcome of a reservation, or a contradiction in its place."""
    contradicts = planned in {Fault.CONTRADICTION_ALLOCATION, Fault.CONTRADICTION_REASON}
    reason = None if refused is None else str(refused.reason)
    if reason is not None and planned is Fault.UNKNOWN_CODE:
        reason = UNHEARD_OF
    result = _ched("ReservationResult", "1" if contradicts or not refused else "0")
    elements = [] if planned is Fault.CONTRADICTION else [result]
    if planned is Fault.CONTRADICTION_REASON:
        reason = Refusal.INSUFFICIENT
    if reason is not None and planned is not Fault.CONTRADICTION_ALLOCATION:
        elements.append(_ched("ReservationFailureReason", reason))
        elements.append(_failed(refused))
    return "".join(elements).encode()


def outcome(operation: str, code: Outcome, sent: datetime, planned: Fault | None) -> list[bytes]:
    """Write the answer to a clearance or an intervention."""
    stated = UNHEARD_OF if planned is Fault.UNKNOWN_CODE else code
    answer = (
        f"{_OPEN % operation}{_ched('QuantityManagementOutcome', stated)}{_ched('SendingDate', _sent_at(sent))}"
        f"{_ched('OperationCode', '0')}</ched:{operation}>"
    )
    return [answer.encode()]


def fault(*, operation: str, message_id: str, prefix: str, message: str, sender: bool = False) -> bytes:
    """Write a fault: the sender's own, by name, or the one untyped kind of every other failure, named after its operation."""
    name = f"ched:{operation}Fault"
    detail = (
        f'<detail><{name} xmlns:ched="{CHED}" xmlns="{BASE}"><MessageId>{escape(message_id)}</MessageId>'
        f"<UniqPrefix>{escape(prefix)}</UniqPrefix><errorMessage>{escape(message)}</errorMessage></{name}></detail>"
    )
    return (
        f'<S:Envelope xmlns:S="{SOAP}"><S:Body><S:Fault><faultcode>S:{"Client" if sender else "Server"}</faultcode>'
        f"<faultstring>{escape(message)}</faultstring>{'' if sender else detail}</S:Fault></S:Body></S:Envelope>"
    ).encode()


_HEAD, _MIDDLE, _BODY = (
    f'<S:Envelope xmlns:S="{SOAP}"><S:Header><Message xmlns="{MESSAGE}" severity="debugging"><ID>WS_REQUEST_ID</ID>'
    f'</Message><c:CertexHeader xmlns:c="{CHED}" xmlns="{BASE}"><MessageId>'.encode(),
    b"</MessageId><UniqRequesterPrefix>",
    b"</UniqRequesterPrefix></c:CertexHeader></S:Header><S:Body>",
)
_TAIL = b"</S:Body></S:Envelope>"


def enveloped(answer: list[bytes], *, message_id: str, prefix: str) -> bytes:
    """Put an answer into its envelope; message id and prefix are letters and digits, as the port has checked."""
    return b"".join((_HEAD, message_id.encode(), _MIDDLE, prefix.encode(), _BODY, *answer, _TAIL))


def _failed(refused: Refused | None) -> str:
    if refused is None or refused.goods_item is None:
        return ""
    line = "" if refused.line is None else f"<DocumentLineItemNumber>{refused.line}</DocumentLineItemNumber>"
    goods = f"<GoodsItemNumber>{refused.goods_item}</GoodsItemNumber>"
    return f"<ched:ReservationFailureConsignmentItem>{goods}{line}</ched:ReservationFailureConsignmentItem>"


def _quantity(code: str, unit: str, quantity: Decimal, line: int) -> str:
    return (
        "<CommodityCode><HarmonizedSystemSubheadingcode>"
        f"{escape(code)}</HarmonizedSystemSubheadingcode></CommodityCode><SwSupportingDocument>"
        f"<UnitOfMeasure>{escape(unit)}</UnitOfMeasure><Quantity>{plain(quantity)}</Quantity>"
        f"<CertificateLineNumber>{line}</CertificateLineNumber></SwSupportingDocument>"
    )


def _ched(name: str, text: str) -> str:
    return f"<ched:{name}>{text}</ched:{name}>"


def _sent_at(at: datetime) -> str:
    return at.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="milliseconds") + "Z"


def _consumed_at(at: datetime) -> str:
    return at.astimezone(_BRUSSELS).replace(microsecond=0).isoformat(timespec="milliseconds")
