"""Schemas of the Dutch declaration messages, made here of the paths that the corpus lists, and messages that follow them."""

import csv
from pathlib import Path
from typing import Any

from gateway.intake import Formats, IntakeLimits
from tests.builders.places import ROOT

DMS, DECO = "urn:wco:datamodel:WCO:DMS.Declaration:1", "urn:wco:datamodel:WCO:DECO.Declaration:2"
_MESSAGES = {"dms": ("DMS.Declaration_1p30", DMS), "deco": ("DECO.Declaration_2p00", DECO)}
_LEAF = '<xs:complexType name="Leaf"><xs:simpleContent><xs:extension base="xs:string"><xs:anyAttribute processContents="skip"/></xs:extension></xs:simpleContent></xs:complexType>'


def made_schemas(folder: Path, corpus: Path) -> dict[str, Path]:
    """Write a schema for each of both messages; return their files by the names of the formats.

    Only leaves say how often they occur: what holds them may be left out or stand several times.
    """
    rows = list(csv.DictReader((corpus / "dms-deco-paths" / "paths.csv").read_text("utf-8").splitlines()))
    found = {}
    for name, (message, space) in _MESSAGES.items():
        tree: dict[str, Any] = {}
        for row in rows:
            if row["message"] == message:
                _add(tree, row["path"].split("/"), row["occurs"])
        head = f'<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns="{space}" targetNamespace="{space}" elementFormDefault="qualified">'
        ((root, below),) = tree.items()
        found[name] = folder / f"{name}.xsd"
        found[name].write_text(f"{head}{_element(root, below, '')}{_LEAF}</xs:schema>", "utf-8")
    return found


def dutch_formats(schemas: dict[str, Path]) -> Formats:
    """The delivered formats of an installation that has the schemas."""
    return Formats.load(
        ROOT / "config" / "formats",
        schemas=ROOT / "xsd",
        schema_paths=schemas,
        limits=IntakeLimits(),
        simplified=frozenset({"H7"}),
    )


def xml(space: str, content: str, code: str = "CC415A") -> bytes:
    """Return a message of a declaration's content."""
    envelope = f"<WCOTypeCode>{code}</WCOTypeCode><CommunicationMetaData><ApplicationReferenceID>A1</ApplicationReferenceID><PreparationDateTime formatCode='304'>20261203120000Z</PreparationDateTime><Recipient><ID>DMS.NL</ID></Recipient><Sender><ID>NL123456789</ID></Sender></CommunicationMetaData>"
    return f'<MetaData xmlns="{space}">{envelope}<Declaration>{content}</Declaration></MetaData>'.encode()


def _add(tree: dict[str, Any], steps: list[str], occurs: str) -> None:
    name, *below = steps
    if below:
        _add(tree.setdefault(name, {}), below, occurs)
    else:
        tree[name] = occurs


def _element(name: str, below: Any, many: str = ' minOccurs="0" maxOccurs="unbounded"') -> str:
    if isinstance(below, str):
        least, most = below.split("..")
        return f'<xs:element name="{name}" type="Leaf" minOccurs="{least}" maxOccurs="{most}"/>'
    inner = "".join(_element(*one) for one in below.items())
    return f'<xs:element name="{name}"{many}><xs:complexType><xs:sequence>{inner}</xs:sequence></xs:complexType></xs:element>'
