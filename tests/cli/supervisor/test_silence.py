"""Processes that give no sign of life: found by the supervisor's own ticks, and by no clock."""

import os
from pathlib import Path

import pytest

from gateway.cli.supervisor.silence import SILENT_S, Silence
from gateway.process_life import PLACES, ProcessLife, beats, forget, leave_steps, steps_in, take_left
from gateway.shared_figures import VARIABLE

TICKS = 40
OWN = os.getpid()


@pytest.fixture
def silence(tmp_path: Path) -> Silence:
    return Silence(tmp_path, tick_s=SILENT_S / TICKS)


def ticks(silence: Silence, number: int) -> list[bool]:
    return [silence.tick(OWN) for _ in range(number)]


def test_one_that_gives_signs_lives_and_one_that_stopped_is_to_be_ended(silence: Silence, tmp_path: Path) -> None:
    life = ProcessLife(tmp_path)
    for _ in range(3):
        life.beat()
        assert ticks(silence, TICKS) == [False] * TICKS
    assert ticks(silence, 2) == [True, True]
    silence.forget(OWN)
    assert ticks(silence, TICKS) == [False] * TICKS, "another of its number begins anew"


def test_one_that_has_not_begun_or_leaves_is_let_be(silence: Silence, tmp_path: Path) -> None:
    assert ticks(silence, 2 * TICKS) == [False] * 2 * TICKS
    life = ProcessLife(tmp_path)
    assert ticks(silence, 2 * TICKS) == [False] * 2 * TICKS
    life.beat()
    assert ticks(silence, TICKS) == [False] * TICKS
    life.leave()
    assert ticks(silence, 2 * TICKS) == [False] * 2 * TICKS
    assert beats(tmp_path, OWN) == 0


def left(folder: Path, monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str | None]]:
    monkeypatch.setenv(VARIABLE, str(folder))
    counted: list[tuple[str, str | None]] = []
    leave_steps(folder, OWN)
    take_left(lambda *one: counted.append(one))
    take_left(lambda *one: counted.append(one))
    return counted


@pytest.mark.parametrize(
    ("steps", "counted"),
    [
        ([], []),
        ([("one", "a")], [("one", "a")]),
        ([("one", None)], [("one", None)]),
        ([("one", "a"), ("one", "b")], [("one", "a")]),
        ([("one", "a"), ("two", "a")], []),
    ],
)
def test_what_one_adapters_code_was_running_is_counted_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, steps: list[tuple[str, str | None]], counted: list[object]
) -> None:
    life = ProcessLife(tmp_path)
    with life.step("over", "x"):
        pass
    under_way = [life.step(*one) for one in steps]
    for one in under_way:
        one.__enter__()
    assert left(tmp_path, monkeypatch) == counted
    for one in under_way:
        one.__exit__(None, None, None)


def test_of_one_that_left_or_is_forgotten_nothing_is_counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for end in (ProcessLife.leave, lambda _: forget(tmp_path, OWN)):
        life = ProcessLife(tmp_path)
        with life.step("one", "a"):
            end(life)
            assert left(tmp_path, monkeypatch) == []


def test_more_steps_than_there_are_places_for_are_run_all_the_same(tmp_path: Path) -> None:
    life = ProcessLife(tmp_path)
    under_way = [life.step("one", str(number)) for number in range(PLACES + 2)]
    for one in under_way:
        one.__enter__()
    assert len(steps_in((tmp_path / f"life_{OWN}").read_bytes())) == PLACES
    for one in under_way:
        one.__exit__(None, None, None)
    assert steps_in((tmp_path / f"life_{OWN}").read_bytes()) == ()
