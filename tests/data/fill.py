"""Fills a database with everything that a gateway of an older commit writes: `python fill.py DATABASE_URL FOLDER`.

Run by `python -m tests.data.make` with the Python, the code and the test tools of that commit; nothing newer is imported.
"""

import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gateway.cli.demo.story import play, read_stories
from gateway.terminal.client import Reply

if TYPE_CHECKING:
    from tests.builders.running import GatewayReader

if TYPE_CHECKING or find_spec("tests.builders"):
    from tests.builders.consignments import Consignment, lodged
    from tests.builders.declarations import Goods, message
    from tests.builders.processes import ran
    from tests.builders.running import Authorities, authorities, clean_environment, declaration, served, until
else:  # a commit whose test tools stood elsewhere
    from tests.benchmarks.declarations import Goods, message
    from tests.flows.consignments import Consignment, lodged
    from tests.flows.running import Authorities, authorities, clean_environment, declaration, served, until
    from tests.processes import ran

WAIT_S = 30.0
ONE, TWO = "officer.martin", "officer.dubois"
QUICK = {
    "GATEWAY_SETTLE_FIRST_SECONDS": "1",
    "GATEWAY_RETRY_UNDETERMINED_SECONDS": "3",
    "GATEWAY_DEADLINE_SECONDS": "3",
    "GATEWAY_LEASE_SECONDS": "5",
}
DOUBTING = {**QUICK, "GATEWAY_SETTLE_FIRST_SECONDS": "3600"}
"""What is in doubt stays so."""
TOLERANCE = """
[[tolerance]]
adapter = "traces"
percent = "5"
loosens = "scales differ"
valid_from = 2020-01-01
source = "an administration's own"
"""
WINDOWS = """
[[window]]
types = ["C673"]
modes = ["release", "hold", "manual"]
legal_basis = "Law 2, article 3"
loosens = "a catch certificate is shown later while CATCH is down"
valid_from = 2020-01-01
source = "an administration's own"
"""
READING, RELEASING = "QuantityManagementIndication>0<", "chedClearanceRequest"


def done(reply: Reply, *statuses: int) -> Reply:
    """Gives what came of a step; ends if it is not what was meant."""
    if reply.status not in (statuses or (200,)):
        raise SystemExit(f"not what was meant: {reply.status} {reply.body}")
    return reply


def milk(lrn: str, reference: str, *, mrn: str | None = None, version: int = 1, net_kg: int = 120) -> bytes:
    """A declaration of milk on one certificate."""
    return message(lrn, mrn, [Goods(number=1, reference=reference, net_kg=net_kg)], version=version)


class Filling:
    """A gateway and its authorities, and what is done with them."""

    def __init__(self, gateway: "GatewayReader", simulated: Authorities) -> None:
        self._gateway = gateway
        self._simulated = simulated

    def stories(self) -> None:
        """All stories of the demonstration."""
        for story in read_stories():
            if story.needs is not None:
                continue
            for played in play(story, self._gateway, self._simulated.urls):
                if not played.as_expected:
                    raise SystemExit(f"{story.title}: {played.reply}")

    def releases(self) -> None:
        """Wholly, item by item, in part, against the decision by one and by two officers."""
        gateway = self._gateway
        done(gateway.release(self._lodged(1000, 1400).id, wait_s=WAIT_S))
        done(gateway.release(self._lodged(1000, 1400).id, {"items": [{"goods_item": 2}]}, wait_s=WAIT_S))
        part = {"items": [{"goods_item": 1, "quantity": "1000.5", "unit": "KGM"}], "reference": "WAREHOUSE-1"}
        done(gateway.release(self._lodged(2400).id, part, wait_s=WAIT_S))
        held, refused = self._lodged(2400, status="42"), self._lodged(2400, status="41")
        override = {"officer": ONE, "reason": "Perishable; seen on paper."}
        done(gateway.release(held.id, {"override": override}, wait_s=WAIT_S))
        done(gateway.release(refused.id, {"override": {**override, "second_officer": TWO}}, wait_s=WAIT_S))
        done(gateway.release(self._lodged(2400, status="41").id, wait_s=WAIT_S), 409)
        confirmed = self._lodged(2400, status="41")
        done(gateway.say(f"/v1/declarations/{confirmed.id}/confirmation", {"officer": ONE}))

    def interventions(self) -> None:
        """Two officers force, amend and delete write-offs; the authority refuses one."""
        forced = self._lodged(2400, status="42")
        done(
            self._gateway.release(forced.id, {"override": {"officer": ONE, "reason": "Seen on paper."}}, wait_s=WAIT_S)
        )
        self._by_two("force", forced, "2390")
        amended = self._lodged(2400)
        done(self._gateway.release(amended.id, wait_s=WAIT_S))
        self._by_two("amend", amended, "2300")
        deleted = self._lodged(2400)
        done(self._gateway.release(deleted.id, wait_s=WAIT_S))
        self._by_two("delete", deleted)
        self._by_two("force", self._lodged(2400), "2400")

    def verifications(self) -> None:
        """Officers verify by other means: valid with a quantity, refused, by two."""
        for place, (outcome, more) in enumerate(
            (("valid", {"quantity": "2400", "unit": "KGM"}), ("refused", {}), ("valid", {"second_officer": TWO}))
        ):
            goods = self._lodged(2400, status="42")
            said = {
                "outcome": outcome,
                "means": "telephone",
                "reason": f"Call {place} to the border post.",
                "officer": ONE,
            }
            done(self._gateway.verify(goods.id, "N853", goods.reference, verification={**said, **more}, wait_s=WAIT_S))

    def versions(self, mark: str) -> None:
        """Pre-lodged, amended, accepted, invalidated before and after acceptance; some are left as they are."""
        gateway, now = self._gateway, datetime.now(UTC).isoformat()
        references = [f"CHEDP.XX.2026.15{mark}{number:04d}" for number in range(6)]
        for number, reference in enumerate(references):
            lrn = f"VERSIONS-{mark}-{number}"
            lodged_one = done(gateway.lodge(milk(lrn, reference), "application/xml", wait_s=WAIT_S))
            record_id = lodged_one.body["id"]
            if number in {1, 2, 3}:
                raw = milk(lrn, reference, version=2, net_kg=110)
                done(gateway.amend(record_id, raw, "application/xml", wait_s=WAIT_S))
            if number in {2, 3, 4}:
                mrn = f"26FR00000000{mark}{number:04d}V"
                done(gateway.accept(record_id, mrn=mrn, accepted_at=now, wait_s=WAIT_S))
            if number in {3, 5}:
                done(gateway.invalidate(record_id, reason="Lodged twice.", wait_s=WAIT_S))

    def windows(self) -> None:
        """A window that ended with goods released inside it, verified afterwards or not, and one that is open."""
        # One of the stories leaves it away.
        self._simulated.control("catch", "POST", "/faults", reference="CATCH.CC.US.2026.0000013", fault=None)
        fish, confirmed = "CATCH.CC.XX.2026.1773109", "CATCH.CC.XX.2026.1773110"
        for reference in (fish, confirmed):
            self._simulated.control("catch", "POST", "/faults", reference=reference, fault="down")
        said = {"reason": "The authority announced maintenance.", "officer": ONE}
        opening = {"adapter": "catch", "mode": "release", **said, "second_officer": TWO}
        done(self._gateway.say("/v1/contingency", opening), 200, 201)
        for number, reference in enumerate((fish, confirmed)):
            raw = message(f"WINDOW-{number}", f"26FR000000077310{number}E", [Goods(number=1, reference=reference)])
            record_id = done(self._gateway.lodge(raw, "application/xml", wait_s=WAIT_S)).body["id"]
            done(self._gateway.release(record_id, wait_s=WAIT_S))
        # Of one the authority answers what cannot be read: an authority that is away would be asked about neither.
        self._simulated.control("catch", "POST", "/faults", reference=fish, fault="html")
        self._simulated.control("catch", "POST", "/faults", reference=confirmed, fault=None)
        done(self._gateway.say("/v1/contingency/1/closing", said))
        until(lambda: self._read("/v1/contingency/1")["awaited"] == 1, "a document that is verified afterwards")
        done(self._gateway.say("/v1/contingency", {**opening, "adapter": "dual_use", "mode": "hold"}), 200, 201)
        raw = declaration("12", "WINDOW-OPEN")
        done(self._gateway.lodge(raw, "application/xml", wait_s=WAIT_S))

    def doubt(self) -> None:
        """A release of which nobody knows what became: its answer was lost and the position cannot be read."""
        goods = self._lodged(2400)
        aim = {"reference": goods.reference, "containing": RELEASING}
        self._simulated.control("traces", "POST", "/faults", fault="drop_after", count=1, **aim)
        self._simulated.control(
            "traces", "POST", "/faults", fault="down", reference=goods.reference, containing=READING
        )
        self._gateway.release(goods.id, wait_s=0)

        def doubted() -> bool:
            document, *_ = self._gateway.get(goods.id).body["documents"]
            return any(line["movement"] == "in_doubt" for line in document["quantity"])

        until(doubted, "a movement in doubt")

    def notices(self) -> None:
        """Reads them once, so that they have numbers."""
        self._read("/v1/notices?limit=200")

    def _lodged(self, *masses: int, status: str = "70") -> Consignment:
        return lodged(self._gateway, self._simulated, *masses, status=status)

    def _by_two(self, kind: str, goods: Consignment, quantity: str | None = None) -> None:
        items = [] if quantity is None else [{"goods_item": 1, "line": 1, "quantity": quantity, "unit": "KGM"}]
        said = {"officer": ONE, "second_officer": TWO, "reason": "Counted again at the warehouse."}
        order = {"kind": kind, "document": goods.document, "items": items, **said}
        done(self._gateway.intervene(goods.id, order, wait_s=WAIT_S))

    def _read(self, path: str) -> Mapping[str, Any]:
        found: Mapping[str, Any] = self._gateway.read(path).raise_for_status().json()
        return found


def command(environment: Mapping[str, str], *arguments: str) -> None:
    """Runs a command of the gateway; ends if it fails."""
    run = ran([sys.executable, "-m", "gateway.cli", *arguments], env={**clean_environment(), **environment})
    if run.returncode:
        raise SystemExit(f"{arguments}: {run.stdout}{run.stderr}")


def main(url: str, folder: Path) -> None:
    """Fills it."""
    law, tolerant = folder / "law", folder / "tolerant"
    for name, rows in ((law / "contingency.toml", WINDOWS), (tolerant / "decisions.toml", TOLERANCE)):
        name.parent.mkdir()
        name.write_text(rows, encoding="utf-8")
    with authorities() as simulated:
        environment = {**simulated.environment, **QUICK, "GATEWAY_DATABASE_URL": url, "GATEWAY_SECURITY__MODE": "none"}
        environment["GATEWAY_TABLES"] = f'["{law}"]'
        with served(environment) as gateway, gateway.client() as client:
            filling = Filling(client, simulated)
            filling.stories()
            filling.releases()
            filling.interventions()
            filling.verifications()
            filling.versions("1")
            command(environment, "tables", "publish", "--reason=As delivered", f"--officer={ONE}")
            filling.windows()
            filling.versions("2")
            filling.notices()
            command(environment, "audit", "checkpoint")
            own = {**environment, "GATEWAY_TABLES": f'["{law}", "{tolerant}"]', "GATEWAY_PROFILE": "gb"}
            command(own, "tables", "publish", "--reason=Law 1", f"--officer={ONE}")
        # Started again it serves the newest set from the first declaration on.
        with served({**environment, **DOUBTING}) as gateway, gateway.client() as client:
            filling = Filling(client, simulated)
            filling.versions("3")
            filling.doubt()
            command(environment, "audit", "verify")
            command(environment, "audit", "checkpoint")


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
