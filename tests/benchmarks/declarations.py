"""Declarations for load: always another one, always released."""

from collections.abc import Iterator
from itertools import count

_HEAD = """<?xml version="1.0" encoding="UTF-8"?>
<Declaration xmlns="urn:eu-single-window:declaration:1">
  <messageIdentification>{lrn}-1</messageIdentification>
  <preparationDateAndTime>2026-03-02T08:15:00Z</preparationDateAndTime>
  <LRN>{lrn}</LRN>
  <MRN>{mrn}</MRN>
  <version>1</version>
  <dataset>H1</dataset>
  <declarationType>IM</declarationType>
  <additionalDeclarationType>A</additionalDeclarationType>
  <CustomsOffice>
    <referenceNumber>FR001260</referenceNumber>
  </CustomsOffice>
  <Declarant>
    <identificationNumber>FR12345678901234</identificationNumber>
  </Declarant>
  <Importer>
    <identificationNumber>FR12345678901234</identificationNumber>
  </Importer>
  <GoodsShipment>
    <countryOfDispatch>NO</countryOfDispatch>
    <countryOfDestination>FR</countryOfDestination>"""
_ITEM = """
    <GoodsItem>
      <goodsItemNumber>{number}</goodsItemNumber>
      <Procedure>
        <requestedProcedure>40</requestedProcedure>
        <previousProcedure>00</previousProcedure>
      </Procedure>
      <Commodity>
        <descriptionOfGoods>{goods}</descriptionOfGoods>
        <harmonizedSystemSubHeadingCode>{hs}</harmonizedSystemSubHeadingCode>
        <combinedNomenclatureCode>{cn}</combinedNomenclatureCode>
        <GoodsMeasure>
          <grossMass>126.5</grossMass>
          <netMass>120</netMass>
        </GoodsMeasure>
      </Commodity>
      <countryOfOrigin>NO</countryOfOrigin>
      <SupportingDocument>
        <sequenceNumber>1</sequenceNumber>
        <type>{type}</type>
        <referenceNumber>{reference}</referenceNumber>
      </SupportingDocument>{more}
      <statisticalValue>96.00</statisticalValue>
    </GoodsItem>"""
_TAIL = """
  </GoodsShipment>
</Declaration>
"""
_NO_HEALTH_CHECK = """
      <AdditionalReference>
        <sequenceNumber>1</sequenceNumber>
        <type>Y930</type>
      </AdditionalReference>"""


def declaration(number: int, *, items: int = 10) -> bytes:
    """Gives the declaration of a number: three documents of two authorities, cited by its items in turn."""
    place = number % 300_000
    parts = [_HEAD.format(lrn=f"LOAD-{number:09d}", mrn=f"26FR{number:013d}L")]
    for item in range(1, items + 1):
        if item % 3:
            reference = f"CHEDP.XX.2026.1{place * 2 + item % 3:06d}"
            part = _ITEM.format(
                number=item, goods="Whole milk", hs="040120", cn="19", type="N853", reference=reference, more=""
            )
        else:
            reference = f"CATCH.XX.2026.1{place:06d}"
            part = _ITEM.format(
                number=item,
                goods="Frozen cod",
                hs="030363",
                cn="20",
                type="C673",
                reference=reference,
                more=_NO_HEALTH_CHECK,
            )
        parts.append(part)
    parts.append(_TAIL)
    return "".join(parts).encode()


def declarations(*, items: int = 10, start: int = 1) -> Iterator[bytes]:
    """Gives them one after the other."""
    return (declaration(number, items=items) for number in count(start))
