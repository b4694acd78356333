"""The load: declarations of every kind of life, from many callers, each call repeated until it is answered."""

import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import httpx

from gateway.domain.mrn import with_check_character
from tests.builders.declarations import Goods, message
from tests.builders.running import Authorities, Served

COLD = 4_000
"""Certificates without end of quantity, shared by all declarations."""
HOT = tuple(f"CHEDP.XX.2026.00010{place:02d}" for place in range(12))
ACCOUNTS = tuple(f"FG.XX.1{place:06d}" for place in range(400))
"""Registrations whose accounts have no end, shared by the declarations of gases."""
EMPTIED = tuple(f"FG.XX.2{place:06d}" for place in range(4))
"""Registrations whose accounts several declarations empty."""
EMPTIED_TCE = 240
UNKNOWN = "CHEDP.XX.2026.9"
"""The beginning of references that no authority knows."""
CANCELLED = tuple(f"CATCH.CC.XX.2026.1{COLD + place:06d}" for place in range(4))
"""Catch certificates for which goods items are refused."""
HOT_KG = 2_400
"""What a hot certificate is good for: twenty items."""
_HOT_SHARE = 0.15
_MIXED_SHARE = 0.15
_PRE_LODGED_SHARE = 0.15
_ACCOUNT_SHARE = 0.12
_PATHS = {
    "reserved": 8, "released": 34, "released in part": 8, "released by quantity": 8, "invalidated": 14,
    "released, invalidated": 6, "amended, released": 10, "released, amended": 7, "amended, invalidated": 5,
    "released, replaced": 5, "released, mistyped": 4, "released, mistyped, replaced": 4, "released in part, replaced": 2,
    "examined, released": 5, "released in part, examined, released": 4,
}  # fmt: skip
_HOT_PATHS = {"reserved": 10, "released": 15, "invalidated": 60, "released, invalidated": 15}
"""Most give back what they take, so that the race for it goes on."""
_MIXED_PATHS = {
    "reserved": 10, "good ones released": 25, "good ones released, cured, released": 25, "cured, released": 10,
    "released, good ones released": 5, "good ones released, invalidated": 10, "invalidated": 10, "good ones released, amended": 5,
}  # fmt: skip
"""Of some goods items refused, and others that may go."""
_ACCOUNT_PATHS = {
    "reserved": 8, "released": 30, "released in part": 12, "released by quantity": 12, "invalidated": 6,
    "released, invalidated": 14, "amended, released": 6, "released, amended": 12,
}  # fmt: skip
"""Of gases: taken of an account at their release."""
_SUSPENDED_SHARE = 0.12
_SUSPENDED_PATHS = {
    "suspended, approved, released": 4, "announced, approved, released": 4, "announced, stopped, maintained": 2,
    "suspended, maintained": 3, "ran out, nothing came, released": 6,
}  # fmt: skip
"""Of goods that are suspended: by pushes, before their declaration comes or after, and so long ago that nobody spoke in time."""
_ACTS_WITHIN_S = 240.0
"""In this time the clock of a suspension has acted that has run out, and what waited is said, whoever is killed."""


@dataclass(slots=True, kw_only=True)
class Life:
    """One declaration: what was said of it, and what a gateway has taken of that."""

    number: int
    path: str
    pre_lodged: bool
    versions: list[tuple[Goods, ...]]
    """Its goods, by version."""
    record_id: str = ""
    accepted: bool = False
    invalidated: bool = False
    released: int = 0
    """Releases that were taken; whether they were carried out the record says."""
    words: list[str] = field(default_factory=list)
    """The words of its suspension, in the order in which they were taken."""
    ends: str = ""
    """How its suspension stands by then."""
    out: bool = False
    """Whether a caller was told that everything is released, and nobody has begun to invalidate it."""

    @property
    def lrn(self) -> str:
        return f"SOAK-{self.number:06d}"

    @property
    def mrn(self) -> str:
        return with_check_character(f"26FR{self.number:012d}S")


def begin(number: int, dice: random.Random) -> Life:
    """Draws a declaration's life."""
    if dice.random() < _ACCOUNT_SHARE:
        return _of_gases(number, dice)
    hot = dice.random() < _HOT_SHARE
    references = [f"CHEDP.XX.2026.1{dice.randrange(COLD):06d}" for _ in range(dice.choice((1, 2, 2, 3)))]
    if hot:
        references[0] = dice.choice(HOT)
    if dice.random() < 0.2:
        references.append(f"CATCH.CC.XX.2026.1{dice.randrange(COLD):06d}")
    items = dice.randint(len(references), len(references) + 2)
    goods = tuple(
        Goods(number=item + 1, reference=references[item % len(references)], net_kg=2 * dice.randint(10, 60))
        for item in range(items)
    )
    # The first one stays good; what is refused may share its certificate.
    refusable = [place for place, one in enumerate(goods) if place and not one.fish]
    mixed = not hot and bool(refusable) and dice.random() < _MIXED_SHARE
    if mixed:
        bad = dice.choice(refusable)
        goods = (*goods[:bad], replace(goods[bad], cancelled=dice.choice(CANCELLED)), *goods[bad + 1 :])
    suspended = not (hot or mixed) and dice.random() < _SUSPENDED_SHARE
    paths = _HOT_PATHS if hot else _MIXED_PATHS if mixed else _SUSPENDED_PATHS if suspended else _PATHS
    (path,) = dice.choices(list(paths), list(paths.values()))
    pre_lodged = not suspended and dice.random() < _PRE_LODGED_SHARE
    return Life(number=number, path=path, pre_lodged=pre_lodged, versions=[goods])


def _of_gases(number: int, dice: random.Random) -> Life:
    account = dice.choice(EMPTIED if dice.random() < 0.3 else ACCOUNTS)
    goods = tuple(
        Goods(number=item, reference=account, net_kg=2 * dice.randint(10, 60)) for item in range(1, dice.randint(2, 4))
    )
    (path,) = dice.choices(list(_ACCOUNT_PATHS), list(_ACCOUNT_PATHS.values()))
    return Life(number=number, path=path, pre_lodged=dice.random() < _PRE_LODGED_SHARE, versions=[goods])


def less(goods: tuple[Goods, ...], dice: random.Random) -> tuple[Goods, ...]:
    """Amends goods to less: half of one item, or one item fewer."""
    if len(goods) > 1 and dice.random() < 0.5:
        return goods[:-1]
    place = dice.randrange(len(goods))
    return tuple(
        replace(one, net_kg=one.net_kg // 2) if position == place else one for position, one in enumerate(goods)
    )


def otherwise(goods: tuple[Goods, ...], reference: str) -> tuple[Goods, ...]:
    """Amends goods to another document in the place of the first one."""
    return tuple(replace(one, reference=reference) if one.reference == goods[0].reference else one for one in goods)


def least_out(life: Life) -> Decimal:
    """What is out at least, in kilograms on certificates or tonnes of an account: what its versions so far declare, the one with the least of all."""
    return min(Decimal(sum(one.net_kg for one in goods if not one.fish)) for goods in life.versions)


@dataclass(slots=True)
class Load:
    """Callers that lead lives until there are enough or they are told to stop."""

    gateways: Sequence[Served]
    seed: int
    wanted: int
    keys: Mapping[str, str]
    """What the callers show: `soak`, `officer` and `authority`."""
    suspend_long_ago: Callable[[str], None]
    """Suspends the goods of a declaration so long ago that its clock has run out."""
    stop: threading.Event = field(default_factory=threading.Event)
    lives: list[Life] = field(default_factory=list)
    """Those that a gateway has taken."""
    ended: int = 0
    steps: Counter[str] = field(default_factory=Counter)
    """Calls that were taken, and those that were answered with 409."""
    again: int = 0
    """Calls that were made again, because there was no answer."""
    wrong: list[str] = field(default_factory=list)
    """Answers that no call should have had."""
    _begun: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def call(self) -> None:
        """Leads one life after the other."""
        with httpx.Client(timeout=60, trust_env=False, headers={"X-API-Key": self.keys["soak"]}) as http:
            while not self.stop.is_set():
                with self.lock:
                    if self._begun == self.wanted:
                        return
                    self._begun += 1
                    number = self._begun
                dice = random.Random(f"{self.seed} {number}")
                _Caller(self, http, dice, begin(number, dice)).lead()
                with self.lock:
                    self.ended += 1

    def note(self, what: str) -> None:
        with self.lock:
            self.steps[what] += 1


@dataclass(slots=True)
class _Caller:
    """Whoever leads one declaration's life."""

    load: Load
    http: httpx.Client
    dice: random.Random
    life: Life

    def lead(self) -> None:
        life = self.life
        if life.path.startswith("announced"):
            self._pushed("request", 1, "waiting")
        raw = message(life.lrn, None if life.pre_lodged else life.mrn, life.versions[0])
        taken = self._sent("lodged", "/v1/declarations", content=raw, media="application/xml")
        if taken is None:
            self.load.wrong.append(f"{life.lrn} was not taken")
            return
        life.record_id = str(taken["id"])
        life.accepted = not life.pre_lodged
        with self.load.lock:
            self.load.lives.append(life)
        if life.pre_lodged and not self._presented():
            return
        for step in life.path.split(", "):
            _STEPS[step](self)

    def _presented(self) -> bool:
        """Pre-lodged goods are presented, nearly always; sometimes amended before."""
        if self.dice.random() < 0.1:
            self.amended()
        if self.dice.random() < 0.1:
            return False
        body: dict[str, object] = {"mrn": self.life.mrn, "accepted_at": datetime.now(UTC).isoformat()}
        self.life.accepted = self._step("acceptance", body) is not None
        # An amendment of it would have to say that it is a standard declaration by now.
        self.life.path = self.life.path.replace("amended, ", "").replace(", amended", "")
        return self.life.accepted

    def released(self, **body: object) -> bool:
        for _ in range(3):
            answer = self._step("release", {**body, "reference": f"R{self.life.released}"})
            if answer is not None:
                self.life.released += 1
                self.life.out = answer["released"] is True and answer["state"] == "released"
                return True
            # Held, for an authority that could not say: the gateway asks again by itself.
            self.load.stop.wait(1)
        return False

    def released_in_part(self) -> None:
        first = self.life.versions[-1][0]
        if self.released(items=[{"goods_item": first.number}]) and self.dice.random() < 0.6:
            self.released()

    def released_by_quantity(self) -> None:
        first = self.life.versions[-1][0]
        part = {"goods_item": first.number, "quantity": str(first.net_kg // 2), "unit": "KGM"}
        if self.released(items=[part]) and self.dice.random() < 0.4:
            self.released()

    def good_ones_released(self) -> None:
        good = [{"goods_item": one.number} for one in self.life.versions[-1] if not one.cancelled]
        self.released(items=good)

    def cured(self) -> None:
        """What its refused items are refused for is not cited any more."""
        self._amended_to(tuple(replace(one, cancelled=None) for one in self.life.versions[-1]))

    def examined(self) -> None:
        """An examination is announced, which stops every order, and ends."""
        announced: dict[str, object] = {"reference": "X1"}
        if self._step("control", {**announced, "announced": True}) is None:
            return
        if self._step("release", {"reference": "RX"}) is not None:
            self.load.wrong.append(f"{self.life.lrn}: an order was taken while an examination was awaited")
        ended = (
            {"took_place": True} if self.dice.random() < 0.5 else {"withdrawn": True, "reason": "The soak has it so"}
        )
        self._step("control", {**announced, **ended})

    def announced(self) -> None:
        """Its authority spoke before it was declared; the word is said within a minute of that."""
        self.life.words, self.life.ends = ["opened", "requested"], "open"
        self._stays()

    def suspended(self) -> None:
        """Its authority has all of it suspended."""
        self._pushed("request", 1, "done")
        self.announced()

    def stopped(self) -> None:
        """What waited is said."""
        self._until_state("open")

    def approved(self) -> None:
        self._said("approve", "lifted")

    def maintained(self) -> None:
        self._said("maintain", "maintained")
        self._stays()

    def ran_out(self) -> None:
        """It was suspended weeks ago."""
        self.load.suspend_long_ago(self.life.record_id)
        self.life.words, self.life.ends = ["opened"], "unconfirmed"
        self._stays()

    def nothing_came(self) -> None:
        """An officer confirms it, once the clock has acted or before: then it acts first."""
        if self.dice.random() < 0.5:
            self._until_state("unconfirmed")
        path = f"/v1/declarations/{self.life.record_id}/suspensions/1/words"
        if self._sent("nothing came", path, json={"word": "nothing_came"}, key="officer") is None:
            self.load.wrong.append(f"{self.life.lrn}: that nothing came was not taken")
            return
        self.life.words.append("nothing_came")
        self.life.ends = "expired"

    def _said(self, word: str, state: str) -> None:
        self._pushed(word, 2, "done")
        self.life.words.append(word)
        self.life.ends = state

    def _stays(self) -> None:
        """No order to release what is suspended is taken."""
        if self._step("release", {"reference": "RS"}) is not None:
            self.load.wrong.append(f"{self.life.lrn}: an order was taken for suspended goods")

    def _until_state(self, state: str) -> None:
        """Waits until its suspension stands so."""
        end, path = time.monotonic() + _ACTS_WITHIN_S, f"/v1/suspensions?declaration={self.life.record_id}"
        found: list[str] = []
        while time.monotonic() < end:
            gateway = self.dice.choice(self.load.gateways)
            try:
                answer = self.http.get(gateway.url + path, headers={"X-API-Key": self.load.keys["officer"]})
                found = [one["state"] for one in answer.json()["items"]] if answer.status_code == 200 else found
            except httpx.HTTPError:
                pass
            if found == [state]:
                return
            time.sleep(1)
        self.load.wrong.append(f"{self.life.lrn}: its suspension is {found} after {_ACTS_WITHIN_S:.0f} s, not {state}")

    def _pushed(self, word: str, version: int, result: str) -> None:
        """Its authority pushes a word until it is answered; twice now and then."""
        event = {"reference": self.life.lrn, "version": version, "mrn": self.life.mrn, "regime": "product_safety", "word": word}  # fmt: skip
        for _ in range(2 if self.dice.random() < 0.2 else 1):
            taken = self._sent(f"pushed {word}", "/v1/adapters/plain_events/notifications", json=event, key="authority")
            found = [one["result"] for one in taken["events"]] if taken is not None else None
            if found != [result]:
                self.load.wrong.append(f"{self.life.lrn}: {word} was answered {found} instead of {result}")

    def replaced(self) -> None:
        """Another certificate takes the place of the first one."""
        self._amended_to(otherwise(self.life.versions[-1], f"CHEDP.XX.2026.1{self.dice.randrange(COLD):06d}"))

    def mistyped(self) -> None:
        """The first certificate's reference becomes one that nobody knows."""
        self._amended_to(otherwise(self.life.versions[-1], f"{UNKNOWN}{self.dice.randrange(COLD):06d}"))

    def invalidated(self) -> None:
        self.life.out = False
        body: dict[str, object] = {"reason": "The soak has it so"}
        if self._out():
            # By its ground the goods are back: what was written off is given back.
            body["grounds"] = "wrong_goods"
        if self._step("invalidation", body) is not None:
            self.life.invalidated = True

    def _out(self) -> bool:
        """Whether goods are released, once every order to release them has come to its end."""
        while self.life.released and not self.load.stop.is_set():
            try:
                path = f"/v1/declarations/{self.life.record_id}/events?limit=200"
                answer = self.http.get(self.dice.choice(self.load.gateways).url + path)
            except httpx.HTTPError:
                answer = None
            if answer is not None and answer.status_code == 200:
                kinds = Counter(one["kind"] for one in answer.json()["items"])
                if kinds["release.received"] <= kinds["declaration.released"] + kinds["release.refused"]:
                    return bool(kinds["declaration.released"])
            self.load.stop.wait(0.2)
        return False

    def amended(self) -> None:
        self._amended_to(less(self.life.versions[-1], self.dice))

    def _amended_to(self, goods: tuple[Goods, ...]) -> None:
        life = self.life
        # It may be taken before its answer comes: from here on less may be out.
        before, life.versions = life.versions, [*life.versions, goods]
        mrn = life.mrn if life.accepted else None
        raw = message(life.lrn, mrn, goods, version=len(life.versions))
        path = f"/v1/declarations/{life.record_id}/amendments"
        if self._sent("amended", path, content=raw, media="application/xml") is None:
            life.versions = before

    def _step(self, name: str, body: dict[str, object]) -> dict[str, Any] | None:
        return self._sent(name, f"/v1/declarations/{self.life.record_id}/{name}", json=body)

    def _sent(
        self,
        what: str,
        path: str,
        *,
        json: object = None,
        content: bytes | None = None,
        media: str = "application/json",
        key: str = "soak",
    ) -> dict[str, Any] | None:
        """Makes a call until it is answered; None: what is asked cannot be done."""
        # Most callers wait for the outcome; some go on at once, so that steps overtake each other.
        wait = 5 if self.dice.random() < 0.85 else 0
        headers = {"content-type": media, "prefer": f"wait={wait}", "X-API-Key": self.load.keys[key]}
        while True:
            gateway = self.dice.choice(self.load.gateways)
            try:
                answer = self.http.post(gateway.url + path, json=json, content=content, headers=headers)
            except httpx.HTTPError:
                answer = None
            if answer is not None and answer.status_code in {200, 202}:
                self.load.note(what)
                found: dict[str, Any] = answer.json()
                return found
            if answer is not None and answer.status_code == 409:
                self.load.note(f"{what}: 409")
                return None
            if answer is not None and (answer.status_code < 429 or answer.status_code == 500):
                self.load.wrong.append(f"{what} {self.life.lrn}: {answer.status_code} {answer.text[:200]}")
                if answer.status_code < 429:
                    return None
            self.load.again += 1
            time.sleep(0.2)


def _nothing(caller: _Caller) -> None:
    """It keeps what it has reserved."""


_STEPS: dict[str, Callable[[_Caller], Any]] = {
    "reserved": _nothing,
    "released": _Caller.released,
    "released in part": _Caller.released_in_part,
    "released by quantity": _Caller.released_by_quantity,
    "invalidated": _Caller.invalidated,
    "amended": _Caller.amended,
    "replaced": _Caller.replaced,
    "mistyped": _Caller.mistyped,
    "good ones released": _Caller.good_ones_released,
    "cured": _Caller.cured,
    "examined": _Caller.examined,
    "announced": _Caller.announced,
    "suspended": _Caller.suspended,
    "stopped": _Caller.stopped,
    "approved": _Caller.approved,
    "maintained": _Caller.maintained,
    "ran out": _Caller.ran_out,
    "nothing came": _Caller.nothing_came,
}


def put_certificates(simulated: Authorities) -> None:
    """Makes the authorities hold certificates and accounts with little quantity, and cancelled ones."""
    for reference in EMPTIED:
        accounts = {"bulk": dict.fromkeys(("2026", "2027"), str(EMPTIED_TCE))}
        simulated.control("fgas", "PUT", f"/documents/{reference}", accounts=accounts)
    for reference in CANCELLED:
        simulated.control("catch", "PUT", f"/documents/{reference}", status="CANCELLED")
    for reference in HOT:
        simulated.control(
            "traces", "PUT", f"/documents/{reference}", status="70", decision="ACCEPTABLE_FOR_INTERNAL_MARKET",
            lines=[{"code": "0401", "quantity": str(HOT_KG), "unit": "KGM"}],
        )  # fmt: skip
