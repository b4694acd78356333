"""Too much at once is refused before it is read, nothing that was taken is lost, and then it goes on."""

import json
import resource
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from itertools import count
from pathlib import Path

import httpx
import pytest

from gateway.access import key_hash, new_key
from gateway.cli.supervisor.replica import TAKEN_AT_ONCE
from tests.builders.door import EORIS, KEYS, OWN, keyed
from tests.builders.running import Authorities, declaration, lodgeable, served, until

pytestmark = pytest.mark.whole

XML = {"Content-Type": "application/xml"}


@contextmanager
def few_files() -> Iterator[None]:
    """What is started meanwhile may open few files, unless it asks for more."""
    allowed = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (512, allowed[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, allowed)


def listening_on(port: int | None) -> int:
    """How many sockets listen on a port."""
    sockets = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    return sum(at.endswith(f":{port:04X}") and state == "0A" for _, at, _, state, *_ in sockets)


def is_decided(http: httpx.Client, path: str) -> bool:
    return bool(http.get(path).json()["state"] == "decided")


def test_beyond_the_backlog_the_answer_is_503_until_there_is_room(simulated: Authorities, database_url: str) -> None:
    environment = {
        **simulated.environment,
        "GATEWAY_DATABASE_URL": database_url,
        "GATEWAY_MAX_IN_FLIGHT": "1",
        "GATEWAY_BACKLOG": "3",
    }
    numbers = iter(range(1000))
    taken: list[str] = []

    with served(environment) as gateway, httpx.Client(base_url=gateway.url, timeout=60, trust_env=False) as http:

        def lodge() -> httpx.Response:
            number = next(numbers)
            raw = declaration("01", f"OVERLOAD{number}")
            raw = raw.replace(b"CHEDP.FR.2026.0000001", b"CHEDP.XX.2026.1%06d" % (660_000 + number))
            answer = http.post("/v1/declarations", content=raw, headers=XML)
            if answer.status_code == 202:
                taken.append(answer.json()["id"])
            return answer

        with simulated.slow("traces", 1.0):

            def refused() -> httpx.Response | None:
                return answer if (answer := lodge()).status_code == 503 else None

            def refused_unread() -> bool:
                """Room may come at any moment: whoever is let in is told what is wrong with the body, and it is filled again."""
                until(refused, "a refusal")
                return http.post("/v1/declarations", content=b"not even XML", headers=XML).status_code == 503

            answer = until(refused, "a refusal")
            assert answer.json()["code"] == "SW-API-503"
            assert int(answer.headers["retry-after"]) >= 1
            until(refused_unread, "a refusal before it is read")
            assert http.get("/healthz").status_code == 200
        until(lambda: lodge().status_code == 202, "room again")
        for record_id in taken:
            path = f"/v1/declarations/{record_id}"
            until(partial(is_decided, http, path), "a decision")
        # One that comes while what waits is counted may stand in that count and beside it: it is refused one sooner, never later.
        assert len(taken) >= 3


def test_who_fills_the_backlog_is_refused_before_anybody_else(simulated: Authorities, database_url: str) -> None:
    environment = {
        **keyed(simulated, database_url),
        "GATEWAY_MAX_IN_FLIGHT": "1",
        "GATEWAY_BACKLOG_SECONDS": "12",
        "GATEWAY_SECURITY__UNKNOWN_KEYS_PER_MINUTE": "3",
        "GATEWAY_LOG_LEVEL": "error",
    }
    numbers, turns = count(), count()
    allowed = resource.getrlimit(resource.RLIMIT_NOFILE)

    with (
        few_files(),
        served(environment) as gateway,
        httpx.Client(base_url=gateway.url, timeout=60, trust_env=False) as http,
    ):
        (replica,) = gateway.replicas
        assert resource.prlimit(replica, resource.RLIMIT_NOFILE) == (allowed[1], allowed[1]), "as many as it may have"

        assert listening_on(httpx.URL(gateway.url).port) == TAKEN_AT_ONCE, "a burst is taken as fast as it is refused"

        def lodge(who: str, raw: bytes | None = None) -> httpx.Response:
            number = next(numbers)
            raw = raw or declaration("01", f"FLOOD{number}").replace(
                b"CHEDP.FR.2026.0000001", b"CHEDP.XX.2026.2%06d" % number
            )
            if who == "trader":
                head, _, rest = raw.partition(b"<MRN>")
                raw = head + rest.partition(b"</MRN>")[2] if rest else raw
            else:
                raw = raw.replace(OWN.encode(), b"FR20000000000009")
            return http.post("/v1/declarations", content=raw, headers={**XML, "X-API-Key": KEYS[who]})

        def refused() -> httpx.Response | None:
            if next(turns) % 10 == 0:
                assert lodge("customs").status_code == 202
            answer = lodge("trader")
            return answer if answer.status_code != 202 else None

        def refused_unread() -> bool:
            """Room may come at any moment: whoever is let in is told what is wrong with the body, and it is filled again."""
            until(refused, "a refusal of the one who floods")
            return lodge("trader", b"not even XML").status_code == 429

        with simulated.slow("traces", 1.0):
            answer = until(refused, "a refusal of the one who floods")
            assert (answer.status_code, answer.json()["code"]) == (429, "SW-API-429")
            assert int(answer.headers["retry-after"]) >= 1
            assert answer.headers["connection"] == "close"
            until(refused_unread, "a refusal before it is read")
            assert lodge("customs").status_code == 202
            assert http.get("/readyz").status_code == 200
            assert http.get("/v1/declarations", headers={"X-API-Key": KEYS["trader"]}).status_code == 200
        until(lambda: lodge("trader").status_code == 202 or None, "room again")

        def reads(key: str) -> int:
            return http.get("/v1/declarations", headers={"X-API-Key": key}).status_code

        tried = [reads("wrong") for _ in range(5)]
        assert tried == [401, 401, 401, 429, 429]
        assert http.get("/v1/declarations", headers={"X-API-Key": KEYS["customs"]}).status_code == 200
        made = http.post("/v1/keys", json={"name": "late"}, headers={"X-API-Key": KEYS["trader"]}).json()["key"]
        with ThreadPoolExecutor(20) as guessing:
            guesses = [guessing.submit(reads, new_key()) for _ in range(200)]
            assert reads(made) == 200, "a new key counts from where others guess, while they do"
            # Now and then one is looked up by itself: the budget fills again.
            assert {one.result() for one in guesses} <= {401, 429}
        counted = http.get("/metrics", headers={"X-API-Key": KEYS["operator"]}).text
        assert 'gateway_refused_total{reason="share"}' in counted
        assert float(counted.split('gateway_refused_total{reason="keys"} ')[1].split()[0]) >= 100


def test_traders_that_fill_the_backlog_leave_room_for_others_and_customs_on_a_replica_that_joins_too(
    simulated: Authorities, database_url: str
) -> None:
    companies = {f"key {number}": f"FR3000000000000{number}" for number in range(4)}
    keys = [*json.loads(keyed(simulated, database_url)["GATEWAY_SECURITY__KEYS"])]
    keys += [
        {"name": f"{company} {key}", "role": "trader", "eoris": [eori], "hash": key_hash(f"{company} {key}")}
        for company, eori in companies.items()
        for key in range(2)
    ]
    environment = {
        **keyed(simulated, database_url),
        "GATEWAY_SECURITY__KEYS": json.dumps(keys),
        "GATEWAY_MAX_IN_FLIGHT": "1",
        "GATEWAY_BACKLOG": "120",
        "GATEWAY_BACKLOG_SECONDS": "3600",
        "GATEWAY_SWEEP_SECONDS": "0.2",
    }
    numbers = count()

    def lodge(http: httpx.Client, key: str, eori: str) -> int:
        raw = lodgeable("01", f"FULL{next(numbers)}").replace(OWN.encode(), eori.encode())
        return http.post("/v1/declarations", content=raw, headers={**XML, "X-API-Key": key}).status_code

    with (
        simulated.slow("traces", 5.0),
        served(environment) as gateway,
        httpx.Client(base_url=gateway.url, timeout=60, trust_env=False) as http,
    ):

        def refused_all() -> bool:
            """Of traders, none of which has more than a quarter of what waits for long."""
            return {lodge(http, f"{one} 0", eori) for one, eori in companies.items()} <= {429, 503}

        until(refused_all, "a refusal of all traders")
        with served(environment) as joined, httpx.Client(base_url=joined.url, timeout=60, trust_env=False) as other:
            tried = [lodge(other, f"{one} 1", eori) for _ in range(5) for one, eori in companies.items()]
            assert tried.count(202) <= 6, "what the database counts decides here, and as many are taken as were decided"
            for place, light in ((http, "importer"), (other, "direct")):
                assert lodge(place, KEYS["customs"], "FR20000000000009") == 202
                assert lodge(place, KEYS[light], EORIS[light]) == 202, "they have nothing of what waits"
                assert place.get("/readyz").status_code == 200
                assert place.get("/v1/declarations", headers={"X-API-Key": "key 0 0"}).status_code == 200
            figures = other.get("/metrics", headers={"X-API-Key": KEYS["operator"]}).text
            assert 0.1 < float(figures.split("\ngateway_pressure ")[1].split()[0]) < 0.3
