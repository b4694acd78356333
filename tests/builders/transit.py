"""NCTS messages and the schemas that they follow: the public ones as the corpus has them, and a lax one of our own."""

import re
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path

from gateway.intake import Formats, IntakeLimits
from tests.builders.places import ROOT

SPACE = "http://ncts.dgtaxud.ec"
ROOTS = ("CC013C", "CC014C", "CC015C", "CC170C")
_HEAD = f'<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns="{SPACE}" targetNamespace="{SPACE}">'
# The published set names this file and the corpus has it not.
_ERMIS = f"""{_HEAD}<xs:include schemaLocation="ctypes.xsd"/>
<xs:complexType name="TransitOperationTypeErmisIE170"><xs:complexContent><xs:extension base="TransitOperationType24">
<xs:sequence><xs:element name="MRN" minOccurs="0" type="MRNType"/></xs:sequence></xs:extension></xs:complexContent></xs:complexType>
</xs:schema>"""
_FILLED = {
    "preparationDateAndTime": "2026-03-02T08:15:00",
    "arrivalTime": "2026-03-03T08:15:00",
    "limitDate": "2026-03-10",
}
"""What fills a placeholder of a sample; any other one is filled with its own name."""


def lax_schema(folder: Path) -> Path:
    """Write a schema that takes anything below the roots of the family."""
    path = folder / "ncts.xsd"
    path.write_text(_HEAD + "".join(f'<xs:element name="{root}"/>' for root in ROOTS) + "</xs:schema>")
    return path


def public_schema(folder: Path, corpus: Path) -> Path:
    """Lay the public schemas into one folder; return the one that includes the four roots."""
    for file in (*(corpus / "ncts5" / "xsd").glob("*.xsd"), *(corpus / "ncts6" / "xsd-further").glob("*.xsd")):
        shutil.copyfile(file, folder / file.name)
    (folder / "ermis-types.xsd").write_text(_ERMIS)
    path = folder / "ncts.xsd"
    including = "".join(f'<xs:include schemaLocation="{root.lower()}.xsd"/>' for root in ROOTS)
    path.write_text(_HEAD + including + "</xs:schema>")
    return path


def transit_formats(schema: Path, limits: IntakeLimits | None = None) -> Formats:
    """The delivered formats of an installation that has the schema of the family."""
    return Formats.load(
        ROOT / "config" / "formats",
        schemas=ROOT / "xsd",
        schema_paths={"ncts_015": schema},
        limits=limits or IntakeLimits(),
    )


def filled(path: Path) -> str:
    """Return a public sample without placeholders."""
    return re.sub(r"\{\{(\w+)\}\}", lambda found: _FILLED.get(found[1], found[1][:20]), path.read_text("utf-8"))


def samples(corpus: Path) -> Iterator[tuple[str, str]]:
    """Return the public messages of the four roots, each with its name below the corpus."""
    for path in sorted((*(corpus / "ncts5").rglob("*.xml"), *(corpus / "ncts6").rglob("*.xml"))):
        text = filled(path)
        if (found := re.search(r"<\w+:(CC\d+C)\b", text)) and found[1] in ROOTS:
            yield str(path.relative_to(corpus)), text


def item(number: int, inner: str = "", *, code: str = "040110", kind: str = "") -> str:
    """A goods item: milk, unless told otherwise."""
    own = f"<declarationType>{kind}</declarationType>" if kind else ""
    coded = (
        f"<CommodityCode><harmonizedSystemSubHeadingCode>{code}</harmonizedSystemSubHeadingCode></CommodityCode>"
        if code
        else ""
    )
    return (
        f"<ConsignmentItem><goodsItemNumber>1</goodsItemNumber><declarationGoodsItemNumber>{number}</declarationGoodsItemNumber>"
        f"{own}<Commodity><descriptionOfGoods>goods</descriptionOfGoods>{coded}"
        f"<GoodsMeasure><grossMass>100</grossMass><netMass>100</netMass></GoodsMeasure></Commodity>{inner}</ConsignmentItem>"
    )


def document(kind: str, reference: str) -> str:
    """A supporting document."""
    return f"<SupportingDocument><type>{kind}</type><referenceNumber>{reference}</referenceNumber></SupportingDocument>"


def movement(
    houses: Sequence[str],
    shipment: str = "",
    *,
    root: str = "CC015C",
    kind: str = "T1",
    named: str = "<LRN>LRN-1</LRN>",
    holder: str = "FR12345678901234",
    office: str = "FR001260",
) -> bytes:
    """A message of so many houses, each given by what stands in it."""
    inside = "".join(f"<HouseConsignment>{house}</HouseConsignment>" for house in houses)
    return (
        f'<n:{root} xmlns:n="{SPACE}"><TransitOperation>{named}<declarationType>{kind}</declarationType>'
        f"<additionalDeclarationType>A</additionalDeclarationType></TransitOperation>"
        f"<CustomsOfficeOfDeparture><referenceNumber>{office}</referenceNumber></CustomsOfficeOfDeparture>"
        f"<HolderOfTheTransitProcedure><identificationNumber>{holder}</identificationNumber></HolderOfTheTransitProcedure>"
        f"<Consignment>{shipment}{inside}</Consignment></n:{root}>"
    ).encode()
