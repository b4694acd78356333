"""When a call is made again, and after how long: the same rule for both faces."""

import logging
import random
from typing import Any

import httpx
from tenacity import RetryCallState, retry_if_exception_type, retry_if_result, stop_before_delay, stop_never

from gateway_client.calls import REPEATED, Answer, Call
from gateway_client.errors import Unreachable
from gateway_client.results import Body

log = logging.getLogger("gateway_client")
LONGEST_PAUSE_S = 30.0
_LONGEST_ASKED_S = 600.0
"""Even if the gateway asks for a longer pause."""
_FIRST_PAUSE_S = 0.2
SILENT_S = 20.0
"""A stream that says nothing for longer is dead: a living one gives a sign every 15 s."""
EXACT_S = 2.0
"""How exactly a stream is left when the time is over: one that said something later than this is opened anew for the rest of the time."""


def rule(call: Call, patience_s: float | None) -> dict[str, Any]:
    """Return the rule for repeating a call as tenacity takes it; without `patience_s` for ever. What the gateway waits for is not counted.

    A connection may have been cut after the gateway took the call: as the same call again is answered with the stored outcome, it is made
    again all the same. One of which that is not so is made again only where it was not let in.
    """
    again = retry_if_result(_may_be_better_later) | retry_if_exception_type(Unreachable)
    return {
        "retry": again if call.repeats else retry_if_result(_was_not_let_in),
        "wait": _pause_s,
        "stop": stop_never if patience_s is None else stop_before_delay(patience_s and patience_s + call.waits_s),
        "before_sleep": _tell,
        "retry_error_callback": _as_it_ended,
    }


def unreachable(url: str, error: httpx.HTTPError) -> Unreachable:
    """Return what a failure of the connection is to a caller."""
    return Unreachable(f"The gateway at {url} does not answer: {str(error) or type(error).__name__}")


def _may_be_better_later(answer: Any) -> bool:
    return isinstance(answer, Answer) and answer.status in REPEATED


def _was_not_let_in(answer: Any) -> bool:
    return isinstance(answer, Answer) and answer.status == httpx.codes.TOO_MANY_REQUESTS


def _pause_s(state: RetryCallState) -> float:
    """Return the pause that the gateway asks for, else a growing one; both blurred, so that not all come back at once."""
    ended = state.outcome
    asked = None
    if ended is not None and not ended.failed and isinstance(answer := ended.result(), Answer):
        asked = answer.retry_after
    if asked is not None:
        return min(asked, _LONGEST_ASKED_S) + random.uniform(0, 0.5)
    most = min(LONGEST_PAUSE_S, _FIRST_PAUSE_S * 2.0 ** min(state.attempt_number, 16))
    return random.uniform(most / 2, most)


def _tell(state: RetryCallState) -> None:
    ended = state.outcome
    why: object = None
    if ended is not None:
        why = ended.exception() or getattr(ended.result(), "status", None)
    log.warning("made again: attempt %d ended with %s", state.attempt_number, why)


def _as_it_ended(state: RetryCallState) -> Any:
    assert state.outcome is not None
    return state.outcome.result()


def unless_later(answer: Answer) -> Body | None:
    """Return what was answered instead of a stream; None: there is no room for one now.

    Raises:
        Refused, Unreachable: the stream may not be read.
    """
    return None if answer.status in REPEATED else answer.said()
