"""A gateway that serves beside the zoo, with beasts in its sandboxes too, and how long others wait for it meanwhile."""

import asyncio
import itertools
import os
import re
import statistics
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from gateway.embedded.server import EmbeddedServer
from gateway.store import migrate
from tests.builders.places import CONFIG, ROOT
from tests.builders.running import authorities, lodgeable, served
from tests.dispatch.beasts import BEASTS

PACKAGE = "zoo_in_the_gateway"
CODE = """
from zoo_in_the_gateway.beasts import BEASTS

NAMES = {name.replace(" ", ""): name for name in BEASTS}


class Beast:
    def __init__(self, settings): pass

    def verify(self, query, occasion):
        BEASTS[NAMES[query.reference.rpartition(".")[2]]]()
        yield None

    position = reserve = write_off = cancel = intervene = list = read_notification = verify
"""
AT_REST = 200
"""Declarations, and looks at its health, from which is taken how long they take at rest."""
WARM_UP = 20


@dataclass(slots=True)
class Waiting:
    """The seconds that others waited: for a decision, and for `/healthz`."""

    decided: list[float] = field(default_factory=list)
    healthy: list[float] = field(default_factory=list)
    effects: Counter[str] = field(default_factory=Counter)

    @property
    def ended(self) -> str:
        """How the declarations ended."""
        return ", ".join(f"{number} {effect}" for effect, number in sorted(self.effects.items()))


def table(rest: Waiting, beside: Waiting) -> str:
    """How long others waited, with the zoo beside them and without."""
    lines = [f"{'':<26}{'n':>7}{'median':>12}{'p95':>12}"]
    for what, at_rest, meanwhile in (
        ("declaration", rest.decided, beside.decided),
        ("/healthz", rest.healthy, beside.healthy),
    ):
        lines += [_row(f"{what}, without the zoo", at_rest), _row(f"{what}, with it", meanwhile)]
    return "\n".join([*lines, f"declarations without the zoo: {rest.ended}", f"declarations with it: {beside.ended}"])


def _row(what: str, seconds: list[float]) -> str:
    ordered = sorted(seconds)
    if not ordered:
        return f"{what:<26}{0:>7}{'-':>12}{'-':>12}"
    late = ordered[min(len(ordered) - 1, int(len(ordered) * 0.95))]
    return f"{what:<26}{len(ordered):>7}{statistics.median(ordered) * 1000:>9.1f} ms{late * 1000:>9.1f} ms"


class Neighbour:
    """A trader whose declarations concern another authority than the beasts are, one after the other."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._numbers = itertools.count()

    def wait(self, waiting: Waiting) -> None:
        """Lodges one, waits for its decision, and looks at the gateway's health."""
        began = time.perf_counter()
        answer = _lodged(self._url, lodgeable("12", f"NEIGHBOUR{next(self._numbers)}"))
        waiting.decided.append(time.perf_counter() - began)
        waiting.effects[(answer.json().get("decision") or {}).get("effect", f"status {answer.status_code}")] += 1
        began = time.perf_counter()
        httpx.get(f"{self._url}/healthz", timeout=60, trust_env=False).raise_for_status()
        waiting.healthy.append(time.perf_counter() - began)


def _lodged(url: str, body: bytes) -> httpx.Response:
    headers = {"content-type": "application/xml", "prefer": "wait=30"}
    return httpx.post(f"{url}/v1/declarations", content=body, headers=headers, timeout=60, trust_env=False)


@contextmanager
def gateway_beside() -> Iterator[tuple[Waiting, Waiting, Counter[str]]]:
    """Serves a gateway for as long as the context lasts, and lodges all the time.

    Gives how long others waited at rest, how long they wait beside the zoo, and how the beasts' own declarations ended.
    """
    with tempfile.TemporaryDirectory() as name, authorities() as simulated:
        root = Path(name)
        root.chmod(0o755)
        server = EmbeddedServer.start(root / "data")
        try:
            asyncio.run(migrate(server.url))
            environment = {
                **simulated.environment,
                "GATEWAY_DATABASE_URL": server.url,
                "GATEWAY_ADAPTERS__TRACES__PACKAGE": PACKAGE,
                "GATEWAY_ALLOW_DRAFT": "true",
                "GATEWAY_LOG_LEVEL": "error",
                # Or it is quarantined, and none of its code is run any more.
                "GATEWAY_OVERRUN_DECLARATIONS": "100000",
                "PYTHONPATH": os.pathsep.join((str(ROOT), str(_package(root / "path")))),
            }
            with served(environment) as gateway:
                yield from _lodging(gateway.url)
        finally:
            server.stop()


def _lodging(url: str) -> Iterator[tuple[Waiting, Waiting, Counter[str]]]:
    neighbour, rest, beside = Neighbour(url), Waiting(), Waiting()
    for _ in range(WARM_UP):
        neighbour.wait(Waiting())
    for _ in range(AT_REST):
        neighbour.wait(rest)
    ended, over = Counter[str](), threading.Event()
    threads = [
        threading.Thread(target=_until, args=(over, lambda: neighbour.wait(beside))),
        threading.Thread(target=_beasts, args=(over, url, ended)),
    ]
    for one in threads:
        one.start()
    try:
        yield rest, beside, ended
    finally:
        over.set()
        for one in threads:
            one.join()


def _until(over: threading.Event, work: Callable[[], None]) -> None:
    while not over.is_set():
        work()


def _beasts(over: threading.Event, url: str, ended: Counter[str]) -> None:
    """Lodges a declaration for each beast of the sandboxes, again and again."""
    for number, name in enumerate(itertools.cycle(BEASTS)):
        if over.is_set():
            return
        body = re.sub(
            rb"CHEDP[^<]*", f"CHEDP.FR.2026.{name.replace(' ', '')}".encode(), lodgeable("01", f"BEAST{number}")
        )
        answer = _lodged(url, body)
        ended[(answer.json().get("decision") or {}).get("effect", f"status {answer.status_code}")] += 1


def _package(path: Path) -> Path:
    folder = path / PACKAGE
    folder.mkdir(parents=True)
    (folder / "__init__.py").touch()
    (folder / "adapter.py").write_text(CODE, encoding="utf-8")
    # A sandbox reads the code of its own package, and none of the tests.
    beasts = (ROOT / "tests/dispatch/beasts.py").read_text(encoding="utf-8")
    imported = "from tests.builders.places import CONFIG\n"
    assert imported in beasts
    (folder / "beasts.py").write_text(beasts.replace(imported, f"CONFIG = Path({str(CONFIG)!r})\n"), encoding="utf-8")
    told = (ROOT / "adapters/traces/manifest.toml").read_text(encoding="utf-8").splitlines()
    kept = (line for line in told if not line.startswith(("entry_point", "identity")))
    manifest = 'entry_point = "adapter:Beast"\n' + "\n".join(kept)
    (folder / "manifest.toml").write_text(manifest, encoding="utf-8")
    return path
