"""SIGHUP: keys and the adapters' settings are read anew, a broken file changes nothing, and nothing ends."""

import os
import shutil
import signal
import sys
from itertools import count
from pathlib import Path

import httpx
import pytest

from gateway.access import key_hash
from tests.builders.places import CONFIG
from tests.builders.processes import started
from tests.builders.running import AT_ONCE, GatewayReader, Served, clean_environment, declaration, ended, served, until

PERMIT = "16"
"""The sample that cites a permit alone."""
KEY = '[[security.keys]]\nname = "{name}"\nhash = "{hash}"\nrole = "operator"\n'


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A configuration folder whose keys stand in its file."""
    made = tmp_path / "config"
    shutil.copytree(CONFIG, made)
    keys(made, "one")
    return made


def keys(folder: Path, *names: str, more: str = "", security: str = "") -> None:
    """Writes the file with the keys of these, each its own name."""
    text = (CONFIG / "gateway.toml").read_text(encoding="utf-8")
    known = "".join(KEY.format(name=name, hash=key_hash(name)) for name in names)
    text = text.replace("[limits]\n", f"{known}\n[limits]\n").replace("[security]\n", f"[security]\n{security}")
    (folder / "gateway.toml").write_text(text + more, encoding="utf-8")


def let_in(running: Served, name: str) -> bool:
    """Whether the key is known to the process that happens to answer."""
    answer = httpx.get(f"{running.url}/v1/adapters", headers={"X-API-Key": name}, timeout=60, trust_env=False)
    assert answer.status_code in {200, 401}
    return answer.status_code == 200


def known_to_all(running: Served, name: str) -> bool | None:
    """Whether all processes know the key; None while they differ."""
    told = {let_in(running, name) for _ in range(20)}
    return told.pop() if len(told) == 1 else None


@pytest.mark.whole
def test_keys_are_read_anew_and_nothing_ends(environment: dict[str, str], folder: Path, tmp_path: Path) -> None:
    told = tmp_path / "told"
    own = {
        **environment,
        "GATEWAY_CONFIG": str(folder),
        "GATEWAY_SECURITY__MODE": "api-key",
        "GATEWAY_LOG_LEVEL": "info",
        "GATEWAY_AUTHORITY_CLIENT": "aiohttp",
    }
    with told.open("wb") as output, served(own, "--processes=2", stderr=output) as running:
        replicas = running.replicas
        assert known_to_all(running, "one")
        assert told.read_bytes().count(b"setting_without_effect") == 2, (
            "a setting that does nothing any more ends nothing"
        )
        keys(folder, "two")
        running.process.send_signal(signal.SIGHUP)
        until(lambda: known_to_all(running, "two"), "the new key")
        until(lambda: known_to_all(running, "one") is False, "the end of the old one")

        keys(folder, "three", more="\n[adapters.traces\n")
        running.process.send_signal(signal.SIGHUP)
        until(lambda: told.read_bytes().count(b"configuration_not_taken") == 2, "a word about it of both")
        assert b"is not TOML" in told.read_bytes()
        assert known_to_all(running, "two")
        assert known_to_all(running, "three") is False

        keys(
            folder, "four", more='\n[adapters.another]\npackage = "adapters.another"\nbase_url = "http://127.0.0.1:1"\n'
        )
        running.process.send_signal(signal.SIGHUP)
        until(lambda: told.read_bytes().count(b"configuration_not_taken") == 4, "a word about it of both")
        assert known_to_all(running, "two")

        # What counts at the signal counts, and each other is named.
        keys(folder, "six", security='trusted_proxies = ["192.0.2.1"]\ncalls_per_minute = 7\ndemo_eori = "DE1"\n')
        running.process.send_signal(signal.SIGHUP)
        until(lambda: known_to_all(running, "six"), "the new key beside settings that wait")
        named = b'"settings":["security.calls_per_minute","security.trusted_proxies"]'
        until(
            lambda: told.read_bytes().replace(b", ", b",").replace(b": ", b":").count(named) == 2,
            "what waits for a restart",
        )

        keys(folder, "five")
        for pid in replicas:
            os.kill(pid, signal.SIGHUP)
        until(lambda: known_to_all(running, "five"), "the new key, of a signal to them alone")
        assert running.replicas == replicas
        assert running.process.poll() is None


@pytest.mark.usefixtures("cold")
@pytest.mark.usefixtures("untouched")
@pytest.mark.whole
def test_a_secret_in_a_file_is_changed_without_a_stop(
    environment: dict[str, str], folder: Path, tmp_path: Path
) -> None:
    """The signal before it is ready ends nothing, and the one after it brings what the file says then."""
    secret = tmp_path / "key"
    secret.write_text("made-up-and-wrong\n", encoding="utf-8")
    name = "GATEWAY_ADAPTERS__CITES__SECRETS__HEADER_VALUE"
    right = environment[environment[name].removeprefix("env:")]
    own = {
        **clean_environment(), **environment, name: f"file:{secret}",
        "GATEWAY_CONFIG": str(folder), "GATEWAY_SWEEP_SECONDS": "0.2", "GATEWAY_SECURITY__MODE": "none", **AT_ONCE,
    }  # fmt: skip
    with started([sys.executable, "-m", "gateway.cli", "serve", "--port=0"], env=own, stdout=-1) as process:
        begun = Served(url="", process=process)
        until(lambda: begun.replicas, "its first process")
        for _ in range(20):
            process.send_signal(signal.SIGHUP)
            for pid in begun.replicas:
                os.kill(pid, signal.SIGHUP)
        assert process.stdout is not None
        line = process.stdout.readline()
        assert line.startswith("listening on ")
        numbers = count(1)
        with GatewayReader(line.removeprefix("listening on ").strip()) as client:

            def accepted() -> bool:
                lodged = declaration(PERMIT, f"SECRET-{next(numbers)}")
                reply = client.lodge(lodged, "application/xml", wait_s=20)
                (permit,) = reply.body["documents"]
                return bool(permit["status"] == "valid")

            assert not accepted()
            secret.write_text(right, encoding="utf-8")
            process.send_signal(signal.SIGHUP)
            until(accepted, "an answer by the new secret")
        process.terminate()
        assert process.wait(60) == 0


@pytest.mark.whole
@pytest.mark.usefixtures("cold")
def test_a_worker_goes_on(environment: dict[str, str]) -> None:
    own = {**clean_environment(), **environment}
    with started([sys.executable, "-m", "gateway.cli", "worker"], env=own, stdout=-1) as process:
        assert process.stdout is not None
        assert "working" in process.stdout.readline()
        process.send_signal(signal.SIGHUP)
        process.send_signal(signal.SIGHUP)
        assert not ended(process.pid)
        process.terminate()
        assert process.wait(60) == 0
