"""Declarations of single formalities, and a gateway that asks the simulators of the authorities that are delivered as files."""

import json
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from adapters.simulation import load_simulator, simulator_process
from gateway.domain.mrn import with_check_character
from gateway.terminal.client import Reply
from tests.builders.databases import administer, database_of
from tests.builders.places import ROOT
from tests.builders.running import Authorities, Served, served
from tests.builders.samples import native

NAMES = ("agrim", "cbam", "cites", "coi", "fgas", "flegt", "icg", "noa", "ods", "pic", "precursors", "waste")
HOLDER, OTHER = "FR12345678901234", "DE987654321098765"


@dataclass(frozen=True, slots=True, kw_only=True)
class Formality:
    """A declaration, and what has to come out: `says` are the findings that stop it, `told` some that only say so."""

    goods: str
    cites: tuple[str, ...]
    """Documents and references, `TYPE NUMBER` or `TYPE NUMBER QUANTITY UNIT`."""
    effect: str
    says: tuple[str, ...] = ()
    told: tuple[str, ...] = ()
    described: str = "goods"
    mass: str = "100"
    procedure: str = "40"
    origin: str = "US"
    to: str = "FR"
    units: str | None = None
    beside: tuple["Formality", ...] = ()
    """Further goods items."""
    more: dict[str, Any] = field(default_factory=dict)
    shipment: dict[str, Any] = field(default_factory=dict)
    """What is declared for all of the goods."""
    reads: str = ""
    """What a declarant reads of it, among other words."""


EXTRACT = "COI.FR.2026.0000012/1"
"""An extract for 400 kg of bananas."""


def organic(
    number: str, effect: str, *says: str, mass: str = "1000", described: str = "bananas", **more: Any
) -> Formality:
    return Formality(
        goods="08039010", described=described, origin="EC", mass=mass, cites=(f"C644 COI.FR.2026.{number}",), effect=effect, says=says, **more
    )  # fmt: skip


def stopped(reply: Reply) -> tuple[str | None, set[str]]:
    """What a declaration comes to, and the findings that stop it."""
    found = reply.decision["findings"] if reply.decision else ()
    return reply.effect, {one["code"] for one in found if one["effect"] in ("hold", "refuse")}


def codes_of(reply: Reply) -> set[str]:
    """The findings of a declaration, whatever comes of them."""
    return {one["code"] for one in reply.decision["findings"]} if reply.decision else set()


def cited(*kinds: tuple[str, str]) -> list[dict[str, Any]]:
    return [{"sequenceNumber": at, "type": kind, "referenceNumber": text} for at, (kind, text) in enumerate(kinds, 1)]


def message(lrn: str, story: Formality, *, version: int = 1) -> bytes:
    """A story's declaration, accepted."""
    shipment = {
        "countryOfDispatch": story.origin,
        "countryOfDestination": story.to,
        "GoodsItem": [_item(number, one) for number, one in enumerate((story, *story.beside), 1)],
        **story.shipment,
    }
    told: dict[str, Any] = {"messageIdentification": f"{lrn}-{version}", "version": version, "GoodsShipment": shipment}
    declaration = native(lrn=lrn, items=0, **told, **story.more)
    return json.dumps({"Declaration": {**declaration, "MRN": mrn_of(lrn)}}).encode()


def _item(number: int, story: Formality) -> dict[str, Any]:
    cited = [one.split() for one in story.cites]
    said: list[dict[str, Any]] = [
        {"sequenceNumber": place, "type": one[0], **({"referenceNumber": one[1]} if one[1:] else {})}
        | ({"quantity": one[2], "measurementUnitAndQualifier": one[3]} if one[3:] else {})
        for place, one in enumerate(cited, 1)
    ]
    item = {
        "goodsItemNumber": number,
        "Procedure": {"requestedProcedure": story.procedure, "previousProcedure": "00", "additionalProcedure": ["000"]}
        if story.procedure
        else None,
        "Commodity": {
            "descriptionOfGoods": story.described,
            "harmonizedSystemSubHeadingCode": story.goods[:6],
            "combinedNomenclatureCode": story.goods[6:],
            "GoodsMeasure": {
                "grossMass": story.mass,
                "netMass": story.mass,
                **({"supplementaryUnits": story.units} if story.units else {}),
            },
        },
        "countryOfOrigin": story.origin,
        "SupportingDocument": [one for one in said if not one["type"].startswith("Y")],
        "AdditionalReference": [one for one in said if one["type"].startswith("Y")],
        "statisticalValue": "96.00",
    }
    return {key: one for key, one in item.items() if one}


def mrn_of(lrn: str) -> str:
    return with_check_character(f"26FR{zlib.crc32(lrn.encode()):013d}")


@contextmanager
def formality_authorities() -> Iterator[Authorities]:
    """All of them in one process."""
    with simulator_process(*(f"adapters.{name}" for name in NAMES)) as urls:
        environment = {
            "GATEWAY_TABLES": json.dumps(
                [str(ROOT / "adapters" / name / "tables") for name in NAMES if name != "cites"]
            )
        }
        for name, url in zip(NAMES, urls, strict=True):
            key, (accepted,) = (
                f"GATEWAY_ADAPTERS__{name.upper()}",
                load_simulator(f"adapters.{name}").credentials.values(),
            )
            environment |= {f"{key}__PACKAGE": f"adapters.{name}", f"{key}__BASE_URL": url, f"{key}__ENABLED": "true"}
            environment |= {
                f"{key}__SECRETS__HEADER_VALUE": f"env:KEY_OF_{name.upper()}",
                f"KEY_OF_{name.upper()}": accepted,
            }
        yield Authorities(urls=dict(zip(NAMES, urls, strict=True)), environment=environment)


@contextmanager
def asking_formalities(authorities: Authorities, cluster: str, template: str, database: str) -> Iterator[Served]:
    """Serves a gateway that asks these authorities, and no other."""
    administer(cluster, f'CREATE DATABASE "{database}" TEMPLATE "{template}"')
    others = {f"GATEWAY_ADAPTERS__{name}__ENABLED": "false" for name in ("TRACES", "CATCH", "DUAL_USE")}
    url = database_of(cluster, database)
    soon = {"GATEWAY_RETRY_UNDETERMINED_SECONDS": "1"}
    with served({**authorities.environment, **others, **soon, "GATEWAY_DATABASE_URL": url}) as gateway:
        yield gateway
    administer(cluster, f'DROP DATABASE "{database}" WITH (FORCE)')
