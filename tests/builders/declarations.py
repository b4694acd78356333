"""Declarations for load: always another one, released unless an authority has nothing left."""

from collections.abc import Sequence
from dataclasses import dataclass

from gateway.domain.mrn import with_check_character

_HEAD = """<?xml version="1.0" encoding="UTF-8"?>
<Declaration xmlns="urn:eu-single-window:declaration:1">
  <messageIdentification>{lrn}-{version}</messageIdentification>
  <preparationDateAndTime>2026-03-02T08:15:00Z</preparationDateAndTime>
  <LRN>{lrn}</LRN>{mrn}
  <version>{version}</version>
  <dataset>H1</dataset>
  <declarationType>IM</declarationType>
  <additionalDeclarationType>{kind}</additionalDeclarationType>
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
          <grossMass>{gross}</grossMass>
          <netMass>{net}</netMass>
        </GoodsMeasure>
      </Commodity>
      <countryOfOrigin>NO</countryOfOrigin>{cited}
      <statisticalValue>96.00</statisticalValue>
    </GoodsItem>"""
_TAIL = """
  </GoodsShipment>
</Declaration>
"""
_CITED = """
      <SupportingDocument>
        <sequenceNumber>1</sequenceNumber>
        <type>{type}</type>
        <referenceNumber>{reference}</referenceNumber>
      </SupportingDocument>"""
_ACCOUNT = "".join(
    f"""
      <AdditionalReference>
        <sequenceNumber>{place}</sequenceNumber>
        <type>{code}</type>
        <referenceNumber>{number}</referenceNumber>
      </AdditionalReference>"""
    for place, (code, number) in enumerate((("Y123", "{reference}"), ("Y125", "{reference}"), ("Y121", "{net}")), 1)
)
"""The registration of who places gases on the market, the quota that they draw on, and how much of it they take."""
_FURTHER = """
      <SupportingDocument>
        <sequenceNumber>{place}</sequenceNumber>
        <type>N853</type>
        <referenceNumber>{reference}</referenceNumber>{covers}
      </SupportingDocument>"""
_COVERS = """
        <measurementUnitAndQualifier>KGM</measurementUnitAndQualifier>
        <quantity>{kg}</quantity>"""
_NO_HEALTH_CHECK = """
      <AdditionalReference>
        <sequenceNumber>1</sequenceNumber>
        <type>Y930</type>
      </AdditionalReference>"""
_CANCELLED = """
      <SupportingDocument>
        <sequenceNumber>2</sequenceNumber>
        <type>C673</type>
        <referenceNumber>{reference}</referenceNumber>
      </SupportingDocument>"""
_KG = 120
_FIRST_END = """
      </SupportingDocument>"""
HOT = tuple(f"CHEDP.XX.2026.199999{number}" for number in range(10))
"""Certificates that thousands of declarations cite."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Goods:
    """One item: milk under a health entry document, cod under a catch certificate, or a gas that takes its figure of an account."""

    number: int
    reference: str
    net_kg: int = _KG
    cancelled: str | None = None
    """A catch certificate that it cites besides, for which it is refused."""

    @property
    def fish(self) -> bool:
        """Whether it is cod."""
        return self.reference.startswith("CATCH")

    @property
    def gas(self) -> bool:
        """Whether it is a fluorinated gas, each kilogram of which takes a tonne of CO2 equivalent."""
        return self.reference.startswith("FG.")


def message(
    lrn: str, mrn: str | None, goods: Sequence[Goods], *, version: int = 1, pre_lodged: bool | None = None
) -> bytes:
    """Writes a declaration; without an MRN a pre-lodged one, unless it is said otherwise."""
    kind = "D" if (mrn is None if pre_lodged is None else pre_lodged) else "A"
    head = _HEAD.format(lrn=lrn, mrn=f"\n  <MRN>{mrn}</MRN>" if mrn else "", version=version, kind=kind)
    return "".join((head, *(_item(one) for one in goods), _TAIL)).encode()


def _item(goods: Goods) -> str:
    if goods.gas:
        what, hs, cn, cited = "Difluoromethane", "290342", "00", _ACCOUNT
    elif goods.fish:
        what, hs, cn, cited = "Frozen cod", "030363", "20", _CITED + _NO_HEALTH_CHECK
    else:
        what, hs, cn, cited = "Whole milk", "040120", "19", _CITED
    said = cited.format(type="C673" if goods.fish else "N853", reference=goods.reference, net=goods.net_kg)
    if goods.cancelled:
        said += _CANCELLED.format(reference=goods.cancelled)
    return _ITEM.format(
        number=goods.number, goods=what, hs=hs, cn=cn, gross=goods.net_kg + 7, net=goods.net_kg, cited=said
    )


def declaration(number: int, *, items: int = 10, accepted: bool = True, documents: int = 3) -> bytes:
    """Gives the declaration of a number: three documents of two authorities, cited by its items in turn; or one of them alone.

    Accepted, two of the documents are reserved; else they are only compared.
    """
    place = number % 300_000
    cited = (f"CATCH.CC.XX.2026.1{place:06d}", *(f"CHEDP.XX.2026.1{place * 2 + one:06d}" for one in (1, 2)))
    goods = [
        Goods(number=item, reference=cited[item % 3] if documents == 3 else cited[documents])
        for item in range(1, items + 1)
    ]
    return message(
        f"LOAD-{number:09d}", with_check_character(f"26FR{number:012d}L") if accepted else None, goods, pre_lodged=False
    )


def bulky(number: int, *, items: int, documents: int) -> bytes:
    """Gives the declaration of a number whose items cite so many different health entry documents, in equal parts; none is reserved.

    Raises:
        ValueError: an item would cite more than 99, or not all as many, or a document would cover a part of a kilogram.
    """
    each, left = divmod(documents, items)
    if left or not 1 <= each <= 99 or _KG % each:
        raise ValueError(f"{documents} documents of {items} items: of each 1 to 99, by which {_KG} kg can be divided")
    covers = _COVERS.format(kg=_KG // each)
    first = number * documents
    parts = []
    for item in range(items):
        one, *others = (f"CHEDP.XX.2026.1{(first + item * each + place) % 900_000:06d}" for place in range(each))
        further = (
            _FURTHER.format(place=place, reference=other, covers=covers) for place, other in enumerate(others, start=2)
        )
        text = _item(Goods(number=item + 1, reference=one))
        parts.append(text.replace(_FIRST_END, covers + _FIRST_END + "".join(further)))
    head = _HEAD.format(lrn=f"BULK-{documents}-{number:09d}", mrn="", version=1, kind="A")
    return "".join((head, *parts, _TAIL)).encode()


def reserving(number: int, *, hot: str | None, items: int = 10) -> bytes:
    """Gives a declaration with three reservations: of certificates of its own, the last item's of the hot one if there is one."""
    place = number * 3 % 900_000
    goods = [
        Goods(
            number=item,
            reference=hot if hot and item == items else f"CHEDP.XX.2026.1{place + item % (2 if hot else 3):06d}",
        )
        for item in range(1, items + 1)
    ]
    return message(
        f"{'HOT' if hot else 'MANY'}-{number:09d}",
        with_check_character(f"26FR{number:012d}{'H' if hot else 'M'}"),
        goods,
    )
