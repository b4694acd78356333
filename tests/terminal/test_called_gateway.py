"""What commands find in the environment and the configuration, and what they print where no terminal is."""

from pathlib import Path

import pytest

from gateway.settings import load
from gateway.terminal.called_gateway import own_url
from tests.builders.commands import ran_here
from tests.builders.running import clean_environment
from tests.cli.typed import gateway


@pytest.mark.parametrize(
    ("written", "environment", "url"),
    [
        ("", {}, "http://127.0.0.1:8080"),
        ('port = 9090\nhost = "10.0.0.7"\n', {}, "http://10.0.0.7:9090"),
        ('host = "0.0.0.0"\n', {"GATEWAY_PORT": "81"}, "http://127.0.0.1:81"),
        ('host = "::"\n', {}, "http://[::1]:8080"),
        ("port = 9090\n", {"GATEWAY_URL": "https://window.example"}, "https://window.example"),
        ("not toml", {}, "http://127.0.0.1:8080"),
        (None, {}, "http://127.0.0.1:8080"),
    ],
)
def test_the_address_is_the_configurations(
    tmp_path: Path, written: str | None, environment: dict[str, str], url: str
) -> None:
    if written is not None:
        (tmp_path / "gateway.toml").write_text(written, encoding="utf-8")
    assert own_url({"GATEWAY_CONFIG": str(tmp_path), **environment}) == url


def test_the_variable_of_the_address_is_no_unknown_setting() -> None:
    load({"GATEWAY_URL": "https://window.example"})
    done = gateway("approvals", "list", GATEWAY_URL="http://127.0.0.1:9", GATEWAY_APIKEY="x")
    assert "http://127.0.0.1:9 does not answer" in done.stdout
    assert "GATEWAY_APIKEY is not read; did you mean GATEWAY_API_KEY?" in done.stderr


@pytest.mark.whole
def test_nothing_is_cut_or_broken_where_no_terminal_is(tmp_path: Path) -> None:
    name = "a-declaration-of-a-name-so-long-that-it-would-be-cut-at-eighty-columns-of-a-terminal.xml"
    (tmp_path / name).write_text("<a/>")
    environment = {key: value for key, value in clean_environment().items() if key != "COLUMNS"}
    done = ran_here({**environment, "GATEWAY_URL": "http://127.0.0.1:9"}, "submit", str(tmp_path / name))
    (line,) = (one for one in done.stdout.splitlines() if name in one)
    assert "The gateway at http://127.0.0.1:9 does not answer" in line


@pytest.mark.parametrize(
    "command",
    [("tables", "list"), ("api-key", "list"), ("settle",), ("adapters",), ("audit", "checkpoint"), ("webhook", "list")],
)
def test_reading_makes_no_database_where_there_is_none(tmp_path: Path, command: tuple[str, ...]) -> None:
    (tmp_path / "data").mkdir()
    done = gateway(*command, GATEWAY_DATA_DIR=str(tmp_path / "dta"))
    assert done.returncode == 78, done.stderr
    assert f"{tmp_path / 'dta'}: there is no database yet: did you mean {tmp_path / 'data'}?" in done.stderr
    assert [one.name for one in tmp_path.iterdir()] == ["data"]
    assert gateway(*command, GATEWAY_DATA_DIR=str(tmp_path / "data")).returncode == 78
    assert list((tmp_path / "data").iterdir()) == []
