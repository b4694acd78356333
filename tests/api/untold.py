"""Declarations that wait for an officer, and officers' acts on them of which a trader is not told."""

import zlib
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import httpx

from gateway.domain.mrn import with_check_character
from tests.api.asking import Goods
from tests.api.lodging import NUMBERS, WAIT, XML
from tests.builders.door import Door
from tests.builders.running import lodgeable

Declared = Mapping[str, Any]


def sent_again(trader: httpx.Client, one: Declared, path: str, **headers: str) -> httpx.Response:
    return trader.post(path.format(**one), content=one["message"], headers={**XML, **headers})


def held(door: Door, name: str) -> dict[str, Any]:
    """A trader's declaration, accepted by customs and held for what the trader is not told."""
    lrn = f"UNTOLD-{next(NUMBERS):04d}"
    message = lodgeable(name, lrn)
    lodged = sent_again(door["trader"], {"message": message}, "/v1/declarations", **WAIT).json()
    said = {
        "mrn": with_check_character(f"26FR{zlib.crc32(lrn.encode()):013d}"),
        "accepted_at": datetime.now(UTC).isoformat(),
    }
    answer = door["customs"].post(f"/v1/declarations/{lodged['id']}/acceptance", json=said, headers=WAIT)
    assert answer.status_code == 200, answer.text
    document, *_ = lodged["documents"]
    return {**lodged, **{key: document[key] for key in ("type", "reference")}, "message": message, "after": "0"}


def asked_again(door: Door, one: Declared) -> None:
    answer = door["officer"].post(f"/v1/declarations/{one['id']}/assessment", json={})
    assert answer.status_code in {200, 202}, answer.text


def verified(door: Door, one: Declared) -> None:
    answer = door["officer"].post(
        f"/v1/declarations/{one['id']}/documents/{one['type']}/verification",
        params={"reference": one["reference"]},
        json={"means": "paper", "reason": "as its paper says", "outcome": "withdrawn"},
    )
    assert answer.status_code in {200, 202}, answer.text


def ordered(door: Door, one: Declared) -> None:
    """Orders a release that waits for a second person, and has it rejected."""
    said = {"override": {"reason": "perishable"}}
    waiting = door["officer"].post(f"/v1/declarations/{one['id']}/release", json=said)
    assert waiting.status_code == 202, waiting.text
    rejected = door["colleague"].post(waiting.headers["location"], json={"approve": False, "reason": "No."})
    assert rejected.status_code == 200, rejected.text


def read_and_exported(door: Door, one: Declared) -> None:
    for path in ("", "/events", "/explanation", "/evidence", "/export"):
        assert door["officer"].get(f"/v1/declarations/{one['id']}{path}").status_code == 200


def suspended(door: Door, one: Declared) -> None:
    opened = {"regime": "ipr", "stated": {"decision": "FR-1", "right": "design"}}
    answer = door["officer"].post(f"/v1/declarations/{one['id']}/suspensions", json=opened)
    assert answer.status_code == 200, answer.text


def controlled(door: Door, one: Declared) -> None:
    """Orders a control, appoints it without telling anybody, and finds something."""
    made = door["customs"].post(f"/v1/declarations/{one['id']}/controls", json={"types": ["40"], "reference": "RE/1"})
    assert made.status_code == 200, made.text
    here = f"/v1/controls/{made.json()['number']}"
    for path, said in (
        ("appointment", {"place": "Quay 4", "time": "2099-01-01T09:00:00Z", "told": False}),
        ("result", {"under_way": True}),
        ("result", {"code": "irregularity", "words": "other goods"}),
    ):
        answer = door["officer"].post(f"{here}/{path}", json=said)
        assert answer.status_code == 200, answer.text


ACTS = {one.__name__: one for one in (asked_again, verified, ordered, read_and_exported, suspended, controlled)}


def unaccepted(door: Door, certified: str, net_mass: str) -> dict[str, Any]:
    """A trader's declaration before acceptance, of goods under a certificate on which so much is left."""
    goods = Goods(door)
    line = {"code": "0401", "quantity": certified, "unit": "KGM", "origin": "GB"}
    door.authorities.control(
        "traces", "PUT", f"/documents/{goods.certificate}",
        status="70", decision="ACCEPTABLE_FOR_INTERNAL_MARKET", lines=[line],
    )  # fmt: skip
    message = goods.message(net_mass=net_mass, mrn=False)
    answer = sent_again(door["trader"], {"message": message}, "/v1/declarations", **WAIT)
    assert answer.status_code == 200, answer.text
    found = {**answer.json(), "type": "N853", "reference": goods.certificate, "message": message, "goods": goods}
    goods.here, goods.id = found["links"]["self"], found["id"]
    return found
