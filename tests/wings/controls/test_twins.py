"""Declarations with and without packs are alike to parties and authorities: every call, stream and webhook, and what an authority is asked, byte for byte."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest

from gateway.access import WHO_MAY, Call
from gateway.settings import Role
from gateway.wings.controls.order import ActName
from tests.api.lodging import WAIT, end_of_notices
from tests.api.told import HERE, OF_NOW, accepted_by_customs, answers, differing, sent_of, without_names
from tests.api.untold import unaccepted
from tests.builders.authority import Came
from tests.builders.databases import Databases
from tests.builders.door import ANALYSTS, Door, keyed, opened, sealing
from tests.builders.event_stream import following
from tests.builders.goods import goods, milk
from tests.builders.receiver import HOST, Receiver, authority_file
from tests.builders.running import Authorities, served, until
from tests.wings.controls.conftest import CHEDS, RiskOffice, alert, pack

PACKS = "/v1/risk/packs"
RANDOM = pack("random", kind="random", more="", criterion="R1", share="0.000001").replace('goods = ["04"]', "")
ASKED = ("/v1/me", "/v1/access", "/v1/adapters", "/v1/coverage", "/v1/contingencies", "/v1/notices", "/v1/suspensions")
"""What an authority reads, or is refused, beside its own calls."""


@dataclass(slots=True)
class Twins:
    """A gateway with a receiver of webhooks, before and after packs are published."""

    door: Door
    receiver: Receiver
    read: list[dict[str, str]] = field(default_factory=list)

    def publish(self, *texts: str) -> None:
        for text in texts:
            for by, state in (("officer", "proposed"), ("colleague", "published")):
                answer = self.door[by].post(PACKS, json={"text": text})
                assert (answer.status_code, answer.json().get("state")) == (200, state), answer.text

    def declared(self) -> dict[str, Any]:
        """Lodges and accepts a declaration, and notes all of it."""
        lodged = unaccepted(self.door, "12800", "2400")
        # What is sent is read when it is sent.
        until(lambda: sent_of(self.receiver, lodged) or None, "it was decided")
        one = accepted_by_customs(self.door, lodged)
        self.read.append(self.told(one, events=2))
        return one

    def released(self, one: Mapping[str, Any]) -> dict[str, str]:
        """Has customs release it; gives all of it then."""
        answer = self.door["customs"].post(f"{HERE.format(**one)}/release", json={}, headers=WAIT)
        assert answer.status_code == 200, answer.text
        return self.told(one, events=3)

    def told(self, one: Mapping[str, Any], *, events: int) -> dict[str, str]:
        """All that the trader and the authority get of a declaration, once so many events of it were sent."""
        door = self.door
        until(lambda: len(sent_of(self.receiver, one)) >= events or None, "events of it")
        with following(door["trader"], f"{HERE.format(**one)}/stream") as stream:
            streamed = next(stream).text
        after = end_of_notices(door["trader"])
        found = {name.partition(" http")[0]: text for name, text in answers(door, {**one, "after": after}).items()}
        # Who asks the authority again reads what that says; a webhook counts what it was sent of both.
        found = {name: text for name, text in found.items() if name.partition(" ")[0] not in {*OF_NOW, Call.WEBHOOKS}}
        found["stream"] = streamed
        found |= {f"webhook {place}": text for place, text in enumerate(sent_of(self.receiver, one))}
        for path in (*ASKED, HERE.format(**one), f"{HERE.format(**one)}/events", "/v1/controls", PACKS):
            answer = door["authority"].get(path)
            found[f"authority {path.replace(one['id'], 'id')}"] = f"{answer.status_code} {answer.text}"
        pushed = door["authority"].post("/v1/adapters/traces/notifications", content=b"nothing it knows")
        found["authority pushes"] = f"{pushed.status_code} {pushed.text}"
        return {name: without_names(text, one) for name, text in found.items()}


@pytest.fixture
def twins(
    databases: Databases,
    simulated_for_api: Authorities,
    api_receiver: Receiver,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Twins]:
    with databases.one() as url:
        settings = {
            **keyed(simulated_for_api, url),
            "GATEWAY_WEBHOOKS__ALLOWED_HOSTS": json.dumps([HOST]),
            "GATEWAY_WEBHOOKS__PORTS": json.dumps([443, api_receiver.port]),
            "GATEWAY_WEBHOOKS__CA_FILE": str(authority_file(tmp_path_factory.mktemp("authority"))),
            "GATEWAY_CONTROLS__KEY_FILE": str(sealing(tmp_path_factory.mktemp("sealed"))),
            "GATEWAY_CONTROLS__ANALYSTS": json.dumps(ANALYSTS),
        }
        with served(settings) as running, opened(running, simulated_for_api) as door:
            api_receiver.seen.clear()
            made = door["trader"].post("/v1/webhooks", json={"address": api_receiver.url})
            assert made.status_code == 201, made.text
            yield Twins(door, api_receiver)


def test_parties_and_authorities_get_equal_bytes(twins: Twins) -> None:
    """Without packs, not drawn, chosen in shadow, met by an alert, and held by an order: each as the first, before and after its goods went."""
    door = twins.door
    bare = twins.declared()
    twins.publish(pack("none", share="0", more="review_on = 2026-12-01"), RANDOM, alert(name="watch", criterion="W1"))
    draft = pack("draft", criterion="D1", level="H", types="40")
    assert door["officer"].post("/v1/risk/shadows", json={"text": draft}).status_code == 200
    drawn = twins.declared()
    gone = [twins.released(one) for one in (bare, drawn)]
    twins.publish(pack("all", criterion="A1", level="H", types="40") + "may_tell = true\n")
    chosen = twins.declared()
    assert door["officer"].get("/v1/controls", params={"declaration": drawn["id"]}).json()["items"] == []
    (order,) = door["officer"].get("/v1/controls", params={"declaration": chosen["id"]}).json()["items"]
    assert door["customs"].post(f"{HERE.format(**chosen)}/release", json={}).json()["code"] == "SW-API-651"
    (shadow,) = door["officer"].get("/v1/risk/shadows").json()["items"]
    assert (shadow["assessed"], shadow["chosen"], shadow["controlled_already"]) == (3, 3, 1)
    met = {one["declaration"] for one in door["officer"].get("/v1/risk/matches").json()["items"]}
    assert {drawn["id"], chosen["id"]} <= met
    for by in ("officer", "colleague"):
        waived = door[by].post(f"/v1/controls/{order['number']}/waiver", json={"code": "no_means"})
        assert waived.status_code == 200, waived.text
    gone.append(twins.released(chosen))
    for first, *others in (twins.read, gone):
        for other in others:
            assert (other.keys(), differing(first, other)) == (first.keys(), [])


def nameless(came: Came) -> str:
    """A request but for the names of its declaration and message, moments, and what proves its sender."""
    text = came.text
    for name in filter(None, (came.message_id, came.mrn)):
        text = text.replace(name, "")
    return re.sub(
        r"\d{4}-\d\d-\d\dT[0-9:.]+Z|(?<=>)[0-9a-zA-Z+/]{20,}={0,2}(?=<)|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}",
        "",
        text,
    )


async def test_an_authority_is_asked_the_same(risk: RiskOffice) -> None:
    """Each request is the same, byte for byte but for names: neither assessing nor ordering asks, and nothing says why."""
    office, asked = risk.controlling.office, []
    for lrn, published in (("TWIN1", ()), ("TWIN2", (pack(share="0"), alert())), ("TWIN3", (pack(),))):
        for text in published:
            await risk.publish(text)
        office.authority.issue(CHEDS[0], ("0401", "500", "KGM"))
        before = len(office.authority.came)
        record = await office.lodge(lrn, goods(milk(CHEDS[0], "1")))
        if orders := await risk.orders(record.id):
            await risk.controlling.act(record, orders[0].order, ActName.RESULT, code="satisfactory")
        await risk.open_declarations.assess()
        assert (await office.release(record)).done
        asked.append([nameless(one) for one in office.authority.came[before:]])
    assert asked[0]
    assert asked[0] == asked[1] == asked[2]


def test_every_call_of_an_authority_is_compared() -> None:
    """What it may do beside what is read here, it does about its own documents, of which packs know nothing."""
    may = {call for call, roles in WHO_MAY.items() if Role.AUTHORITY in roles}
    assert may == {Call.NOTIFY, Call.ME}
