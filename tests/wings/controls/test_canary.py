"""A token in every sealed field of a pack comes out of no call, metric, log or table of a served gateway."""

import json
from collections.abc import Iterator
from pathlib import Path

import psycopg

from tests.api.asking import Goods
from tests.api.lodging import WAIT
from tests.builders.door import ANALYSTS, EORIS, KEYS, Door, keyed, opened, sealing
from tests.builders.log_reader import reading_log
from tests.builders.running import Authorities, served

TOKEN, INSTRUCTION = "CNRY", "INSTRX"
PACK = f"""name = "{TOKEN}-name"
kind = "national"
owner = "{TOKEN}-owner"
legal_basis = "{TOKEN}-basis"
valid_from = 2026-01-01
review_on = 2026-12-01
[[row]]
criterion = "{TOKEN}-criterion"
area = "{TOKEN}-area"
instruction = "{INSTRUCTION}"
scope = {{ goods = ["04"], parties = {{ importer = ["{EORIS["importer"]}", "{TOKEN}-party"] }} }}
measure = [{{ list = "importer", values = ["{EORIS["importer"]}", "{TOKEN}-value"] }}, {{ text = "{TOKEN}-text|." }}]
band = [{{ level = "H", share = 1, types = [40], stage = "before_release" }}]
"""
PACKS = "/v1/risk/packs"
OFFICERS = ("auditor", "auditor there", "colleague", "other hand", "console")
"""Who reads an order's instruction beside those whose key is named after an officer."""


def paths(door: Door, goods: Goods, number: int) -> Iterator[str]:
    """Every reading call of which the parameters are known here: no stream, which has no end."""
    for path, calls in door["officer"].get("/openapi.json").json()["paths"].items():
        filled = path.replace("{record_id}", goods.id).replace("{number}", str(number)).replace("{version}", "1")
        if "get" in calls and "{" not in filled and path != PACKS and "text/event-stream" not in json.dumps(calls["get"]):  # fmt: skip
            yield filled


def test_no_exit_has_a_token(simulated_for_api: Authorities, database_url: str, tmp_path: Path) -> None:
    """The declaration is held by the order of the pack; officers alone read its instruction."""
    settings = {
        **keyed(simulated_for_api, database_url),
        "GATEWAY_CONTROLS__KEY_FILE": str(sealing(tmp_path)),
        "GATEWAY_CONTROLS__ANALYSTS": json.dumps(ANALYSTS),
        "GATEWAY_LOG_LEVEL": "debug",
    }
    with (
        reading_log() as log,
        served(settings, stderr=log.stream) as running,
        opened(running, simulated_for_api) as door,
    ):
        refused = door["officer"].post(PACKS, json={"text": PACK.replace("share = 1", "share = 2")})
        assert refused.status_code == 422
        for by, state in (("officer", "proposed"), ("colleague", "published")):
            answer = door[by].post(PACKS, json={"text": PACK})
            assert (answer.status_code, answer.json()["state"]) == (200, state), answer.text
        goods = Goods(door).lodged()
        (order,) = door["officer"].get("/v1/controls", params={"declaration": goods.id}).json()["items"]
        held = door["customs"].post(f"{goods.here}/release", json={}, headers=WAIT)
        assert (held.json()["code"], order["instruction"]) == ("SW-API-651", INSTRUCTION)
        told = [("release", "customs", held)]
        asked = ["/metrics", *paths(door, goods, order["number"])]
        told += [(path, caller, door[caller].get(path)) for path in asked for caller in (*KEYS, "nobody")]
        answered = {path for path, _, answer in told if answer.status_code == 200}
        of_it = {f"/v1/declarations/{goods.id}/{one}" for one in ("events", "explanation", "export")}
        assert {"/metrics", "/v1/notices", "/v1/acts"} | of_it <= answered, sorted(answered)
        assert sum(answer.status_code == 200 for _, _, answer in told) > len(asked)
        for path, caller, answer in told:
            said = f"{answer.headers} {answer.text}"
            assert TOKEN not in said, (caller, path)
            assert INSTRUCTION not in said or "officer" in caller or caller in OFFICERS, (caller, path)
    written = "".join(log.text)
    assert written
    assert not [one for one in (TOKEN, INSTRUCTION, "5e" * 32) if one in written]
    with psycopg.connect(database_url) as connection:
        names = [name for (name,) in connection.execute("SELECT table_name FROM information_schema.tables WHERE table_schema = 'public' AND table_type = 'BASE TABLE'")]  # fmt: skip
        for name in names:
            found = connection.execute(f"SELECT count(*) FROM {name} t WHERE t::text LIKE '%{TOKEN}%'".encode())
            assert found.fetchone() == (0,), name
