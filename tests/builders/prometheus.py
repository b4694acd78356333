"""A Prometheus of a test's own, with the configuration and the rules that are delivered."""

import subprocess
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import httpx
import yaml

from tests.builders.places import ROOT
from tests.builders.pooler import free_port
from tests.builders.processes import PATIENCE_S, started
from tests.builders.programs import program
from tests.builders.running import until

DELIVERED = ROOT / "deploy" / "prometheus"


class Prometheus:
    """A running server."""

    def __init__(self, url: str) -> None:
        self._http = httpx.Client(base_url=url, timeout=PATIENCE_S, trust_env=False)

    def asked(self, path: str, **parameters: str) -> Any:
        """What its API answers."""
        answer = self._http.get(f"/api/v1/{path}", params=parameters)
        assert answer.status_code == 200, (parameters, answer.text)
        return answer.json()["data"]

    def series(self, query: str) -> list[Mapping[str, str]]:
        """The labels of the series that a query finds, of those whose value is a number."""
        found = self.asked("query", query=query)
        assert found["resultType"] == "vector", query
        return [one["metric"] for one in found["result"] if one["value"][1] != "NaN"]

    def is_ready(self) -> bool:
        """Whether it answers."""
        try:
            return self._http.get("/-/ready").status_code == 200
        except httpx.TransportError:
            return False

    def close(self) -> None:
        """Ask no more."""
        self._http.close()


@contextmanager
def prometheus(target: str, folder: Path) -> Iterator[Prometheus]:
    """Runs one that scrapes an address, `HOST:PORT`, five times a second, until the context ends."""
    configuration = yaml.load((DELIVERED / "prometheus.yaml").read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
    configuration["global"] = {"scrape_interval": "200ms", "scrape_timeout": "200ms", "evaluation_interval": "1s"}
    configuration["rule_files"] = [str(DELIVERED / name) for name in configuration["rule_files"]]
    del configuration["alerting"]
    (scraped,) = configuration["scrape_configs"]
    scraped["static_configs"] = [{"targets": [target]}]
    file = folder / "prometheus.yaml"
    file.write_text(yaml.safe_dump(configuration), encoding="utf-8")
    address = f"127.0.0.1:{free_port()}"
    command = [
        program("prometheus"), f"--config.file={file}", f"--web.listen-address={address}",
        f"--storage.tsdb.path={folder / 'data'}", "--log.level=error",
    ]  # fmt: skip
    with started(command, stderr=subprocess.DEVNULL) as process, closing(Prometheus(f"http://{address}")) as server:
        until(lambda: process.poll() is not None or server.is_ready() or None, "an answer of Prometheus")
        assert process.poll() is None, "Prometheus ended"
        yield server
