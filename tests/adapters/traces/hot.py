"""A certificate that thousands of declarations draw on, as the port answers about it."""

from adapters.traces.certex_v06 import BASE, CHED, SOAP
from gateway.contract import Occasion

REFERENCE = "CHEDP.FR.2026.0000001"
_CERTIFICATE = (
    '<s:SPSCertificate xmlns:s="urn:un:unece:uncefact:data:standard:SPSCertificate:17"'
    ' xmlns="urn:un:unece:uncefact:data:standard:ReusableAggregateBusinessInformationEntity:21">'
    f"<s:SPSExchangedDocument><ID>{REFERENCE}</ID><StatusCode>70</StatusCode>"
    "<IncludedSPSNote><ContentCode>P</ContentCode><SubjectCode>CHED_TYPE</SubjectCode></IncludedSPSNote>"
    "<SignatorySPSAuthentication><TypeCode>1</TypeCode><IncludedSPSClause><ID>DECISION_CONCLUSION</ID>"
    "<Content>ACCEPTABLE_FOR_INTERNAL_MARKET</Content></IncludedSPSClause></SignatorySPSAuthentication>"
    "</s:SPSExchangedDocument><s:SPSConsignment><IncludedSPSConsignmentItem><IncludedSPSTradeLineItem>"
    "<SequenceNumeric>1</SequenceNumeric><NetWeightMeasure unitCode='KGM'>1000000</NetWeightMeasure>"
    "<ApplicableSPSClassification><SystemID>CN</SystemID><ClassCode>0401</ClassCode></ApplicableSPSClassification>"
    "</IncludedSPSTradeLineItem></IncludedSPSConsignmentItem></s:SPSConsignment></s:SPSCertificate>"
)


def mrn_of(number: int) -> str:
    """The declaration that has allocation `number`."""
    return f"26FR{number:014d}"


def allocation(number: int, kind: str = "Reserved") -> str:
    """What one declaration holds: as many kilograms as its number."""
    return (
        f"<{kind}Quantity><GoodsItemNumber>1</GoodsItemNumber>"
        "<CommodityCode><HarmonizedSystemSubheadingcode>040100</HarmonizedSystemSubheadingcode></CommodityCode>"
        f"<SwSupportingDocument><UnitOfMeasure>KGM</UnitOfMeasure><Quantity>{number}</Quantity>"
        "<CertificateLineNumber>1</CertificateLineNumber></SwSupportingDocument>"
        "<EventDateTime>2026-09-28T16:28:40.000+02:00</EventDateTime>"
        "<CompetentCustomsOffice><ReferenceNumber>FR000001</ReferenceNumber></CompetentCustomsOffice>"
        f"<MRN>{mrn_of(number)}</MRN></{kind}Quantity>"
    )


def hot_answer(allocations: int, at: Occasion, *, more: str = "", result: str = "", office: str = "FR000001") -> bytes:
    """The answer about it, with `more` inside its summary and the result of a reservation if there was one."""
    told = "".join(allocation(number) for number in range(1, allocations + 1))
    available = (
        "<AvailableQuantity><SwSupportingDocument><UnitOfMeasure>KGM</UnitOfMeasure><Quantity>5</Quantity>"
        "<CertificateLineNumber>1</CertificateLineNumber></SwSupportingDocument></AvailableQuantity>"
    )
    return (
        f'<S:Envelope xmlns:S="{SOAP}" xmlns:c="{CHED}" xmlns="{BASE}"><S:Header><c:CertexHeader>'
        f"<MessageId>{at.message_id}</MessageId><UniqRequesterPrefix>{office}</UniqRequesterPrefix></c:CertexHeader></S:Header>"
        f"<S:Body><c:ProcessedChedInformationResponse><c:ChedCertificate>{_CERTIFICATE}</c:ChedCertificate>"
        f"<c:QuantityManagementSummary>{available}{told}{more}</c:QuantityManagementSummary>"
        f"<c:OperationCode>0</c:OperationCode>{result}"
        "</c:ProcessedChedInformationResponse></S:Body></S:Envelope>"
    ).encode()
