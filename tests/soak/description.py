"""`make soak-description`: calls made from the API's description, and a client generated of it that lodges, accepts and releases."""

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import httpx

from gateway.api.operations import EXAMPLES as EXAMPLES_FOLDER
from gateway.domain.mrn import with_check_character
from gateway_client import Gateway
from tests.benchmarks.installed import installation
from tests.builders.door import KEYS, keyed
from tests.builders.running import Authorities, Served

LOCK = Path(__file__).with_name("description.lock")
CALLERS = ("customs", "officer", "trader", "operator")
EXAMPLES = 10
"""Cases of each operation and kind for each caller."""
_UNTYPED = {"application/xml": "application/octet-stream", "*/*": "application/octet-stream"}
"""What the generator does not read, as bytes."""
_SETTINGS = """
[auth.openapi]
bearer = {{ bearer = "{key}" }}
key = {{ api_key = "{key}" }}
[checks]
# Rules of the field go beyond a schema: what a rule refuses is refused with its code.
positive_data_acceptance.expected-statuses = [
    "2xx", "400", "401", "403", "404", "409", "410", "413", "415", "422", "429", "503",
]
# What is larger than is read here is refused before it is read.
negative_data_rejection.expected-statuses = ["400", "401", "403", "404", "409", "410", "413", "415", "422", "429", "503"]
"""
_WALK = """
import sys
from datetime import datetime, timezone
from client import AuthenticatedClient
from client.api.declarations import accept_declaration, get_declaration, lodge_declaration
from client.api.quantities import release_goods
from client.models import Acceptance, NativeDeclaration, Release

url, key, example, mrn = sys.argv[1:]
client = AuthenticatedClient(base_url=url, token=key, prefix="Bearer", raise_on_unexpected_status=True)
import json
sent = NativeDeclaration.from_dict(json.loads(example))
lodged = lodge_declaration.sync(client=client, body=sent, prefer="wait=30")
assert lodged.state == "decided", lodged
taken = accept_declaration.sync(
    lodged.id, client=client, body=Acceptance(mrn=mrn, accepted_at=datetime.now(timezone.utc)), prefer="wait=30"
)
assert taken.mrn == mrn and taken.decision.effect == "release", taken
released = release_goods.sync(lodged.id, client=client, body=Release(), prefer="wait=30")
assert released.state == "released", released
assert get_declaration.sync(lodged.id, client=client).state == "released"
print(f"lodged, accepted and released {released.mrn}: {released.documents[0].quantity[0].movement}")
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tools:
    """The tools, in an environment of their own."""

    folder: Path

    def run(self, *command: str, of: Path | None = None) -> int:
        """Runs one of them and gives its status."""
        environment = {"PATH": f"{self.folder}/bin:/usr/bin:/bin", "HOME": str(self.folder)}
        return subprocess.run(
            [str(self.folder / "bin" / command[0]), *command[1:]], cwd=of or self.folder, env=environment
        ).returncode


@contextmanager
def tools() -> Iterator[Tools]:
    """Installs them, as the lock says."""
    with tempfile.TemporaryDirectory(prefix="gateway-description-") as name:
        folder = Path(name)
        print("installing what reads the description ...", flush=True)
        subprocess.run([sys.executable, "-m", "venv", "--without-pip", name], check=True)
        pip = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check", f"--python={folder}/bin/python"]
        subprocess.run([*pip, "install", "--require-hashes", "-r", str(LOCK)], check=True)
        yield Tools(folder=folder)


def called(found: Tools, gateway: Served, caller: str) -> int:
    """Makes calls from the description as one caller; gives 0 where nothing was found."""
    (found.folder / "schemathesis.toml").write_text(_SETTINGS.format(key=KEYS[caller]), encoding="utf-8")
    print(f"calls as {caller} ...", flush=True)
    return found.run(
        "st", "run", f"{gateway.url}/openapi.json", f"--max-examples={EXAMPLES}",
        "--exclude-path-regex=stream", "--phases=examples,coverage,fuzzing", "--mode=all", "--continue-on-failure",
    )  # fmt: skip


def walked(found: Tools, gateway: Served) -> int:
    """Generates a client, and has it lodge, accept and release."""
    description = found.folder / "openapi.json"
    description.write_bytes(httpx.get(f"{gateway.url}/openapi.json", trust_env=False).raise_for_status().content)
    examples = json.loads(description.read_bytes())["paths"]["/v1/declarations"]["post"]["requestBody"]["content"][
        "application/json"
    ]["examples"]
    (found.folder / "config.json").write_text(json.dumps({"content_type_overrides": _UNTYPED}), encoding="utf-8")
    status = found.run(
        "openapi-python-client", "generate", f"--path={description}", f"--output-path={found.folder}/client", "--meta=none",
        f"--config={found.folder}/config.json", "--fail-on-warning",
    )  # fmt: skip
    if status:
        return status
    (found.folder / "walk.py").write_text(_WALK, encoding="utf-8")
    mrn = with_check_character(f"{datetime.now(UTC):%y}FR0012600000R77")
    return found.run("python", "walk.py", gateway.url, KEYS["customs"], json.dumps(examples["in_json"]["value"]), mrn)


def walked_by_ours(gateway: Served) -> int:
    """Has our own client do the same at the same gateway."""
    mrn = with_check_character(f"{datetime.now(UTC):%y}FR0012600000R78")
    with Gateway(gateway.url, key=KEYS["customs"]) as client:
        lodged = client.lodge((EXAMPLES_FOLDER / "lodge_declaration.in_xml.xml").read_bytes(), wait=30)
        taken = client.accept(lodged, mrn=mrn, accepted_at=datetime.now(UTC).isoformat(), wait=30)
        if not taken.may_be_released:
            print(f"ours: {taken.body}", flush=True)
            return 1
        released = client.release(taken, wait=30)
    moved = released.body["documents"][0]["quantity"][0]["movement"]
    print(f"ours lodged, accepted and released {mrn}: {moved}", flush=True)
    return 0 if (released.state, moved) == ("released", "written_off") else 1


def main() -> int:
    """Does all of it; the status is 0 if nothing was found."""
    with tempfile.TemporaryDirectory(prefix="gateway-soak-", ignore_cleanup_errors=True) as name, tools() as found:
        Path(name).chmod(0o755)
        with asked(Path(name) / "data") as gateway:
            status = walked(found, gateway) or walked_by_ours(gateway)
            for caller in CALLERS:
                status = called(found, gateway, caller) or status
    print("nothing was found" if not status else "see above")
    return status


@contextmanager
def asked(folder: Path) -> Iterator[Served]:
    """A gateway that asks its callers for keys."""
    nothing = Authorities(urls={}, environment={})
    keys = {name: value for name, value in keyed(nothing, "").items() if name != "GATEWAY_DATABASE_URL"}
    # Many keys are shown that are none, all from one address.
    with installation(folder, {**keys, "GATEWAY_SECURITY__UNKNOWN_KEYS_PER_MINUTE": "100000"}) as (_, _, gateway):
        yield gateway


if __name__ == "__main__":
    sys.exit(main())
