"""A token in every sealed field of a pack comes out of no call, metric, log or table of a served gateway."""

import json
from collections.abc import Iterator
from pathlib import Path
from zipfile import ZipFile

import psycopg

from tests.api.asking import Goods
from tests.api.lodging import WAIT
from tests.builders.commands import gateway_command
from tests.builders.door import ANALYSTS, EORIS, KEYS, Door, keyed, opened, sealing
from tests.builders.event_stream import following
from tests.builders.issuer import PublishedKeys
from tests.builders.log_reader import reading_log
from tests.builders.receiver import HOST, Receiver, authority_file
from tests.builders.running import Authorities, served, until
from tests.builders.verifier import unpacked
from tests.builders.visitor import Visitor
from tests.data.make import dumped
from tests.web.conftest import signing_in
from tests.wings.controls.conftest import alert

TOKEN, INSTRUCTION = "CNRY", "INSTRX"
PACK = f"""name = "{TOKEN}-name"
kind = "national"
owner = "{TOKEN}-owner"
legal_basis = "{TOKEN}-basis"
valid_from = 2026-01-01
review_on = 2026-12-01
[[row]]
criterion = "{TOKEN}-criterion"
instruction = "{INSTRUCTION}"
scope = {{ goods = ["04"], parties = {{ importer = ["{EORIS["importer"]}", "{TOKEN}-party"] }} }}
measure = [{{ list = "importer", values = ["{EORIS["importer"]}", "{TOKEN}-value"] }}, {{ text = "{TOKEN}-text|." }}]
band = [{{ level = "H", share = 1, types = [40], stage = "before_release" }}]
"""
PACKS = "/v1/risk/packs"
OFFICERS = ("risk", "auditor", "auditor there", "colleague", "other hand", "console")
"""Who reads an order's instruction beside those whose key is named after an officer."""


def paths(door: Door, goods: Goods, number: int) -> Iterator[str]:
    """Every reading call of which the parameters are known here: no stream, which has no end."""
    for path, calls in door["officer"].get("/openapi.json").json()["paths"].items():
        filled = path.replace("{record_id}", goods.id).replace("{number}", str(number)).replace("{version}", "1")
        if "get" in calls and "{" not in filled and not path.startswith("/v1/risk/") and "text/event-stream" not in json.dumps(calls["get"]):  # fmt: skip
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


ALERT = (
    alert("{ list = 'importer', values = ['PARTY', 'CNRY-value'] }", name=f"{TOKEN}-alert", criterion=f"{TOKEN}-watch")
    .replace("PARTY", EORIS["importer"])
    .replace("CANARY-7Q", f"{TOKEN}-said")
)
PAGES = (
    "/console/queue?turn=all", "/console/today", "/console/declarations", "/console/acts", "/console/notices", "/console/controls",
    "/console/shadow", "/console/what-if", "/console/approvals", "/console/access", "/console/risk", "/console/risk/nothing", "/console/risk/new/alert", "/console/risk-information",
    "/console/declarations/{id}", "/console/declarations/{id}/controls", "/console/declarations/{id}/events",
    "/console/declarations/{id}/readings", "/console/declarations/{id}/messages", "/console/declarations/{id}/print",
    "/", "/declarations", "/declarations/{id}", "/notices", "/webhooks", "/documents",
)  # fmt: skip
COMMANDS = (
    ("list",), ("replay", "{id}"), ("explain", "{id}"), ("status",), ("doctor",), ("audit", "verify"), ("controls", "list"),
    ("adapters",), ("approvals", "list"),
)  # fmt: skip


def test_no_page_stream_webhook_file_or_command_has_a_token(
    simulated_for_api: Authorities,
    database_url: str,
    signing: PublishedKeys,
    issuer: PublishedKeys,
    api_receiver: Receiver,
    tmp_path: Path,
) -> None:
    """Of a pack that orders and an alert that orders nothing: to everybody but analysts, and in the dump of the database."""
    settings = {
        **keyed(simulated_for_api, database_url),
        **signing_in(signing),
        "GATEWAY_CONTROLS__KEY_FILE": str(sealing(tmp_path)),
        "GATEWAY_CONTROLS__ANALYSTS": json.dumps(ANALYSTS),
        "GATEWAY_WEBHOOKS__ALLOWED_HOSTS": json.dumps([HOST]),
        "GATEWAY_WEBHOOKS__PORTS": json.dumps([443, api_receiver.port]),
        "GATEWAY_WEBHOOKS__CA_FILE": str(authority_file(tmp_path)),
    }
    api_receiver.seen.clear()
    with served(settings) as running, opened(running, simulated_for_api) as door:
        for text in (PACK, ALERT):
            for by in ("officer", "colleague"):
                answer = door[by].post(PACKS, json={"text": text})
                assert answer.status_code == 200, answer.text
        shadowed = PACK.replace(f"{TOKEN}-name", f"{TOKEN}-draft")
        assert door["officer"].post("/v1/risk/shadows", json={"text": shadowed}).status_code == 200
        for by in ("customs", "importer"):
            made = door[by].post("/v1/webhooks", json={"address": api_receiver.url})
            assert made.status_code == 201, made.text
        goods = Goods(door).lodged()
        found: dict[str, str] = {}
        for by in ("officer", "customs", "importer", "auditor"):
            with following(door[by], f"{goods.here}/stream") as stream:
                found[f"stream of {by}"] = next(stream).text
            with following(door[by], "/v1/notices/stream") as stream:
                found[f"notices of {by}"] = next(stream).text
        until(lambda: len([one for one in api_receiver.seen if goods.id in one.body]) >= 2 or None, "webhooks are sent")
        found["webhooks"] = " ".join(f"{one.headers} {one.body}" for one in api_receiver.seen)
        matched = door["officer"].get("/v1/risk/matches").json()["items"]
        assert [one["declaration"] for one in matched] == [goods.id]

        (shadow,) = door["officer"].get("/v1/risk/shadows").json()["items"]
        assert (shadow["assessed"], shadow["chosen"]) == (1, 1)

        exported = door["auditor"].get(f"{goods.here}/export")
        for name, content in unpacked(exported.content).items():
            found[f"export: {name}"] = content.decode("latin-1")
        for role in ("officer", "auditor", "operator", "trader"):
            issuer.person = {"sub": f"a {role}", "roles": [f"sw-{role}"], "offices": ["*"], "eori": EORIS["importer"]}
            visitor = Visitor(door.url)
            visitor.get("/sign-in/customs?target=%2Fconsole%2Ftoday")
            for page in PAGES:
                answer = visitor.get(page.format(id=goods.id))
                found[f"{role} at {page}"] = f"{answer.status_code} {answer.headers} {answer.text.replace(page, '')}"
        ours = {**settings, "GATEWAY_API_KEY": KEYS["auditor"], "GATEWAY_URL": door.url}
        for words in COMMANDS:
            done = gateway_command(ours, *(one.format(id=goods.id) for one in words))
            assert done.stdout, (words, done.stderr)
            found[f"gateway {' '.join(words)}"] = f"{done.stdout} {done.stderr}"
        bundle = tmp_path / "bundle.zip"
        done = gateway_command(ours, "support-bundle", "--declaration", goods.id, str(bundle))
        found["support bundle"] = done.stdout + done.stderr
        with ZipFile(bundle) as files:
            found |= {f"support bundle: {name}": files.read(name).decode("latin-1") for name in files.namelist()}
    found["dump"] = dumped(database_url).decode()
    assert sum("200 Headers" in text for text in found.values()) > len(PAGES)
    assert goods.id in found["dump"]
    assert [name for name, text in found.items() if TOKEN in text] == []
    assert [name for name, text in found.items() if INSTRUCTION in text and name.startswith(("trader", "stream of importer", "webhooks"))] == []  # fmt: skip
