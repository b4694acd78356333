"""Too much at once is refused before it is read, nothing that was taken is lost, and then it goes on."""

from functools import partial

import httpx

from tests.flows.running import Authorities, declaration, served, until

XML = {"Content-Type": "application/xml"}


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
            refused = until(lambda: answer if (answer := lodge()).status_code == 503 else None, "a refusal")
            assert refused.json()["code"] == "SW-API-503"
            assert int(refused.headers["retry-after"]) >= 1
            unread = http.post("/v1/declarations", content=b"not even XML", headers=XML)
            assert unread.status_code == 503, "it is refused before it is read"
            assert http.get("/healthz").status_code == 200
        until(lambda: lodge().status_code == 202, "room again")
        for record_id in taken:
            path = f"/v1/declarations/{record_id}"
            until(partial(is_decided, http, path), "a decision")
        assert len(taken) >= 4
