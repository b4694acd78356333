"""Nothing that a trader can call shows an officer's act that is not told: not by bytes, numbers, order, counts nor status."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from gateway.access import WHO_MAY, Call
from gateway.settings import Role
from tests.api.asking import Goods, mrn_of
from tests.api.lodging import WAIT, XML, end_of_notices
from tests.api.told import HERE, MADE, OF_NOW, accepted, answers, differing, sent_of, without_names
from tests.api.untold import ACTS, Declared, asked_again, held, suspended, unaccepted
from tests.builders.door import Door
from tests.builders.event_stream import following
from tests.builders.extent import part
from tests.builders.receiver import Receiver
from tests.builders.running import until


def test_every_call_of_a_trader_is_compared() -> None:
    assert set(MADE) == {call for call, roles in WHO_MAY.items() if Role.TRADER in roles}


@pytest.mark.parametrize("act", part([*ACTS], 3))
def test_an_officers_act_that_is_not_told_shows_nowhere(door: Door, act: str) -> None:
    one = held(door, "03")
    before = answers(door, one)
    with door.authorities.slow("traces", 2.0):
        ACTS[act](door, one)
        under_way = answers(door, one)
    assert not (found := differing(before, under_way)), found
    if act in {"asked_again", "verified", "suspended", "controlled"}:
        until(lambda: _settled(door, one), "what the act comes to")
    assert not (found := differing(before, answers(door, one))), found


def test_an_order_shows_nowhere_where_nothing_holds_the_goods(door: Door) -> None:
    """Neither while it is open, nor what it comes to, nor what is said and done after it."""
    twins = [held(door, "01") for _ in range(2)]
    one, _ = twins
    before = answers(door, one)
    here = f"/v1/declarations/{one['id']}/controls"
    made = door["customs"].post(here, json={"types": ["40"], "level": "H"})
    assert made.status_code == 200, made.text
    assert not (found := differing(before, answers(door, one))), found
    ended = door["officer"].post(f"/v1/controls/{made.json()['number']}/result", json={"code": "satisfactory"})
    assert ended.status_code == 200, ended.text
    assert not (found := differing(before, answers(door, one))), found
    for each in twins:
        answer = door["customs"].post(f"/v1/declarations/{each['id']}/release", json={}, headers=WAIT)
        assert answer.status_code == 200, answer.text
    # Numbers and order of what is told afterwards are those of a twin without an order.
    read = [
        {
            name.partition(" http")[0]: alike(text, each)
            for name, text in answers(door, each).items()
            if "events" in name
        }
        for each in twins
    ]
    assert not (found := differing(*read)), found


def alike(text: str, one: Declared) -> str:
    """What is read of a declaration, without what two of the same content differ by."""
    for key in ("id", "lrn"):
        text = text.replace(one[key], key)
    text = re.sub(r"26FR[0-9A-Z]{14}", "MRN", text)
    return re.sub(
        r"\d{4}-\d\d-\d\d[T ][0-9:.]+(Z| UTC)|sha256:[0-9a-f]{64}|\"hash\":\"[0-9a-f]*\"|'etag': '[^']*'", "", text
    )


def _settled(door: Door, one: Declared) -> bool | None:
    """Whether nothing of it waits: customs' own step, said again, is answered with 200."""
    answer = door["customs"].post("/v1/declarations", content=one["message"], headers=XML)
    return True if answer.status_code == 200 else None


LEFT = re.compile(r"1[29][,. \u202f]?[38]00|19[,. \u202f]?900")


@pytest.mark.parametrize(("net_mass", "effect"), [("2400", "release"), ("20000", "hold")])
@pytest.mark.parametrize("language", part(["en", "de", "fr"], 3))
def test_before_acceptance_only_enough_or_not_enough_is_told(
    door: Door, net_mass: str, effect: str, language: str
) -> None:
    door["trader"].headers["Accept-Language"] = language
    try:
        made = [unaccepted(door, certified, net_mass) for certified in ("12800", "19900")]
        after = door["trader"].get("/v1/notices", params={"after": "0", "limit": 1}).json()["next"]
        read = []
        for one in made:
            assert one["decision"]["effect"] == effect
            found = {}
            for name, text in answers(door, {**one, "after": after}).items():
                call = name.partition(" http")[0]
                for key in ("id", "lrn", "reference"):
                    text = text.replace(one[key], key)
                found[call] = re.sub(
                    r"\d{4}-\d\d-\d\d[T ][0-9:.]+(Z| UTC)|sha256:[0-9a-f]{64}|'etag': '[^']*'", "", text
                )
                if call.partition(" ")[0] not in {"notices"}:
                    assert not LEFT.search(found[call]), (call, LEFT.search(found[call]))
            read.append({name: text for name, text in found.items() if not name.startswith("notices")})
        assert differing(*read) == []
        officer = door["officer"].get(made[0]["goods"].here).json()
        (line,) = officer["documents"][0]["quantity"]
        assert line["certificate_available"] == "12800"
    finally:
        door["trader"].headers.pop("Accept-Language")


def test_once_accepted_what_is_left_is_told(door: Door) -> None:
    one = unaccepted(door, "12800", "20000")
    goods: Goods = one["goods"]
    (finding,) = [each for each in goods.shown("trader")["decision"]["findings"] if each["code"] == "SW-DEC-070"]
    assert finding["message"].endswith("and the quantity left is less.")
    assert finding["remedy"] == "Declare less, or add a certificate for the rest."
    said = {"mrn": mrn_of(goods), "accepted_at": datetime.now(UTC).isoformat()}
    accepted = door["customs"].post(f"{goods.here}/acceptance", json=said, headers=WAIT)
    assert accepted.status_code == 200, accepted.text
    shown = goods.shown("trader")
    (line,) = shown["documents"][0]["quantity"]
    assert line["available"] == "12800"
    (finding,) = [each for each in shown["decision"]["findings"] if each["code"] == "SW-DEC-070"]
    assert "12800 kg" in finding["message"]


@pytest.fixture
def receiver(door: Door, api_receiver: Receiver) -> Iterator[Receiver]:
    """What a trader's webhook is sent; none is left afterwards."""
    api_receiver.seen.clear()
    made = door["trader"].post("/v1/webhooks", json={"address": api_receiver.url})
    assert made.status_code == 201, made.text
    yield api_receiver
    door["trader"].delete(f"/v1/webhooks/{made.json()['id']}")


def refused_by_its_authority(door: Door, one: Declared) -> None:
    """Its certificate is refused by now, of which no party is told before customs has confirmed it."""
    line = {"code": "0401", "quantity": "12800", "unit": "KGM", "origin": "GB"}
    door.authorities.control(
        "traces", "PUT", f"/documents/{one['reference']}",
        status="41", decision="NOT_ACCEPTABLE", lines=[line], refusal_reason="FAILED_IDENTITY_CHECK",
    )  # fmt: skip
    asked_again(door, one)


def test_a_suspension_that_is_not_told_reads_as_another_hold_that_is_not(door: Door, receiver: Receiver) -> None:
    """Calls, webhooks and streams of both, byte for byte."""
    read = []
    for act in (suspended, refused_by_its_authority):
        one = accepted(door)
        until(lambda one=one: len(sent_of(receiver, one)) == 2 or None, "it was decided, and accepted")  # type: ignore[misc]
        after = end_of_notices(door["trader"])
        with following(door["trader"], f"{HERE.format(**one)}/stream") as events:
            streamed = [next(events).text]
            act(door, one)
            streamed.append(next(events).text)
        until(lambda one=one: _settled(door, one), act.__name__)  # type: ignore[misc]
        until(lambda one=one: len(sent_of(receiver, one)) > 2 or None, "that it is held")  # type: ignore[misc]
        found = {name.partition(" http")[0]: text for name, text in answers(door, {**one, "after": after}).items()}
        # Who asks its authority again reads what that says; a webhook counts what it was sent of both.
        found = {name: text for name, text in found.items() if name.partition(" ")[0] not in {*OF_NOW, Call.WEBHOOKS}}
        found |= {f"stream {place}": text for place, text in enumerate(streamed)}
        found |= {f"webhook {place}": text for place, text in enumerate(sent_of(receiver, one)[2:])}
        assert '"effect":"hold"' in found["stream 1"]
        read.append({name: without_names(text, one) for name, text in found.items()})
    assert read[0].keys() == read[1].keys()
    assert differing(*read) == []
