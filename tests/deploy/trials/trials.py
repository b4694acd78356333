"""What is tried of each thing that is delivered, and how far that goes."""

import json
import os
import shutil
import stat
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tests.builders.places import ROOT
from tests.deploy.trials.evidence import Outcome
from tests.deploy.trials.image import try_image
from tests.deploy.trials.postgres import postgres
from tests.deploy.trials.programs import TrialFailed, output_of, program
from tests.deploy.trials.service import try_service

COMPOSE = ROOT / "deploy" / "compose"


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """One trial; `carry_out` does it and says what was seen."""

    name: str
    of: str
    files: tuple[str, ...]
    outcome: Outcome
    not_tried: str = ""
    carry_out: Callable[[], str]
    tests: str = ""
    """The tests that are the trial, where it is no more than these."""

    @property
    def command(self) -> str:
        """What carries it out."""
        return f"pytest {self.tests}" if self.tests else f"make try-deliveries ONLY={self.name}"


def _tested(path: str, seen: str) -> Callable[[], str]:
    def carry_out() -> str:
        output_of([sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *path.split()], cwd=ROOT)
        return seen

    return carry_out


def _try_roles() -> str:
    """Runs prepare.sh in a copy of the folder and roles.sh on a new PostgreSQL, where they expect their secrets."""
    folder = Path(tempfile.mkdtemp(prefix="trial-roles-"))
    try:
        copied = folder / "compose"
        shutil.copytree(COMPOSE, copied, ignore=shutil.ignore_patterns("etc", "secrets"))
        output_of([copied / "prepare.sh"])
        secrets = copied / "secrets"
        before = {one.name: one.read_bytes() for one in secrets.iterdir() if one.is_file()}
        output_of([copied / "prepare.sh"])
        if before != {one.name: one.read_bytes() for one in secrets.iterdir() if one.is_file()}:
            raise TrialFailed("prepare.sh changed what was there")
        if open_ones := [one for one in before if stat.S_IMODE((secrets / one).stat().st_mode) != 0o400]:
            raise TrialFailed(f"read by others: {open_ones}")
        with postgres("postgres") as server:
            own = {**os.environ, "PGHOST": "127.0.0.1", "PGPORT": str(server.port), "PGPASSWORD": server.password}
            # Where a container has its secrets, for this command alone.
            there = f"mount -t tmpfs tmpfs /run && mkdir /run/secrets && mount --bind {secrets} /run/secrets && bash {copied}/roles.sh"
            output_of(["unshare", "--mount", "--propagation=private", "bash", "-c", there], env=own)
            _migrate_by_roles(server.port, secrets)
            return f"prepare.sh twice; roles.sh on PostgreSQL {server.version}; `gateway migrate --role gateway` as the owner, `gateway backup` as the role that serves"
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _migrate_by_roles(port: int, secrets: Path) -> None:
    """As the compose file's `migrate`; the other role must not be able to change the schema."""
    url = f"postgresql://{{}}@127.0.0.1:{port}/gateway?passfile={secrets}/{{}}_pgpass"
    gateway = [sys.executable, "-m", "gateway.cli", "migrate", "--role", "gateway"]
    own = {name: value for name, value in os.environ.items() if not name.startswith("GATEWAY_")}
    output_of(gateway, env={**own, "GATEWAY_DATABASE_URL": url.format("gateway_owner", "owner")})
    serving = url.format("gateway", "gateway")
    output_of(["psql", serving, "-c", "CREATE TABLE anything ()"], statuses=(1,))
    file = secrets.parent / "backups" / "one.dump"
    output_of([*gateway[:3], "backup", file], env={**own, "GATEWAY_DATABASE_URL": serving})


def _try_compose() -> str:
    version = output_of([program("docker-compose", "docker-compose"), "version", "--short"]).strip()
    output_of(["docker-compose", "-f", COMPOSE / "compose.yaml", "config", "--quiet"])
    output_of([program("promtool", "prometheus"), "check", "config", "--syntax-only", COMPOSE / "prometheus.yaml"])
    proxy = json.loads(output_of(["docker-compose", "-f", COMPOSE / "compose.yaml", "config", "--format", "json"]))
    given = {**os.environ, **proxy["services"]["proxy"]["environment"]}
    with tempfile.TemporaryDirectory() as folder:
        pair = Path(folder, "pair.pem")
        made = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj", "/CN=window.example"]
        output_of([*made, "-keyout", Path(folder, "key"), "-out", Path(folder, "certificate")])
        pair.write_text(Path(folder, "certificate").read_text() + Path(folder, "key").read_text())
        given |= {"CERTIFICATE": str(pair), "REPLICA_ONE": "127.0.0.1:8081", "REPLICA_TWO": "127.0.0.1:8082"}
        output_of([program("haproxy", "haproxy"), "-c", "-f", ROOT / "deploy/haproxy/haproxy.cfg"], env=given)
    return f"docker-compose {version} config; promtool check config; haproxy -c with the variables of its service"


def _try_supply() -> str:
    output_of(["make", "sbom"], cwd=ROOT)
    found = json.loads((ROOT / "dist" / "sbom.json").read_text(encoding="utf-8"))
    return f"CycloneDX {found['specVersion']} of {len(found['components'])} packages, each with the hashes of the lock"


def _try_audit() -> str:
    output_of(["make", "audit"], cwd=ROOT)
    return "no known fault of any package of the image's lock"


_IMAGE = ("Containerfile", "Containerfile.dockerignore", "build.in", "build.lock", "requirements.lock")
_MANIFESTS = ("configuration", "gateway", "migrate", "namespace", "network", "secrets.example")
_ALERTS = ("alertmanager.yaml", "alerts.test.yaml", "alerts.yaml", "prometheus.yaml")
TRIALS = (
    Trial(
        name="image", of="Container image", outcome=Outcome.RUN, carry_out=try_image,
        files=tuple(f"deploy/container/{name}" for name in _IMAGE),
        not_tried="Docker, Podman and containerd; its base from a registry (a Debian made by mmdebstrap stood for it)",
    ),
    Trial(
        name="service", of="systemd unit of `gateway init`", outcome=Outcome.RUN, carry_out=try_service, files=(),
        not_tried="a unit of another user than root's `gateway`; systemd before 257",
    ),
    Trial(
        name="roles", of="Secrets and roles of the compose file", outcome=Outcome.RUN, carry_out=_try_roles,
        files=("deploy/compose/.gitignore", "deploy/compose/prepare.sh", "deploy/compose/roles.sh"),
        not_tried="within PostgreSQL's image",
    ),
    Trial(
        name="compose", of="Compose file", outcome=Outcome.VALIDATED, carry_out=_try_compose,
        files=("deploy/compose/compose.yaml", "deploy/compose/prometheus.yaml"),
        not_tried="its containers: no image of a registry can be had on this machine",
    ),
    Trial(
        name="kubernetes", of="Kubernetes manifests", outcome=Outcome.VALIDATED,
        files=tuple(f"deploy/kubernetes/{name}.yaml" for name in _MANIFESTS),
        tests="tests/deploy/test_kubernetes.py",
        carry_out=_tested("tests/deploy/test_kubernetes.py", "each against the schemas of Kubernetes 1.37, strictly; names and ports agree"),
        not_tried="a cluster",
    ),
    Trial(
        name="proxy", of="haproxy", outcome=Outcome.RUN, files=("deploy/haproxy/haproxy.cfg",),
        tests="tests/flows/test_rolling_restart.py",
        carry_out=_tested("tests/flows/test_rolling_restart.py", "Debian's haproxy before two gateways that are replaced one after the other under load"),
    ),
    Trial(
        name="pooler", of="PgBouncer", outcome=Outcome.RUN, files=("deploy/pgbouncer/pgbouncer.ini",),
        tests="tests/flows/test_pooler.py",
        carry_out=_tested("tests/flows/test_pooler.py", "a gateway served through it, waited at, and asked for its notices; its addresses and passwords those of a test"),
        not_tried="`auth_file`: the test asks for no passwords",
    ),
    Trial(
        name="alerts", of="Prometheus and alert rules", outcome=Outcome.RUN,
        files=tuple(f"deploy/prometheus/{name}" for name in _ALERTS),
        tests="tests/deploy/test_alerts.py",
        carry_out=_tested("tests/deploy/test_alerts.py", "promtool's tests of each rule, promtool and amtool on the configurations"),
        not_tried="Alertmanager sending anything",
    ),
    Trial(
        name="dashboard", of="Grafana dashboard", outcome=Outcome.VALIDATED, files=("deploy/grafana/gateway.json",),
        tests="tests/deploy/test_dashboard.py",
        carry_out=_tested("tests/deploy/test_dashboard.py", "each query answered by a Prometheus that scraped a gateway under load"),
        not_tried="Grafana itself: it cannot be had on this machine",
    ),
    Trial(
        name="provisioning", of="Grafana's provisioning", outcome=Outcome.NOT_TRIED, carry_out=lambda: "",
        files=("deploy/grafana/provisioning/dashboards/gateway.yaml", "deploy/grafana/provisioning/datasources/prometheus.yaml"),
        not_tried="all of it: Grafana cannot be had on this machine",
    ),
    Trial(name="sbom", of="Bill of materials", outcome=Outcome.RUN, carry_out=_try_supply, files=(), not_tried="Debian's packages of the image are not in it"),
    Trial(name="audit", of="Known faults of packages", outcome=Outcome.RUN, carry_out=_try_audit, files=()),
)  # fmt: skip
