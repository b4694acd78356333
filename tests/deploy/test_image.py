"""The Containerfile, as it is written: what it leaves out, what it fetches, and whose rights it runs with."""

import re
import tomllib
from pathlib import Path

import pytest

from tests.builders.places import ROOT

FOLDER = ROOT / "deploy" / "container"
BUILDING = {
    "build-essential",
    "gcc",
    "g++",
    "make",
    "git",
    "curl",
    "wget",
    "python3-pip",
    "python3-venv",
    "python3-dev",
}


def instructions() -> list[tuple[str, str]]:
    """The instructions, each with what follows it in one line."""
    text = (FOLDER / "Containerfile").read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")]
    joined = "\n".join(lines).replace("\\\n", " ")
    return [(line.split()[0], " ".join(line.split()[1:])) for line in joined.splitlines()]


def stages() -> list[list[tuple[str, str]]]:
    """The instructions of each stage."""
    found: list[list[tuple[str, str]]] = []
    for name, rest in instructions():
        if name == "FROM":
            found.append([])
        if found:
            found[-1].append((name, rest))
    return found


def packages(stage: list[tuple[str, str]]) -> set[str]:
    """The packages of Debian that a stage installs."""
    runs = " ".join(rest for name, rest in stage if name == "RUN")
    return {one for found in re.findall(r"--no-install-recommends ([^&]+)", runs) for one in found.split()}


def test_what_runs_is_no_root_and_has_nothing_to_build_with() -> None:
    _, last = stages()
    said = dict(last)
    assert re.fullmatch(r"[1-9]\d+:[1-9]\d+", said["USER"]), "a number: Kubernetes cannot know a name's"
    assert last.index(("USER", said["USER"])) > max(at for at, (name, _) in enumerate(last) if name == "RUN")
    assert packages(last) & BUILDING == set()
    assert "tini" in packages(last)
    assert said["ENTRYPOINT"] == '["/usr/bin/tini", "--", "gateway"]'
    assert (said["STOPSIGNAL"], said["VOLUME"]) == ("SIGTERM", '["/tmp"]')
    assert "/healthz" in said["HEALTHCHECK"]


def test_backups_are_made_by_programs_of_the_servers_version() -> None:
    compose = (ROOT / "deploy" / "compose" / "compose.yaml").read_text(encoding="utf-8")
    (major,) = re.findall(r"image: docker\.io/library/postgres:(\d+)", compose)
    clients = {one for one in packages(stages()[-1]) if one.startswith("postgresql-")}
    assert clients == {f"postgresql-client-{major}"}


def test_only_what_the_locks_name_by_its_hash_is_fetched() -> None:
    runs = [rest for name, rest in instructions() if name == "RUN"]
    fetching = [one for run in runs for one in run.split("&&") if re.search(r"\bpip\b.* (install|wheel) ", one)]
    assert len(fetching) == 4
    for one in fetching:
        locked = "--require-hashes -r " in one and "--only-binary :all:" in one
        assert locked or "--no-deps" in one, one
    assert not any(name == "ADD" for name, _ in instructions())


def test_what_is_copied_is_there_and_not_ignored() -> None:
    ignored = (FOLDER / "Containerfile.dockerignore").read_text(encoding="utf-8").splitlines()
    kept = {Path(line[1:]) for line in ignored if line.startswith("!")}
    copied = [rest.split()[:-1] for name, rest in instructions() if name == "COPY" and not rest.startswith("--from")]
    for source in (Path(one) for several in copied for one in several):
        assert (ROOT / source).exists(), source
        assert kept & {source, *source.parents}, f"{source} is ignored"


def test_all_that_the_wheel_is_made_of_is_copied() -> None:
    copied = {one for name, rest in instructions() if name == "COPY" for one in rest.split()[:-1]}
    wheel = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["hatch"]["build"]["targets"][
        "wheel"
    ]
    assert {
        *wheel["packages"],
        *wheel["force-include"],
        "pyproject.toml",
        "contract",
        "client",
        "kit",
    } - copied == set()


def pinned(lock: Path) -> dict[str, frozenset[str]]:
    """The packages of a lock with their versions, and the hashes of each."""
    text = lock.read_text(encoding="utf-8")
    found = re.findall(r"^([a-z0-9][^\s;]*==[^\s;\\]+)[^\n]*\n((?:    --hash=\S+.*\n?)+)", text, re.M)
    return {name: frozenset(re.findall(r"sha256:[0-9a-f]{64}", hashes)) for name, hashes in found}


@pytest.mark.parametrize("name", ["requirements.lock", "build.lock"])
def test_the_image_is_made_of_what_the_tests_ran_with(name: str) -> None:
    """`make lock` writes all of them; one alone would be another gateway than the one that was tested."""
    tested, image = pinned(ROOT / "requirements.lock"), pinned(FOLDER / name)
    assert image
    assert {one: hashes for one, hashes in image.items() if tested.get(one) != hashes} == {}


def test_all_that_serving_needs_is_in_the_images_lock() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    needed = {
        re.split(r"[\[>=<; ]", one)[0] for one in project["dependencies"] + project["optional-dependencies"]["pdf"]
    }
    there = {one.partition("==")[0] for one in pinned(FOLDER / "requirements.lock")}
    assert {one for one in needed if not one.startswith("eu-single-window-")} - there == set()
