"""Consignments on certificates of their own, and what their authority's ledger has of them."""

from collections import Counter
from dataclasses import dataclass
from decimal import Decimal
from itertools import count
from typing import Any

import httpx

from adapters.traces.simulator.listing import pushed
from gateway.terminal.client import Reply
from tests.builders.running import Authorities, GatewayReader, declaration

WAIT_S = 30
_NUMBERS = count(1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Consignment:
    """Milk on one line of one certificate, goods item by goods item."""

    reference: str
    reply: Reply
    simulated: Authorities

    @property
    def id(self) -> str:
        """The declaration's id."""
        return str(self.reply.body["id"])

    @property
    def document(self) -> dict[str, str]:
        """The certificate as calls name it."""
        return {"type": "N853", "reference": self.reference}

    def ledger(self) -> dict[str, Any]:
        """The whole ledger of the certificate."""
        return self.simulated.control("traces", "GET", f"/ledger/{self.reference}")

    def taken(self) -> dict[int, tuple[str, Decimal]]:
        """What the declaration has at the authority, by goods item: reserved or consumed, and how much."""
        return {
            int(one["goods_item"]): (str(one["state"]), Decimal(str(one["quantity"])))
            for one in self.ledger()["allocations"]
            if one["value"] == self.reply.body["mrn"]
        }

    def effects(self) -> Counter[str]:
        """What was done to the ledger for the declaration, by kind."""
        return Counter(self.ledger()["effects"]["MRN"].get(self.reply.body["mrn"], {}))


def milk(*masses: int, reference: str, lrn: str) -> bytes:
    """A declaration of milk: one goods item for each mass in kilograms, all on one certificate."""
    text = declaration("01", lrn).decode().replace("CHEDP.FR.2026.0000001", reference)
    head, rest = text.split("    <GoodsItem>\n")
    item, tail = rest.split("    </GoodsItem>\n")
    items = (
        f"    <GoodsItem>\n{item}    </GoodsItem>\n".replace(
            "<goodsItemNumber>1<", f"<goodsItemNumber>{number}<"
        ).replace("<netMass>2400<", f"<netMass>{mass}<")
        for number, mass in enumerate(masses, start=1)
    )
    return (head + "".join(items) + tail).encode()


def lodged(gateway: GatewayReader, simulated: Authorities, *masses: int, status: str = "70") -> Consignment:
    """Lodges a consignment on a certificate that is just enough for it."""
    number = next(_NUMBERS)
    reference = f"CHEDP.FR.2026.{3_000_000 + number}"
    record = {
        "status": status,
        "decision": "ACCEPTABLE_FOR_INTERNAL_MARKET",
        "lines": [{"code": "0401", "quantity": str(sum(masses)), "unit": "KGM", "origin": "GB"}],
    }
    simulated.control("traces", "PUT", f"/documents/{reference}", **record)
    raw = milk(*masses, reference=reference, lrn=f"CONSIGNMENT-{number}")
    return Consignment(
        reference=reference, reply=gateway.lodge(raw, "application/xml", wait_s=WAIT_S), simulated=simulated
    )


def push(url: str, reference: str, status: str) -> int:
    """Tells a gateway that TRACES changed a certificate; gives how many declarations cite it."""
    change = {"reference": reference, "status": status, "updated": "2026-11-25T09:30:00+01:00"}
    answer = httpx.post(
        f"{url}/v1/adapters/traces/notifications", content=pushed([change]), timeout=60, trust_env=False
    )
    assert answer.status_code == 202, answer.text
    return int(answer.json()["declarations"])


def by_two(kind: str, consignment: Consignment, **masses: str) -> dict[str, Any]:
    """An intervention of two officers; the masses by goods item, as `item_1`."""
    items = [
        {"goods_item": int(name.removeprefix("item_")), "line": 1, "quantity": mass, "unit": "KGM"}
        for name, mass in masses.items()
    ]
    return {
        "kind": kind,
        "document": consignment.document,
        "items": items,
        "officer": "officer.martin",
        "reason": "counted again at the warehouse",
        "second_officer": "officer.dubois",
    }
