"""All that a trader is told of a declaration, call by call, and how two of them are compared."""

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

import httpx

from gateway.access import Call
from tests.api.asking import mrn_of
from tests.api.lodging import WAIT
from tests.api.untold import Declared, sent_again, unaccepted
from tests.builders.door import Door
from tests.builders.receiver import Receiver
from tests.builders.running import until

NOWHERE = "00000000-0000-4000-8000-00000000ffff"


def get(path: str) -> Callable[[httpx.Client, Declared], httpx.Response]:
    return lambda trader, one: trader.get(path.format(**one))


def said(word: str) -> Callable[[httpx.Client, Declared], httpx.Response]:
    """Says a word of a suspension, whether there is one or not."""
    return lambda trader, one: trader.post(HERE.format(**one) + "/suspensions/1/words", json={"word": word})


def looked_at_beforehand(trader: httpx.Client, one: Declared) -> httpx.Response:
    """Sends a preflight once its client may send one: how many others sent in that minute is no difference."""

    def answered() -> httpx.Response | None:
        answer = sent_again(trader, one, "/v1/preflight?amends={id}")
        return answer if answer.status_code != 429 else None

    return until(answered, "room for a preflight")


HERE = "/v1/declarations/{id}"


LIST = "/v1/declarations?lrn={lrn}"


MADE: Mapping[Call, tuple[Callable[[httpx.Client, Declared], httpx.Response], ...]] = {
    Call.LODGE: (
        lambda trader, one: sent_again(trader, one, "/v1/declarations"),
        lambda trader, one: sent_again(trader, one, "/v1/declarations", **WAIT),
    ),
    Call.READ: (
        *(get(f"{HERE}{query}") for query in ("", "?version=1", "/versions")),
        *(get(f"{LIST}&view={view}") for view in ("row", "whole")),
        *(get(f"{LIST}&view=row&{sought}") for sought in (
            "order=held_since", "state=decided", "effect=hold", "effect=refuse", "turn=officer", "turn=declarant",
            "advice=control", "finding=SW-API-HELD",
        )),
    ),
    Call.AMEND: (lambda trader, one: sent_again(trader, one, f"{HERE}/amendments"),),
    Call.INVALIDATE: (lambda trader, one: trader.post(HERE.format(**one) + "/invalidation", json={"reason": 1}),),
    Call.APPLICATIONS: (get("/v1/applications?declaration={id}"),),
    Call.WITHDRAW_APPLICATION: (lambda trader, one: trader.delete(f"/v1/applications/{NOWHERE}"),),
    Call.SUSPENSIONS: tuple(get(f"/v1/suspensions?declaration={{id}}{query}") for query in ("", "&ended=true")),
    Call.SUSPENSION_WORD: tuple(said(word) for word in ("declarant.agrees", "holder.withdraws", "nothing")),
    Call.MOVEMENTS: (get(f"{HERE}/movements"),),
    Call.EVENTS: tuple(get(f"{HERE}/events{query}") for query in ("", "?sentences=true", "?after=2&limit=2")),
    Call.EXPLANATION: tuple(get(f"{HERE}/explanation{query}") for query in ("", "?decision=1", "?decision=2")),
    Call.CHECK_DOCUMENT: (
        get("/v1/documents/{type}/{reference}"),
        get("/v1/documents/{type}/{reference}?stored=true"),
        get("/v1/documents/{type}/{reference}/declarations"),
    ),
    Call.PREFLIGHT: (looked_at_beforehand,),
    Call.NOTICES: (lambda trader, one: trader.get("/v1/notices", params={"after": one["after"], "limit": 1000}),),
    Call.COVERAGE: (get("/v1/coverage"),),
    Call.REQUIREMENTS: (get("/v1/requirements?code=0307111010&direction=import"),),
    Call.ME: (get("/v1/me"),),
    Call.ACCESS: (get("/v1/access"),),
    Call.KEYS: (get("/v1/keys"),),
    Call.OWN_KEYS: (lambda trader, one: trader.post("/v1/keys", json={}),),
    Call.WEBHOOKS: (get("/v1/webhooks"),),
}  # fmt: skip
"""Every call that a trader may make, about one declaration; nothing of it changes anything."""


OF_NOW = frozenset({Call.PREFLIGHT, Call.CHECK_DOCUMENT, Call.REQUIREMENTS})
"""What says when it was asked."""


HEADS = frozenset(
    {"etag", "content-type", "content-language", "location", "preference-applied", "retry-after", "link", "vary"}
)


def answers(door: Door, one: Declared) -> dict[str, str]:
    """What the trader reads: status, heads and bytes of every call."""
    found = {}
    for call, ways in MADE.items():
        for place, way in enumerate(ways):
            answer = way(door["trader"], one)
            text = re.sub(r'"(next|cursor)":"[^"]*"', "", answer.text)
            if call in OF_NOW:
                text = re.sub(r"\d{4}-\d\d-\d\dT[0-9:.]+Z", "", text)
            heads = {name: value for name, value in answer.headers.items() if name in HEADS}
            found[f"{call} {place} {answer.request.url}"] = f"{answer.status_code} {heads} {text}"
    return found


def differing(before: Mapping[str, str], after: Mapping[str, str]) -> list[str]:
    """Where the trader reads otherwise, and from where on."""
    found = []
    for name, was in before.items():
        now = after[name]
        place = next((at for at, (a, b) in enumerate(zip(was, now, strict=False)) if a != b), min(len(was), len(now)))
        if was != now:
            found.append(f"{name}: {was[max(0, place - 60) : place + 60]} -> {now[max(0, place - 60) : place + 60]}")
    return found


def without_names(text: str, one: Declared) -> str:
    """A text but for what names its declaration, and moments."""
    for key in ("id", "lrn", "mrn", "reference"):
        text = text.replace(str(one[key]), key)
    return re.sub(MOVING, "", text)


def sent_of(receiver: Receiver, one: Declared) -> list[str]:
    """What was sent about a declaration."""
    return [each.body for each in receiver.seen if one["id"] in each.body]


MOVING = (
    r'\d{4}-\d\d-\d\d[T ][0-9:.]+(Z| UTC)|sha256:[0-9a-f]{64}|"[0-9a-f]{32}-\w\w"|"number":\d+|"(after|next)":"\d+"'
)


def accepted(door: Door) -> dict[str, Any]:
    """A trader's declaration that customs accepted, of goods that may go, on a certificate of its own."""
    return accepted_by_customs(door, unaccepted(door, "12800", "2400"))


def accepted_by_customs(door: Door, one: Declared) -> dict[str, Any]:
    """A trader's declaration once customs has accepted it."""
    said = {"mrn": mrn_of(one["goods"]), "accepted_at": datetime.now(UTC).isoformat()}
    answer = door["customs"].post(f"{HERE.format(**one)}/acceptance", json=said, headers=WAIT)
    assert answer.status_code == 200, answer.text
    return {**one, "mrn": said["mrn"]}
