"""A served gateway on days of 2026 that tests choose: goods are lodged, suspended, spoken of and freed by its calls alone."""

import json
from ast import literal_eval
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import httpx

from adapters.simulation import simulator_process
from gateway.access import key_hash
from gateway.settings import Role
from tests.builders.consignments import milk
from tests.builders.door import Door, keyed, opened
from tests.builders.moved_clock import MovedClock, moved_clock
from tests.builders.running import Authorities, declaration, served, until
from tests.wings.suspensions.course import STATED, at

XML, WAIT = {"Content-Type": "application/xml"}, {"Prefer": "wait=30"}
ICSMS_KEY = "the key of ICSMS"
AHEAD = "gateway_clock_ahead_of_database_seconds"
_NUMBERS = count(1)


@dataclass(frozen=True, slots=True)
class Stage:
    """The gateway, its callers, market surveillance, and the clock of its database."""

    door: Door
    clock: MovedClock
    icsms: str
    environment: dict[str, str]
    cases: list[str] = field(default_factory=list)
    """What was lodged."""

    def when(self, text: str, zone: str = "Europe/Paris") -> None:
        """Sets the clock."""
        self.clock.set(at(text, zone))

    def known(self, text: str, zone: str = "Europe/Paris") -> None:
        """Sets the clock, and waits until the gateway has read it, which it does once a second at most."""
        self.when(text, zone)

        def is_known() -> bool:
            self.door["nobody"].get("/readyz")
            (line,) = [one for one in self.door["operator"].get("/metrics").text.splitlines() if one.startswith(AHEAD)]
            ahead = timedelta(seconds=float(line.split()[-1]))
            return abs(datetime.now(UTC) - ahead - at(text, zone)) < timedelta(seconds=5)

        until(lambda: is_known() or None, text)

    def acts(self, text: str, zone: str = "Europe/Paris") -> None:
        """Sets the clock, and lets the clocks of suspensions act."""
        self.known(text, zone)
        self.clock.run("run_out_suspensions")

    def raw(self, *, export: bool = False, procedure: str = "40", lrn: str | None = None) -> bytes:
        """A declaration of two goods items on a certificate; for export of one on a licence."""
        lrn = lrn or f"STAGE-{next(_NUMBERS):03d}"
        if export:
            return declaration("12", lrn)
        reference = f"CHEDP.FR.2026.5000{lrn[-3:]}"
        lines = [{"code": "0401", "quantity": "2000", "unit": "KGM", "origin": "GB"}]
        self.door.authorities.control(
            "traces", "PUT", f"/documents/{reference}", status="70", decision="ACCEPTABLE_FOR_INTERNAL_MARKET", lines=lines
        )  # fmt: skip
        text = milk(1000, 1000, reference=reference, lrn=lrn)
        return text.replace(b"<requestedProcedure>40<", f"<requestedProcedure>{procedure}<".encode())

    def lodged(self, text: str, **how: Any) -> "Case":
        """Has goods accepted at a time."""
        self.when(text)
        return self.lodge(self.raw(**how))

    def lodge(self, raw: bytes) -> "Case":
        """Has goods accepted now."""
        answer = self.door["customs"].post("/v1/declarations", content=raw, headers={**XML, **WAIT})
        assert answer.status_code in (200, 201), answer.text
        case = Case(self, answer.json()["id"], answer.json()["mrn"])
        self.cases.append(case.id)
        return case

    def push(self, mrn: str, decision: str, number: int = 1, *items: int, **more: Any) -> dict[str, Any]:
        """ICSMS pushes a word, and is answered."""
        answer = self.pushed(mrn, decision, number, *items, **more)
        assert answer.status_code == 202, answer.text
        (event,) = answer.json()["events"]
        found: dict[str, Any] = event
        return found

    def pushed(self, mrn: str, decision: str, number: int = 1, *items: int, case: str = "", **more: Any) -> httpx.Response:  # fmt: skip
        message = {
            "case": case or f"MS-{mrn}", "number": number, "mrn": mrn, "decision": decision, "all_items": not items, "goods_items": items,
            "said_at": "2026-03-05T15:20:00Z", "authority": "DGCCRF", "category": "toys", "legal_acts": ["Dir. 2009/48/EC"],
            "finding": None, "reasons": None, "objects_to_other_procedures": None, **more,
        }  # fmt: skip
        there = f"{self.door.url}/v1/adapters/icsms/notifications"
        return httpx.post(
            there, content=json.dumps({"messages": [message]}), headers={"X-API-Key": ICSMS_KEY}, timeout=60
        )

    def told(self) -> list[dict[str, Any]]:
        """The notices that ICSMS took."""
        documents: dict[str, Any] = httpx.get(f"{self.icsms}/_simulator/documents", timeout=60).json()
        return [literal_eval(one["notice"]) for one in documents.values() if "notice" in one]


@dataclass(frozen=True, slots=True)
class Case:
    """One declaration."""

    stage: Stage
    id: str
    mrn: str

    @property
    def here(self) -> str:
        return f"/v1/declarations/{self.id}"

    def read(self, by: str = "officer") -> dict[str, Any]:
        body: dict[str, Any] = self.stage.door[by].get(self.here).json()
        return body

    def findings(self, by: str = "officer") -> dict[str, set[int | None]]:
        """The codes about suspensions in the decision, with the goods items of each."""
        found: dict[str, set[int | None]] = {}
        for one in (self.read(by)["decision"] or {"findings": ()})["findings"]:
            if one["code"].startswith("SW-DEC-30"):
                found.setdefault(one["code"], set()).add(one["goods_item"])
        return found

    def shows(self, *codes: str) -> None:
        """Waits until the decision has these findings about suspensions, and no others."""
        wanted = {f"SW-DEC-{one}" for one in codes}
        until(lambda: set(self.findings()) == wanted or None, f"{sorted(wanted)}, {self.findings()}")

    def free(self) -> None:
        """Waits until all of it may go."""
        until(lambda: self.gate() == {1: [], 2: []} or None, f"free: {self.gate()}")

    def gate(self) -> dict[int, list[str]]:
        """What stands against the release of each goods item."""
        gate = self.read("customs")["release_gate"] or ()
        return {one["goods_item"]: [each["code"] for each in one["obstacles"]] for one in gate}

    def suspend(self, regime: str, *items: int, by: str = "officer", status: int = 200, **more: Any) -> dict[str, Any]:
        body = {"regime": regime, "stated": STATED[regime], **({"goods_items": items} if items else {}), **more}
        return self._post("suspensions", body, by, status)

    def say(self, word: str, *, by: str = "officer", number: int = 1, status: int = 200, **more: Any) -> dict[str, Any]:
        return self._post(f"suspensions/{number}/words", {"word": word, **more}, by, status)

    def both_say(self, word: str, **more: Any) -> dict[str, Any]:
        """Two officers say it."""
        self.say(word, **more)
        return self.say(word, by="colleague", **more)

    def done(self, duty: str, *, number: int = 1, **more: Any) -> dict[str, Any]:
        return self._post(f"suspensions/{number}/duties/{duty}", more, "officer", 200)

    def release(self, *items: int, by: str = "customs", **more: Any) -> httpx.Response:
        body = {**({"items": [{"goods_item": one} for one in items]} if items else {}), **more}
        return self.stage.door[by].post(f"{self.here}/release", json=body, headers=WAIT)

    def all(self) -> list[dict[str, Any]]:
        """Its suspensions, in their order."""
        page = self.stage.door["officer"].get("/v1/suspensions", params={"declaration": self.id, "ended": True}).json()
        return sorted(page["items"], key=lambda one: one["number"])

    def state(self, number: int = 1) -> tuple[str, str | None]:
        """How a suspension stands, with its deadline."""
        one = self.all()[number - 1]
        return one["state"], one["deadline"]

    def events(self, kind: str) -> list[dict[str, Any]]:
        page = self.stage.door["officer"].get(f"{self.here}/events", params={"limit": 1000}).json()
        return [one for one in page["items"] if one["kind"] == kind]

    def _post(self, path: str, body: dict[str, Any], by: str, status: int) -> dict[str, Any]:
        answer = self.stage.door[by].post(f"{self.here}/{path}", json=body)
        assert answer.status_code == status, answer.text
        found: dict[str, Any] = answer.json()
        return found


@contextmanager
def staged(simulated: Authorities, database: str) -> Iterator[Stage]:
    """Serves a gateway whose database's time is moved, with ICSMS beside the other authorities."""
    with simulator_process("adapters.icsms") as (icsms,), moved_clock(database) as clock:
        accepted = httpx.get(f"{icsms}/_simulator", timeout=60).json()["credentials"]
        keys = json.loads(keyed(simulated, database)["GATEWAY_SECURITY__KEYS"])
        keys.append({"name": "icsms", "hash": key_hash(ICSMS_KEY), "role": Role.AUTHORITY.value, "authority": "icsms"})
        environment = {
            **keyed(simulated, database),
            "GATEWAY_SECURITY__KEYS": json.dumps(keys),
            "GATEWAY_ADAPTERS__ICSMS__PACKAGE": "adapters.icsms",
            "GATEWAY_ADAPTERS__ICSMS__BASE_URL": icsms,
            **{f"GATEWAY_ADAPTERS__ICSMS__SECRETS__{name.upper()}": f"env:ICSMS_{name.upper()}" for name in accepted},
            **{f"ICSMS_{name.upper()}": value for name, value in accepted.items()},
        }
        clock.set(at("03-01 10:00"))
        with served(environment, "--processes=1") as running, opened(running, simulated) as door:
            yield Stage(door, clock, icsms, environment)
