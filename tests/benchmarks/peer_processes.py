"""The peers as processes: installed once into a folder beside the environment, each process on a port of its own."""

import hashlib
import json
import shutil
import socket
import subprocess
import sys
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import psycopg

from tests.benchmarks.checkout import NotComparable
from tests.builders.places import CONFIG, ROOT
from tests.builders.processes import PATIENCE_S, ended
from tests.builders.running import Authorities, clean_environment

PEERS = Path(__file__).with_name("peers")
SCHEMA = """
CREATE TABLE declaration (
    id uuid PRIMARY KEY, lrn text NOT NULL, mrn text, declarant text NOT NULL, message text NOT NULL,
    received_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX declaration_by_lrn ON declaration (lrn);
CREATE TABLE decision (
    declaration_id uuid PRIMARY KEY REFERENCES declaration, effect text NOT NULL, body jsonb NOT NULL,
    decided_at timestamptz NOT NULL DEFAULT now()
);
"""
"""What every peer stores: the message and its decision, in a commit each."""
NAMES = ("fastify", "node-red", "python")
_SECRETS = {"traces": "authentication_key", "catch": "header_value"}


def installed() -> Path:
    """Gives a folder with the peers in JavaScript and what they need, made of the lock if there is none yet.

    Raises:
        NotComparable: npm is missing, or does not install them.
    """
    source = PEERS / "node"
    digest = hashlib.sha256((source / "package-lock.json").read_bytes()).hexdigest()[:12]
    folder = ROOT / ".venv" / "peers" / digest
    if not (folder / "node_modules" / ".package-lock.json").exists():
        folder.mkdir(parents=True, exist_ok=True)
        for name in ("package.json", "package-lock.json"):
            shutil.copy(source / name, folder)
        print("installing the peers by npm ...", flush=True)
        try:
            done = subprocess.run(
                ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"],
                cwd=folder, capture_output=True, text=True, check=False,
            )  # fmt: skip
        except OSError as error:
            raise NotComparable(f"npm is needed for the peers in JavaScript: {error}") from error
        if done.returncode:
            raise NotComparable(f"npm ci failed:\n{done.stdout}{done.stderr}")
    for file in source.glob("*.js*"):
        shutil.copy(file, folder)
    return folder


def with_python_packages() -> Path:
    """Gives a folder with what the peer in Python needs beside the environment, made of its lock if there is none yet.

    Raises:
        NotComparable: it cannot be installed.
    """
    lock = PEERS / "bare_python.lock"
    folder = ROOT / ".venv" / "peers" / hashlib.sha256(lock.read_bytes()).hexdigest()[:12]
    if not folder.exists():
        made = folder.with_suffix(".part")
        print("installing what the peer in Python needs ...", flush=True)
        where = ["--python", sys.executable, "--target", str(made), "--require-hashes", "-r", str(lock)]
        uv = str(Path(sys.executable).with_name("uv"))
        done = subprocess.run([uv, "pip", "install", *where], capture_output=True, text=True, check=False)
        if done.returncode:
            raise NotComparable(f"uv pip install failed:\n{done.stderr}")
        made.rename(folder)
    return folder


def table() -> Sequence[Mapping[str, str]]:
    """Gives which authority is asked about which type of document, of the gateway's own table."""
    rows = tomllib.loads((CONFIG / "documents.toml").read_text(encoding="utf-8"))["document"]
    return [
        {"type": kind, "adapter": row["adapter"]}
        for row in rows
        if "adapter" in row and "import" in row["directions"]
        for kind in row["types"]
    ]


class PeerProcess:
    """A process of a peer, which is started again at the same port."""

    def __init__(self, name: str, folder: Path, environment: Mapping[str, str], log: Path) -> None:
        self._command, self._folder = _command(name), folder if name != "python" else ROOT
        self._log = log
        self._environment = {**clean_environment(), **environment, "NODE_ENV": "production", "PEER_PORT": str(_port())}
        self.url = f"http://127.0.0.1:{self._environment['PEER_PORT']}"
        self.start()

    @property
    def pid(self) -> int:
        """Its process."""
        return self._process.pid

    def start(self) -> None:
        """Starts it, and waits until it listens.

        Raises:
            NotComparable: it ends before.
        """
        with self._log.open("a") as log:
            self._process = subprocess.Popen(
                self._command, cwd=self._folder, env=self._environment, stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE, stderr=log, text=True,
            )  # fmt: skip
        assert self._process.stdout is not None
        said = []
        for line in self._process.stdout:
            if line.startswith("listening on "):
                return
            said.append(line)
        raise NotComparable(f"{' '.join(self._command)} does not start:\n{''.join(said)}{self._log.read_text()}")

    def kill(self) -> None:
        """Kills it as a failure would."""
        self._process.kill()
        self._process.wait(PATIENCE_S)

    def end(self) -> None:
        """Ends it for good."""
        ended(self._process)


@contextmanager
def peer(
    name: str, database_url: str, simulated: Authorities, *, processes: int, folder: Path
) -> Iterator[Sequence[PeerProcess]]:
    """Runs a peer with its tables in a database of its own, asking the given simulators.

    Raises:
        NotComparable: it does not start.
    """
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute(SCHEMA)
    rows = folder / "table.json"
    rows.write_text(json.dumps(table()), encoding="utf-8")
    secrets = {adapter: _secret(simulated, adapter) for adapter in _SECRETS}
    environment = {
        "PEER_DATABASE_URL": database_url,
        "PEER_AUTHORITIES": json.dumps(
            {name: {"url": simulated.urls[name], "secret": secret} for name, secret in secrets.items()}
        ),
        "PEER_TABLE": str(rows),
        "PEER_ENVELOPE": str(PEERS / "envelope.xml"),
    }
    packages = installed() if name != "python" else ROOT
    if name == "python":
        environment["PYTHONPATH"] = str(with_python_packages())
    running: list[PeerProcess] = []
    try:
        for number in range(processes):
            running.append(PeerProcess(name, packages, environment, folder / f"{name}-{number}.log"))
        yield running
    finally:
        for one in running:
            one.end()


def _command(name: str) -> Sequence[str]:
    match name:
        case "fastify":
            return ["node", "bare_fastify.js"]
        case "node-red":
            return ["node", "node_modules/node-red/red.js", "--settings", "settings.js", "--userDir", "."]
        case "python":
            return [sys.executable, "-m", "tests.benchmarks.peers.bare_python"]
    raise NotComparable(f"{name} is no peer: {', '.join(NAMES)}")


def _secret(simulated: Authorities, adapter: str) -> str:
    reference = simulated.environment[f"GATEWAY_ADAPTERS__{adapter.upper()}__SECRETS__{_SECRETS[adapter].upper()}"]
    return simulated.environment[reference.removeprefix("env:")]


def _port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as one:
        port: int = one.getsockname()[1]
        return port
