"""The compose file, as docker-compose reads it: whose rights its containers have, what they keep, and whom they hear."""

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.builders.places import ROOT
from tests.builders.processes import ran
from tests.builders.programs import program
from tests.deploy.delivered import version

FOLDER = ROOT / "deploy" / "compose"
MADE = {FOLDER / "backups", FOLDER / "etc", FOLDER / "secrets"}
"""What prepare.sh makes."""
ONCE = {"migrate", "backup"}
"""Services that do one thing and end."""


pytestmark = pytest.mark.needs("docker-compose")


@pytest.fixture(scope="module")
def compose() -> Mapping[str, Any]:
    """The file, with all that it refers to in it."""
    done = ran(
        [program("docker-compose"), "-f", str(FOLDER / "compose.yaml"), "--profile=*", "config", "--format", "json"]
    )
    assert done.returncode == 0, done.stderr
    assert "level=warning" not in done.stderr, done.stderr
    found: Mapping[str, Any] = json.loads(done.stdout)
    return found


def test_every_container_has_few_rights_and_bounds(compose: Mapping[str, Any]) -> None:
    for name, one in compose["services"].items():
        assert one["read_only"], name
        assert one["cap_drop"] == ["ALL"], name
        assert one["security_opt"] == ["no-new-privileges:true"], name
        assert "cap_add" not in one, name
        assert "privileged" not in one, name
        assert int(one["user"].partition(":")[0]) > 0, name
        assert int(one["mem_limit"]) > 0, name
        assert int(one["pids_limit"]) > 0, name
        assert one["healthcheck"].get("test") or name in ONCE, name
        assert re.search(r":v?\d[\d.]*(rc\d+)?$", one["image"]), f"{name}: of which version?"


def test_secrets_are_files_and_none_is_delivered(compose: Mapping[str, Any]) -> None:
    for name, one in compose["services"].items():
        for variable, value in one.get("environment", {}).items():
            named = re.search(r"PASSWORD|SECRET|KEY|TOKEN", variable)
            assert not named or variable.endswith("_FILE"), f"{name}: {variable}"
            assert not re.search(r"://[^/@]*:[^/@]*@", str(value)), f"{name}: {variable} holds a password"
    for secret in compose["secrets"].values():
        assert Path(secret["file"]).parent == FOLDER / "secrets"
    assert {"/backups/", "/etc/", "/secrets/"} == set((FOLDER / ".gitignore").read_text(encoding="utf-8").split())
    made = set(re.findall(r"secrets/(\w+)|^secret (\w+)", (FOLDER / "prepare.sh").read_text(encoding="utf-8"), re.M))
    assert set(compose["secrets"]) <= {one or other for one, other in made}


def test_what_is_mounted_is_delivered_or_made_by_prepare(compose: Mapping[str, Any]) -> None:
    for name, one in compose["services"].items():
        for volume in one.get("volumes", ()):
            if volume["type"] == "bind":
                source = Path(volume["source"])
                assert source.exists() or MADE & {source, *source.parents}, f"{name}: {source}"
                assert volume.get("read_only") or source == FOLDER / "backups", f"{name}: {source}"


def test_only_the_proxy_is_reached_from_elsewhere(compose: Mapping[str, Any]) -> None:
    services = compose["services"]
    reached = {
        name for name, one in services.items() for port in one.get("ports", ()) if port.get("host_ip") != "127.0.0.1"
    }
    assert reached == {"proxy"}
    assert all(compose["networks"][name]["internal"] for name in services["postgres"]["networks"])
    # Whom the replicas believe who is calling is the proxy's own address.
    address = services["proxy"]["networks"]["front"]["ipv4_address"]
    for name in ("gateway-one", "gateway-two"):
        assert json.loads(services[name]["environment"]["GATEWAY_SECURITY__TRUSTED_PROXIES"]) == [address]


def test_replicas_start_after_the_schema_and_end_in_order(compose: Mapping[str, Any]) -> None:
    services = compose["services"]
    for name in ("gateway-one", "gateway-two"):
        assert services[name]["depends_on"]["migrate"]["condition"] == "service_completed_successfully"
        assert services[name]["stop_grace_period"] == "1m0s"
        assert services[name]["image"].endswith(f":{version()}")
    assert services["migrate"]["depends_on"]["postgres"]["condition"] == "service_healthy"


def test_a_backup_is_made_by_the_role_that_serves_when_somebody_asks_for_it(compose: Mapping[str, Any]) -> None:
    backup, replica, services = compose["services"]["backup"], compose["services"]["gateway-one"], compose["services"]
    assert [name for name, one in services.items() if one.get("profiles")] == ["backup"], (
        "no other waits to be asked for"
    )
    assert backup["image"] == replica["image"]
    assert backup["environment"]["GATEWAY_DATABASE_URL"] == replica["environment"]["GATEWAY_DATABASE_URL"]
    assert backup["entrypoint"][-2:] == ["gateway", "backup"]
    (written,) = (one["target"] for one in backup["volumes"] if not one.get("read_only"))
    assert f"docker compose run --rm backup {written}/" in (ROOT / "docs/operators-containers.md").read_text("utf-8")
