"""Simulated authorities are served only where that is said, on this machine, and on a database of their own."""

from pathlib import Path

import pytest

from gateway.cli.simulated import mark, require_apart, require_real
from gateway.domain.errors import ConfigurationError
from gateway.settings import load
from tests.cli.typed import gateway, gateway_apart


@pytest.mark.parametrize("command", ["serve", "worker"])
def test_without_a_configuration_nothing_is_served_and_it_says_what_to_do(command: str) -> None:
    done = gateway_apart(command)
    assert done.returncode == 78
    assert "gateway init DIR" in done.stderr
    assert "gateway serve --simulators" in done.stderr


def test_simulated_authorities_stay_on_this_machine() -> None:
    done = gateway_apart("serve", "--simulators", "--host=0.0.0.0")
    assert done.returncode == 78
    assert "loopback" in done.stderr


def test_their_database_is_another_one(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="leave database_url out"):
        require_apart(load({"GATEWAY_DATABASE_URL": "postgresql:///gateway"}))
    here = {"GATEWAY_DATA_DIR": str(tmp_path)}
    require_apart(load(here))
    (tmp_path / "pg").mkdir()
    with pytest.raises(ConfigurationError, match="decisions of real authorities"):
        require_apart(load(here))
    require_real(load({**here, "GATEWAY_SIMULATORS": "false"}))
    done = gateway("settle", "--all", **here)
    assert (done.returncode, "decisions of real authorities" in done.stderr) == (78, True), done.stderr
    mark(tmp_path)
    require_apart(load(here))
    with pytest.raises(ConfigurationError, match="decisions of simulated authorities"):
        require_real(load({**here, "GATEWAY_SIMULATORS": "false"}))
