"""A loop that does nothing any more while the database answers ends its process; what else is missing does not."""

import asyncio

import pytest

from gateway.domain.errors import ConfigurationError, LoopStopped, StoreUnavailable
from gateway.lifecycle import Pulses

PATIENCE_S = 30.0


class Asked:
    """A database that answers as it is told, and has its loops do something before it answers."""

    def __init__(self, pulses: Pulses, answers: list[bool | Exception], *, beating: tuple[str, ...] = ()) -> None:
        self._pulses = pulses
        self._answers = answers
        self._beating = beating

    async def answers(self) -> bool:
        """Answers the next question; after the last one, nothing more is asked."""
        for name in self._beating:
            self._pulses.beat(name)
        if not self._answers:
            raise asyncio.CancelledError
        answer = self._answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    async def may_serve(self) -> None:
        """It may."""


async def watched(answers: list[bool | Exception], *, beating: tuple[str, ...] = ()) -> Exception | None:
    pulses = Pulses(within_s=0.05, every_s=0.01)
    pulses.expect(("sweep", "listen"))
    asked = Asked(pulses, answers, beating=beating)
    async with asyncio.timeout(PATIENCE_S):
        await asyncio.gather(pulses.watch(asked.answers, asked.may_serve), return_exceptions=True)
    return pulses.over


async def test_what_does_nothing_is_found() -> None:
    over = await watched([True] * 20, beating=("listen",))
    assert isinstance(over, LoopStopped)
    assert str(over).startswith("sweep: no success")


async def test_what_works_goes_on() -> None:
    assert await watched([True] * 20, beating=("listen", "sweep", "another")) is None


@pytest.mark.parametrize("away", [False, StoreUnavailable("gone")])
async def test_nothing_is_expected_while_the_database_does_not_answer(away: bool | Exception) -> None:
    assert await watched([True, True, away] * 10) is None


async def test_a_fault_in_the_question_does_not_end_the_watch() -> None:
    assert await watched([RuntimeError("ours")] * 20) is None


async def test_a_version_that_may_not_serve_ends() -> None:
    pulses = Pulses(within_s=10, every_s=0.01)

    async def answers() -> bool:
        return True

    async def may_serve() -> None:
        raise ConfigurationError(("version 9 is wanted",))

    async with asyncio.timeout(PATIENCE_S):
        await pulses.watch(answers, may_serve)
    assert isinstance(pulses.over, ConfigurationError)
