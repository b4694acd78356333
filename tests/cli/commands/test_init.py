"""`gateway init`: a small configuration over the delivered one, all of it or nothing."""

import os
import resource
from pathlib import Path

import pytest

from gateway.settings import default_folder
from tests.builders.processes import ran
from tests.builders.programs import program
from tests.cli.typed import gateway

MOST_EXPOSED = 20
"""Tenths of systemd's exposure level, which goes to 10: what a service on the network with files of its own cannot do without."""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where the configuration is to be written."""
    return tmp_path / "etc" / "gateway"


def filled(folder: Path) -> dict[str, str]:
    """Fills in what `init` names; gives the variables of the secrets."""
    file = folder / "gateway.toml"
    text = file.read_text(encoding="utf-8").replace('base_url = ""', 'base_url = "https://authority.example"')
    file.write_text(text.replace(' = ""', ' = "FR000001"'), encoding="utf-8")
    lines = (folder / "secrets.env").read_text(encoding="utf-8").splitlines()
    return {line.removesuffix("="): "zWq81-Lp0c-secret" for line in lines if line.endswith("=")}


def test_what_is_written_is_small_and_has_no_fault_once_it_is_filled_in(folder: Path) -> None:
    done = gateway("init", str(folder))
    assert done.returncode == 0, done.stderr
    assert {one.name for one in folder.iterdir()} == {"gateway.toml", "secrets.env", "gateway.service"}
    assert (folder / "secrets.env").stat().st_mode & 0o777 == 0o600
    assert len((folder / "gateway.toml").read_text(encoding="utf-8").splitlines()) < 60

    before = gateway("check", GATEWAY_CONFIG=str(folder))
    assert before.returncode == 78
    # Each thing that is to be filled in has been named before, and all of it is told at once: nothing else is missing.
    told = before.stderr.splitlines()[:-1]
    for fault in told:
        place, key, said = fault.split(": ", 2)
        name = said.removeprefix("the environment variable ").partition(" ")[0]
        assert f"{place.rpartition(':')[0]}: {key}" in done.stdout or f"secrets.env: {name}" in done.stdout, fault
        assert "did you mean" not in fault
    left = [line for line in done.stdout.splitlines() if "gateway.toml: adapters." in line or "secrets.env: " in line]
    assert len(told) == len(left)

    secrets = filled(folder)
    assert all(f"{folder}/secrets.env: {name}" in done.stdout for name in secrets)
    after = gateway("check", GATEWAY_CONFIG=str(folder), **secrets)
    assert after.returncode == 0, after.stderr
    assert f"tables, formats and texts {default_folder()}" in after.stdout
    assert "simulated" not in after.stdout


def test_one_authority_is_a_beginning_and_an_officer_verifies_the_documents_of_the_others(folder: Path) -> None:
    assert gateway("init", str(folder), "--only", "traces").returncode == 0
    written = (folder / "gateway.toml").read_text(encoding="utf-8")
    assert [line for line in written.splitlines() if line.startswith("[adapters.")] == ["[adapters.traces]"]
    after = gateway("check", GATEWAY_CONFIG=str(folder), **filled(folder))
    assert after.returncode == 0, after.stderr
    assert "adapter catch is not configured: nobody is asked, an officer verifies C673" in " ".join(
        after.stdout.split()
    )


@pytest.mark.parametrize("said", [("--only", "traces,catch"), ("--only", "catch", "--only", "traces")])
def test_any_set_of_authorities_can_be_named(folder: Path, said: tuple[str, ...]) -> None:
    assert gateway("init", str(folder), *said).returncode == 0
    written = (folder / "gateway.toml").read_text(encoding="utf-8")
    assert written.count("[adapters.") == 2


def test_an_authority_that_is_not_known_is_refused_with_those_that_are(folder: Path) -> None:
    done = gateway("init", str(folder), "--only", "trces,catch,,x")
    assert done.returncode == 78
    assert "--only trces: no adapter of this name is delivered; there are catch, cites" in done.stderr
    assert "--only x: " in done.stderr
    assert not folder.exists()


def test_the_unit_starts_this_gateway_with_this_folder(folder: Path) -> None:
    gateway("init", str(folder))
    unit = (folder / "gateway.service").read_text(encoding="utf-8")
    assert f'Environment="GATEWAY_CONFIG={folder}"' in unit
    assert f"EnvironmentFile={folder}/secrets.env" in unit
    (command,) = (line.removeprefix("ExecStart=") for line in unit.splitlines() if line.startswith("ExecStart="))
    told = ran([*command.split()[:-1], "--version"])
    assert told.stdout.startswith("gateway ")


@pytest.mark.needs("systemd-analyze")
def test_systemd_finds_no_fault_with_the_unit(folder: Path) -> None:
    gateway("init", str(folder))
    done = ran([program("systemd-analyze"), "verify", str(folder / "gateway.service")])
    assert "gateway.service:" not in done.stderr, done.stderr


@pytest.mark.needs("systemd-analyze")
def test_the_unit_leaves_the_service_few_rights(folder: Path) -> None:
    gateway("init", str(folder))
    done = ran(
        [program("systemd-analyze"), "security", "--offline=yes", f"--threshold={MOST_EXPOSED}", str(folder / "gateway.service")],
        env={**os.environ, "SYSTEMD_PAGER": "cat"},
    )  # fmt: skip
    assert done.returncode == 0, done.stdout


def test_a_folder_with_something_in_it_is_left_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "notes").write_text("mine")
    done = gateway("init", str(tmp_path))
    assert done.returncode == 78
    assert "notes" in done.stderr
    assert [one.name for one in tmp_path.iterdir()] == ["notes"]


def test_an_empty_folder_is_taken(tmp_path: Path) -> None:
    assert gateway("init", str(tmp_path)).returncode == 0


@pytest.mark.parametrize("name", ["a file/below", "tab\there", 'quo"te'])
def test_a_folder_that_cannot_be_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / "a file").write_text("")
    done = gateway("init", str(tmp_path / name))
    assert done.returncode == 78
    assert "Traceback" not in done.stderr
    assert [one.name for one in tmp_path.iterdir()] == ["a file"]


def test_what_cannot_be_written_whole_leaves_nothing(tmp_path: Path) -> None:
    """A limit on the size of files stands for a disk that is full half-way: the write comes back in the same way."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, hard))
    try:
        done = gateway("init", str(tmp_path / "new" / "gateway"))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert done.returncode == 78
    assert "File too large; nothing was left there" in done.stderr
    assert list(tmp_path.iterdir()) == []
