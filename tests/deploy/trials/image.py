"""The image: its base made by mmdebstrap, built by buildah without a daemon, its root run by bubblewrap as its user, read-only."""

import json
import os
import resource
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import httpx

from gateway.terminal.client import GatewayClient
from tests.builders.places import ROOT
from tests.builders.processes import PATIENCE_S, started
from tests.builders.running import Authorities, authorities, declaration, until
from tests.deploy.trials.configured import filled_in
from tests.deploy.trials.postgres import postgres
from tests.deploy.trials.programs import TrialFailed, free_port, output_of, program

CONTAINERFILE = ROOT / "deploy" / "container" / "Containerfile"
_SUITE = "trixie"
_FORBIDDEN = ("pip", "pip3", "gcc", "cc", "make", "git", "curl", "wget")
"""What an image that only runs has no use for, and who breaks into it has."""
_CERTIFICATES = Path("/etc/ssl/certs")


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageRoot:
    """The root of the built image, and what its description says of running it."""

    folder: Path
    user: str
    command: tuple[str, ...]
    health: tuple[str, ...]
    environment: Mapping[str, str]
    size_mb: int
    mounted: tuple[tuple[Path, str], ...] = ()
    """Files and folders of this machine that are mounted read-only, each with its place."""

    def run(self, command: Sequence[str], environment: Mapping[str, str] | None = None) -> list[str]:
        """The command that runs one inside: read-only root, own /tmp, the image's user, no capability, none to be had."""
        number, _, group = self.user.partition(":")
        inside = [
            program("bwrap", "bubblewrap"),
            "--ro-bind",
            str(self.folder),
            "/",
            "--proc",
            "/proc",
            "--dev",
            "/dev",
        ]
        # /run: where an engine mounts secrets; it makes such places itself.
        inside += [
            "--tmpfs",
            "/tmp",
            "--chmod",
            "1777",
            "/tmp",
            "--tmpfs",
            "/run",
            "--perms",
            "0755",
            "--dir",
            "/run/secrets",
        ]
        for source, target in self.mounted:
            inside += ["--ro-bind", str(source), target]
        inside += ["--unshare-pid", "--unshare-ipc", "--unshare-uts", "--as-pid-1", "--die-with-parent", "--clearenv"]
        for name, value in {**self.environment, **(environment or {})}.items():
            inside += ["--setenv", name, value]
        inside += ["setpriv", f"--reuid={number}", f"--regid={group}", "--clear-groups", "--no-new-privs"]
        return [*inside, "--inh-caps=-all", "--bounding-set=-all", "--", *command]


@contextmanager
def built(folder: Path) -> Iterator[ImageRoot]:
    """Builds base and image, and mounts its root until the context ends."""
    store = ["--root", str(folder / "store"), "--runroot", str(folder / "run"), "--storage-driver", "vfs"]
    buildah = [program("buildah", "buildah netavark"), *store]
    build = ["build", "--isolation", "chroot", "--network", "host", "--format", "docker"]
    # Those that are: buildah would raise them, which not every root may.
    for name, number in (("nofile", resource.RLIMIT_NOFILE), ("nproc", resource.RLIMIT_NPROC)):
        build += ["--ulimit", f"{name}={':'.join(str(limit) for limit in resource.getrlimit(number))}"]
    base = folder / "base.tar"
    # With the certificates' package: those of this machine are mounted over its files below, where it could not write them.
    output_of([program("mmdebstrap", "mmdebstrap"), "--variant=minbase", "--include=ca-certificates", _SUITE, base])
    (folder / "Base").write_text(f"FROM scratch\nADD {base.name} /\n")
    output_of([*buildah, *build, "-t", "localhost/base", "-f", folder / "Base", folder])
    base.unlink()
    # This machine's certificates: what it fetches packages by may be known to itself alone.
    output_of(
        [*buildah, *build, "--build-arg", "BASE=localhost/base", "-v", f"{_CERTIFICATES}:{_CERTIFICATES}:ro",
         "-t", "localhost/gateway", "-f", CONTAINERFILE, ROOT],
    )  # fmt: skip
    described = json.loads(output_of([*buildah, "inspect", "--type", "image", "localhost/gateway"]))["Docker"]["config"]
    container = output_of([*buildah, "from", "localhost/gateway"]).strip()
    try:
        root = Path(output_of([*buildah, "mount", container]).strip())
        yield ImageRoot(
            folder=root,
            user=described["User"],
            command=(*described["Entrypoint"], *described["Cmd"]),
            health=tuple(described["Healthcheck"]["Test"][1:]),
            environment=dict(one.split("=", 1) for one in described["Env"]),
            size_mb=int(output_of(["du", "-sm", root]).split()[0]),
        )
    finally:
        output_of([*buildah, "rm", container])


def try_image() -> str:
    """Builds the image and has a declaration decided in its root; says how it was seen.

    Raises:
        TrialFailed: something was otherwise than it has to be.
    """
    folder = Path(tempfile.mkdtemp(prefix="trial-image-"))
    try:
        with built(folder) as image, postgres("gateway") as server, authorities() as simulated:
            _look_inside(image)
            told = _decide(image, folder, simulated, server.port, server.password)
            return f"{told}; PostgreSQL {server.version}; {image.size_mb} MB unpacked"
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _look_inside(image: ImageRoot) -> None:
    number = output_of(image.run(["id", "-u"])).strip()
    if number == "0" or number != image.user.partition(":")[0]:
        raise TrialFailed(f"it runs as {number}")
    for name in _FORBIDDEN:
        output_of(image.run(["sh", "-c", 'command -v "$0"', name]), statuses=(1, 127))
    output_of(image.run(["sh", "-c", "touch /opt/gateway/x /etc/x /x"]), statuses=(1,))
    capabilities = output_of(image.run(["grep", "^Cap", "/proc/self/status"]))
    if any(line.split()[1].strip("0") for line in capabilities.splitlines()):
        raise TrialFailed(f"it has capabilities:\n{capabilities}")
    if set_user := output_of(["find", image.folder, "-xdev", "-perm", "/6000", "-type", "f", "-path", "/opt/*"]):
        raise TrialFailed(f"with another's rights: {set_user}")


def _decide(image: ImageRoot, folder: Path, simulated: Authorities, port: int, password: str) -> str:
    """Configures, migrates, serves, lodges; everything that is the gateway's runs in the image's root."""
    own = int(image.user.partition(":")[0])
    configuration = folder / "etc"
    configuration.mkdir(mode=0o755)
    os.chown(configuration, own, own)
    folder.chmod(0o755)
    opened = image.run(["gateway", "init", "/etc/gateway"])
    opened[opened.index("--proc") : opened.index("--proc")] = ["--bind", str(configuration), "/etc/gateway"]
    output_of(opened)
    given = filled_in(configuration, simulated)
    pass_file = folder / "pgpass"
    pass_file.write_text(f"*:*:*:*:{password}\n")
    pass_file.chmod(0o400)
    os.chown(pass_file, own, own)
    placed = replace(image, mounted=((configuration, "/etc/gateway"), (pass_file, "/run/secrets/pgpass")))
    given["GATEWAY_DATABASE_URL"] = f"postgresql://gateway@127.0.0.1:{port}/gateway?passfile=/run/secrets/pgpass"
    # This machine's network is shared: a port that is free here, and of nobody else's reach.
    given |= {"GATEWAY_PORT": str(free_port()), "GATEWAY_HOST": "127.0.0.1"}
    version = output_of(placed.run(["gateway", "--version"])).strip().splitlines()[0]
    output_of(placed.run(["gateway", "check"], given))
    output_of(placed.run(["gateway", "migrate"], given))
    made = output_of(placed.run(["gateway", "api-key", "new", "customs 1", "--role", "customs"], given))
    key = made.split("shown this once: ")[1].split()[0]
    log = folder / "serve.log"
    with (
        log.open("wb") as logged,
        started(placed.run(placed.command, given), stdout=subprocess.PIPE, stderr=logged) as process,
    ):
        assert process.stdout is not None
        if not (line := process.stdout.readline()).startswith("listening on "):
            raise TrialFailed(line + log.read_text())
        address = line.split()[2]
        output_of(placed.run(placed.health, given))
        httpx.get(f"{address}/readyz", timeout=PATIENCE_S, trust_env=False).raise_for_status()
        with GatewayClient(address, key=key) as client:
            reply = client.lodge(declaration("01-clean", "TRIAL-IMAGE"), "application/xml", wait_s=20)
        if reply.effect != "release":
            raise TrialFailed(f"a declaration that may be released was not: {reply}")
        # As a container's engine: the signal goes to the first process of the container.
        first = until(lambda: _first_inside(process.pid), "the first process inside")
        os.kill(first, signal.SIGTERM)
        process.wait(PATIENCE_S)
        if process.returncode:
            raise TrialFailed(f"it ended with {process.returncode}")
    output_of(placed.run(["gateway", "backup", "/tmp/one.dump"], given))
    return f"{version}: init, check, migrate, serve, health check, a declaration released, SIGTERM, backup"


def _first_inside(outer: int) -> int | None:
    children = Path(f"/proc/{outer}/task/{outer}/children").read_text().split()
    return int(children[0]) if children else None
