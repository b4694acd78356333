"""Declarations of tests about applications: certificates of their own, lodged by customs, accepted and released."""

from collections.abc import Callable, Mapping
from itertools import count
from pathlib import Path
from typing import Any

import httpx

from tests.api.lodging import WAIT, XML
from tests.builders.door import EORIS, OWN, Door
from tests.builders.running import declaration, until

NUMBERS = count(1)
AGENT = "<Representative><identificationNumber>{eori}</identificationNumber>{status}</Representative>"


ORDER = "Movement_Messages__Step2_GPN.xml"
AMENDMENT = "TT_EX009a__Step5_TT_EX009a_Amendment.xml"


class Goods:
    """One declaration and its certificate of 12,800 kg."""

    def __init__(self, door: Door, *, representative: str = "direct", status: str | None = "2") -> None:
        number = next(NUMBERS)
        self.door = door
        self.lrn = f"ASK-{number:04d}"
        self.certificate = f"CHEDP.XX.2026.{7000000 + number}"
        self.representative, self.status = representative, status
        line = {"code": "0401", "quantity": "12800", "unit": "KGM", "origin": "GB"}
        door.authorities.control(
            "traces", "PUT", f"/documents/{self.certificate}",
            status="70", decision="ACCEPTABLE_FOR_INTERNAL_MARKET", lines=[line],
        )  # fmt: skip
        self.here = ""
        self.id = ""
        self.mrn = ""

    def message(self, version: int = 1, *, net_mass: str = "2400", mrn: bool = True) -> bytes:
        """The declaration with its parties: an importer of its own, and a representative."""
        text = declaration("01", self.lrn).decode().replace("CHEDP.FR.2026.0000001", self.certificate)
        text = text.replace("<version>1<", f"<version>{version}<").replace(">2400<", f">{net_mass}<")
        head, importer, rest = text.partition("<Importer>")
        status = f"<status>{self.status}</status>" if self.status is not None else ""
        agent = AGENT.format(eori=EORIS[self.representative], status=status)
        rest = rest.replace(OWN, EORIS["importer"], 1).replace("</Importer>", f"</Importer>{agent}", 1)
        text = head + importer + rest
        if not mrn:
            before, _, after = text.partition("<MRN>")
            text = before + after.partition("</MRN>")[2]
        return text.encode()

    def lodged(self, by: str = "customs", **how: Any) -> "Goods":
        """Lodges it; customs' lodging with its MRN is accepted."""
        answer = self.post(by, "/v1/declarations", content=self.message(**how))
        assert answer.status_code == 200, answer.text
        found = answer.json()
        self.here, self.id, self.mrn = found["links"]["self"], found["id"], found["mrn"]
        return self

    def released(self) -> "Goods":
        """Lodged, accepted and released."""
        self.lodged()
        answer = self.door["customs"].post(f"{self.here}/release", json={}, headers=WAIT)
        assert answer.json()["state"] == "released", answer.text
        return self

    def post(self, who: str, path: str, *, content: bytes, params: Mapping[str, str] | None = None) -> httpx.Response:
        """Sends a message."""
        return self.door[who].post(path, content=content, params=params, headers={**XML, **WAIT})

    def amend(self, who: str, version: int = 2, *, net_mass: str = "1", **params: str) -> httpx.Response:
        """Sends the next version to the declaration itself."""
        message = self.message(version, net_mass=net_mass)
        return self.post(who, f"{self.here}/amendments", content=message, params=params)

    def next_version(self, who: str, version: int = 2, *, net_mass: str = "1", **params: str) -> httpx.Response:
        """Sends the next version to the collection."""
        message = self.message(version, net_mass=net_mass)
        return self.post(who, "/v1/declarations", content=message, params=params)

    def invalidate(self, who: str, **said: str) -> httpx.Response:
        """Asks for its invalidation."""
        return self.door[who].post(f"{self.here}/invalidation", json=said, headers=WAIT)

    def control(self, who: str = "customs", **said: object) -> httpx.Response:
        """Announces an examination, or says that it took place."""
        return self.door[who].post(f"{self.here}/control", json=said)

    def decide(self, who: str, application: str, *, grant: bool, reason: str = "It is so.") -> httpx.Response:
        """Grants or refuses an application."""
        return self.door[who].post(f"/v1/applications/{application}", json={"grant": grant, "reason": reason})

    def settled(self) -> dict[str, Any]:
        """The declaration, once what was received of it is decided and carried out."""

        def at_rest() -> dict[str, Any] | None:
            found = self.shown()
            return found if found["state"] not in {"received", "processing"} else None

        return until(at_rest, f"a decision on {self.lrn}")

    def becomes(self, state: str) -> None:
        """Waits until it is in a state."""
        until(lambda: self.shown()["state"] == state or None, f"{self.lrn} {state}")

    def becomes_decided(self, effect: str) -> None:
        """Waits until it is decided so."""
        until(lambda: self.shown()["decision"]["effect"] == effect or None, f"{self.lrn}: {effect}")

    def shown(self, who: str = "customs") -> dict[str, Any]:
        """The declaration as somebody is shown it."""
        found: dict[str, Any] = self.door[who].get(self.here).json()
        return found

    def kinds(self) -> list[str]:
        """What the trail tells."""
        return [one["kind"] for one in self.door["officer"].get(f"{self.here}/events").json()["items"]]

    def ledger(self) -> dict[str, Any]:
        """What the authority holds of the certificate."""
        return self.door.authorities.ledger("traces", self.certificate)


Asked = Callable[[Goods, str], httpx.Response]
WAYS: dict[str, Asked] = {
    "amendment": lambda goods, who: goods.amend(who),
    "next version": lambda goods, who: goods.next_version(who),
    "invalidation": lambda goods, who: goods.invalidate(who),
}
ACTING = ("trader", "direct", "indirect")


def application(answer: httpx.Response) -> dict[str, Any]:
    """The application that a call turned out to be."""
    assert answer.status_code == 202, answer.text
    found: dict[str, Any] = answer.json()
    assert answer.headers["location"] == f"/v1/applications/{found['id']}" == found["link"]
    assert (found["state"], found["decision"]) == ("open", None)
    return found


def mrn_of(goods: Goods) -> str:
    """The MRN in the goods' message."""
    return goods.message().split(b"<MRN>")[1].split(b"</MRN>")[0].decode()


def message(corpus: Path, kind: str, mrn: str) -> bytes:
    """A message of a kind about a declaration: `COR`, `INV` or `GPR`."""
    raw = (corpus / "wco-dec" / "samples" / (AMENDMENT if kind == "COR" else ORDER)).read_bytes()
    for known in (b"24GB0YVJ3EXXES8AA0", b"23GB66GVO0X3GBZAR3", b"24GBCSOYM2NQWUNA03"):
        raw = raw.replace(known, mrn.encode())
    assert mrn.encode() in raw
    return raw if kind == "COR" else raw.replace(b"<TypeCode>GPR</TypeCode>", f"<TypeCode>{kind}</TypeCode>".encode())
