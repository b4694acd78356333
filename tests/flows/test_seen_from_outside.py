"""What operators see of a running gateway: its status as a scrape tells it, what is wrong with it, a bundle without personal data, and a clock that jumps."""

import json
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest
from prometheus_client.parser import text_string_to_metric_families

from gateway.store import migrations
from tests.builders.commands import gateway_command
from tests.builders.databases import Databases
from tests.builders.faked_clock import FakedClock
from tests.builders.processes import PATIENCE_S
from tests.builders.running import Authorities, GatewayReader, Served, declaration, served, settled, until

AHEAD = "gateway_clock_ahead_of_database_seconds"
OFFICER, WORDS = "Inspector Adelheid Quittenbaum", "telephoned with Mister Pfefferkorn about pallet nine"
PERSON, SUBJECT, EMAIL = "Broker Zachariasova", "zachariasova-subject-4711", "zdenka.zachariasova@broker.example"
HOOK = "https://127.0.0.1:9/broker-zachariasova/declarations"
KEYS = [{"name": PERSON, "role": "trader", "eoris": ["FR98765432109876"], "hash": "ab" * 32}]
SHOWN = {
    "held": "gateway_held_declarations",
    "unlisted": "gateway_unlisted_declarations",
    "given_up": "gateway_given_up",
    "backlog": "gateway_backlog_waiting",
    "assessments_due": "gateway_looks_due",
    "approvals": "gateway_approvals_waiting",
    "checkpoints": "gateway_checkpoint",
    "held_by_finding": "gateway_held",
    "held_by_authority": "gateway_held_authority",
    "movements_open": "gateway_movements_open",
    "tables_waiting": "gateway_tables_waiting",
    "tables_rejected": "gateway_tables_rejected",
    "applications": "gateway_applications_waiting",
    "jobs": "gateway_jobs",
    "versions": "gateway_processes",
}
"""Members of the status, and the figures that they are to be."""


@dataclass(frozen=True, kw_only=True)
class Seen:
    """A gateway with declarations of several kinds."""

    gateway: Served
    url: str
    environment: Mapping[str, str]
    lodged: Mapping[str, Mapping[str, Any]]
    """The declarations as they were decided, by the sample."""

    def scrape(self) -> dict[str, dict[tuple[tuple[str, str], ...], float]]:
        """What a scrape tells, by name and labels."""
        answer = httpx.get(f"{self.gateway.url}/metrics", timeout=PATIENCE_S, trust_env=False).raise_for_status()
        return {
            sample.name: {} for family in text_string_to_metric_families(answer.text) for sample in family.samples
        } | _values(answer.text)

    def run(self, *arguments: str, **variables: str) -> tuple[int, str]:
        """Runs a command beside it; gives its status and what it printed."""
        done = gateway_command({**self.environment, "GATEWAY_URL": self.gateway.url, **variables}, *arguments)
        assert "Traceback" not in done.stderr, done.stderr
        return done.returncode, done.stdout

    def checks(self) -> tuple[int, dict[str, tuple[str, str, str]]]:
        """What the doctor says: its status; state, what was seen and what to do, by name."""
        status, out = self.run("doctor", "--json")
        found = json.loads(out)["checks"]
        return status, {one["name"]: (one["state"], one["seen"], one["remedy"]) for one in found}

    def lodge(self, client: GatewayReader, sample: str, lrn: str) -> Mapping[str, Any]:
        """Lodges a sample and gives it once it is decided."""
        reply = client.lodge(declaration(sample, lrn), "application/xml", wait_s=20)
        assert reply.taken, reply.body
        return settled(client, reply.body["id"]).body


def _values(text: str) -> dict[str, dict[tuple[tuple[str, str], ...], float]]:
    found: dict[str, dict[tuple[tuple[str, str], ...], float]] = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            found.setdefault(sample.name, {})[tuple(sorted(sample.labels.items()))] = sample.value
    return found


@contextmanager
def observed(databases: Databases, simulated: Authorities, more: Mapping[str, str]) -> Iterator[Seen]:
    """Runs one with further variables until the context ends."""
    with databases.one() as url:
        environment = {
            **simulated.environment,
            "GATEWAY_DATABASE_URL": url,
            "GATEWAY_SECURITY__KEYS": json.dumps(KEYS),
            "GATEWAY_WEBHOOKS__ALLOWED_HOSTS": '["127.0.0.1"]',
            "GATEWAY_WEBHOOKS__PORTS": "[9]",
        }
        with served({**environment, **more}) as gateway, gateway.client() as client:
            one = Seen(gateway=gateway, url=url, environment=environment, lodged={})
            samples = ("01", "02", "03", "05")
            lodged = {sample: one.lodge(client, sample, f"SEEN-{sample}-LRN") for sample in samples}
            yield Seen(gateway=gateway, url=url, environment=environment, lodged=lodged)


@pytest.fixture(scope="module")
def seen(databases: Databases, simulated: Authorities) -> Iterator[Seen]:
    with observed(databases, simulated, {}) as one:
        yield one


def effect(body: Mapping[str, Any]) -> str:
    found: str = body["decision"]["effect"]
    return found


def _not_ready(body: Mapping[str, Any]) -> bool:
    """Whether a process gave its sign too late, or a part of it is not as it has to be."""
    return any(one["not_ready"] for one in body["processes"])


def test_the_status_is_what_a_scrape_of_the_same_moment_tells(seen: Seen) -> None:
    def compared() -> tuple[Mapping[str, Any], dict[str, dict[tuple[tuple[str, str], ...], float]]] | None:
        before = seen.scrape()
        _, out = seen.run("status", "--json")
        after = seen.scrape()
        names = [*SHOWN.values(), *(f"{name}_oldest_seconds" for name in SHOWN.values())]
        alike = all(before.get(name) == after.get(name) for name in names)
        body = json.loads(out)
        # A process that is kept from its turn for long has given its sign too late, and says so.
        return (body, after) if alike and body["ready"] and not _not_ready(body) else None

    body, scrape = until(compared, "two scrapes alike around the status of a gateway that is ready")
    for member, name in SHOWN.items():
        listed = body[member] if isinstance(body[member], list) else [body[member]]
        told = {
            tuple(sorted((key, text) for key, text in one.items() if key not in {"number", "oldest_s"})): one
            for one in listed
        }
        assert {labels: one["number"] for labels, one in told.items()} == scrape.get(name, {}), member
        ages = {labels: one["oldest_s"] for labels, one in told.items() if one["oldest_s"] is not None}
        assert ages == scrape.get(f"{name}_oldest_seconds", {}), member
    held = [body for body in seen.lodged.values() if effect(body) != "release"]
    assert body["held"]["number"] == len(held) > 0
    assert [one["pid"] for one in body["processes"]] == seen.gateway.replicas
    assert (body["ready"], body["not_ready"], body["processes"][0]["not_ready"]) == (True, [], [])
    assert body["database_answers"] is True
    calls = {one["adapter"]: one["calls"] for one in body["authorities"]}
    for labels, number in scrape["gateway_authority_calls_total"].items():
        of = dict(labels)
        assert calls[of["adapter"]][of["outcome"]] == number

    def shown() -> str | None:
        status, out = seen.run("status")
        return out if status == 0 else None

    out = until(shown, "a status of a gateway that is ready")
    assert "held or refused" in out
    assert "not known │" not in out


def test_a_status_of_nobody_is_not_known_and_never_none(seen: Seen) -> None:
    status, out = seen.run("status", "--json", GATEWAY_URL="http://127.0.0.1:9")
    body = json.loads(out)
    assert status == 69
    assert {body[member] for member in (*SHOWN, "ready", "processes", "authorities", "certificates")} == {None}
    status, out = seen.run("status", "--watch", GATEWAY_URL="http://127.0.0.1:9")
    assert status == 69
    assert out.count("not known") > 10
    assert not any(f"│ {text} " in out for text in ("0", "none"))


def test_the_doctor_sees_a_gateway_and_an_older_schema(seen: Seen) -> None:
    def sound() -> dict[str, tuple[str, str, str]] | None:
        status, checks = seen.checks()
        assert status == 1, "the tests' server does not write through"
        return (
            None
            if any(name.startswith("process ") and found[0] != "good" for name, found in checks.items())
            else checks
        )

    checks = until(sound, "processes of which each gave its sign")
    assert checks["gateway"][0] == checks["database"][0] == checks["database schema"][0] == "good"
    assert checks["database durability"][0] == "wrong"
    assert {name for name, (state, *_) in checks.items() if state == "wrong"} == {"database durability"}
    assert {name for name, (state, *_) in checks.items() if state == "not known"} == set()
    with psycopg.connect(seen.url, autocommit=True) as connection:
        taken = connection.execute(
            "DELETE FROM migration WHERE name = %s RETURNING name, digest, oldest", [max(migrations())]
        ).fetchone()
        assert taken is not None
        try:
            state, told, remedy = seen.checks()[1]["database schema"]

            def schema_is_missed() -> bool | None:
                answer = httpx.get(f"{seen.gateway.url}/readyz", timeout=PATIENCE_S, trust_env=False)
                return (answer.status_code, answer.json()["schema"]) == (503, False) or None

            until(schema_is_missed, "a replica that says that the schema is not its own")
        finally:
            connection.execute("INSERT INTO migration (name, digest, oldest) VALUES (%s, %s, %s)", taken)
    assert (state, "gateway migrate" in remedy) == ("wrong", True)
    assert taken[0] in told


def personal(seen: Seen) -> dict[str, str]:
    """What must not be in a bundle, by what it is; each is in the database or the configuration."""
    found = {"officer": OFFICER, "words": WORDS, "person": PERSON, "subject": SUBJECT, "mail": EMAIL, "hook": HOOK}
    with psycopg.connect(seen.url) as connection:
        for lrn, mrn, eori in connection.execute("SELECT lrn, mrn, declarant FROM declaration").fetchall():
            found |= {f"LRN {lrn}": lrn, f"MRN {lrn}": mrn, f"EORI {lrn}": eori}
        for (reference,) in connection.execute("SELECT DISTINCT reference FROM citation").fetchall():
            found[f"reference {reference}"] = reference
    return {**found, "key's EORI": "FR98765432109876", "key's hash": "ab" * 32}


def test_a_bundle_holds_no_personal_data(seen: Seen, tmp_path: Path) -> None:
    held = seen.lodged["02"]
    document = held["documents"][0]
    path = f"/v1/declarations/{held['id']}/documents/{document['type']}/verification"
    verified = httpx.post(
        seen.gateway.url + path, params={"reference": document["reference"]}, timeout=PATIENCE_S, trust_env=False,
        json={"outcome": "valid", "means": "telephone", "reason": WORDS, "officer": OFFICER},
    )  # fmt: skip
    assert verified.status_code in {200, 202}, verified.text
    hook = httpx.post(f"{seen.gateway.url}/v1/webhooks", json={"address": HOOK}, timeout=PATIENCE_S, trust_env=False)
    assert hook.status_code == 201, hook.text
    made = gateway_command(seen.environment, "api-key", "new", "Zachariasova own", "--role", "operator")
    assert made.returncode == 0, made.stderr
    key = made.stdout.split()[-1]
    with psycopg.connect(seen.url, autocommit=True) as connection:
        connection.execute(
            "INSERT INTO session (digest, room, issuer, subject, name, person, role, ends_at)"
            " VALUES ('\\x01', 'portal', 'idp', %s, %s, %s, 'trader', now() + interval '1 day')",
            [SUBJECT, PERSON, EMAIL],
        )
    log = tmp_path / "gateway.log"
    log.write_text(
        f'{{"event":"rule_failed","logger":"gateway.decisions","level":"error","rule":"origin","declaration":"{held["id"]}",'
        f'"timestamp":"2026-11-28T03:00:00Z","person":"{PERSON}","code":"{EMAIL}"}}\n'
        f'{{"event":"connection of {EMAIL} failed","logger":"psycopg.pool","level":"warning"}}\n'
        f"Traceback of {PERSON}\n",
        encoding="utf-8",
    )
    file = tmp_path / "bundle.zip"
    status, out = seen.run("support-bundle", str(file), "--log", str(log), "--declaration", held["id"])
    assert status == 0
    assert "Look at it before you send it" in out
    assert file.stat().st_mode & 0o077 == 0
    searched = {**personal(seen), "key": key, "secret": hook.json()["secret"]}
    assert min(map(len, searched.values())) > 5
    with zipfile.ZipFile(file) as archive:
        members = {name: archive.read(name).decode() for name in archive.namelist()}
    everything = {"the file": file.read_bytes().decode("latin-1"), "its names": " ".join(members), **members}
    found = {
        (name, what)
        for name, text in everything.items()
        for what, value in searched.items()
        if value.lower() in text.lower()
    }
    assert found == set()
    assert set(members) == {
        "README.txt", "versions.json", "doctor.json", "status.json", "figures.txt", "settings.json", "database.json",
        "declaration.json", "log.jsonl",
    }  # fmt: skip
    assert set(members) <= set(out.split()), "it says what is in it"
    kinds = [one["kind"] for one in json.loads(members["declaration.json"])]
    assert kinds[0] == "declaration.received"
    assert "document.verified_by_officer" in kinds
    assert '"rule":"origin"' in members["log.jsonl"].replace(" ", "")
    database = json.loads(members["database.json"])
    assert {one["kind"] for one in database["events"]} >= {"declaration.received", "declaration.decided"}
    assert [one["owner"] for one in database["replicas"]][:1] == ["replica 1"]
    assert 'gateway_decisions_total{effect="hold"}' in members["figures.txt"]
    status, _ = seen.run("support-bundle", str(file))
    assert status == 64, "what is there is not written over"


def test_a_bundle_is_made_where_nothing_answers(seen: Seen, tmp_path: Path) -> None:
    file = tmp_path / "bundle.zip"
    away = {"GATEWAY_URL": "http://127.0.0.1:9", "GATEWAY_DATABASE_URL": "postgresql://someone:hunter22@127.0.0.1:9/x"}
    status, out = seen.run("support-bundle", str(file), **away)
    assert status == 0
    with zipfile.ZipFile(file) as archive:
        members = {name: archive.read(name).decode() for name in archive.namelist()}
    missing = json.loads(members["missing.json"])
    assert set(missing) == {"figures.txt", "database.json"}
    assert "no gateway was reached" in missing["figures.txt"]
    assert "not figures.txt" in out
    assert not any("hunter22" in text for text in members.values())
    checks = {one["name"]: one["state"] for one in json.loads(members["doctor.json"])["checks"]}
    assert checks["database"] == "wrong"


@pytest.fixture(scope="module")
def clock(tmp_path_factory: pytest.TempPathFactory) -> FakedClock:
    return FakedClock(tmp_path_factory.mktemp("clock") / "faked")


@pytest.fixture(scope="module")
def jumping(databases: Databases, simulated: Authorities, clock: FakedClock) -> Iterator[Seen]:
    """A gateway whose wall clock can be set."""
    with observed(databases, simulated, clock.environment) as one:
        yield one


@pytest.mark.needs("faketime")
@pytest.mark.parametrize("hours", [1, -1])
def test_under_a_clock_that_jumps_it_goes_on_releases_nothing_by_it_and_tells(
    jumping: Seen, clock: FakedClock, hours: int
) -> None:
    seconds = hours * 3600

    def is_off_by(expected: int) -> bool | None:
        (ahead,) = jumping.scrape()[AHEAD].values()
        return abs(ahead - expected) < 60 or None

    with jumping.gateway.client() as client:
        lodged = client.lodge(declaration("05", f"JUMP-{hours}-BEFORE"), "application/xml", wait_s=0)
        clock.jump(seconds)
        until(lambda: is_off_by(seconds), "a figure that tells of the clock")
        status, checks = jumping.checks()
        assert status == 1
        (state, told, _) = next(found for name, found in checks.items() if name.endswith(": clock"))
        assert state == "wrong"
        assert ("ahead of" if hours > 0 else "behind") in told
        assert checks["database clock"][0] == "good", "the command's own clock did not jump"
        assert effect(settled(client, lodged.body["id"]).body) == effect(jumping.lodged["05"])
        for sample, before in jumping.lodged.items():
            body = jumping.lodge(client, sample, f"JUMP-{hours}-{sample}")
            # An authority that refuses messages of another hour is one that gave no answer.
            assert effect(body) in {effect(before), "hold"}, sample
        assert httpx.get(f"{jumping.gateway.url}/readyz", timeout=PATIENCE_S, trust_env=False).status_code == 200
        clock.jump(0)
        until(lambda: is_off_by(0), "a clock that is right again")
        again = (f"JUMP-{hours}-AFTER-{number}" for number in count())
        until(
            lambda: effect(jumping.lodge(client, "01", next(again))) == "release" or None,
            "a release under the right clock",
        )
