"""A signal ends what is supervised, at whatever moment it comes."""

import signal
import sys

import pytest

from tests.builders.processes import ran

_AT_EACH_STEP = """
import faulthandler, os, signal, sys
from gateway.cli.supervisor.shutdown import Shutdown

def signalled_at(step: int, number: signal.Signals) -> bool:
    '''Wait as the supervisor does, with a signal at one step of that; return whether there are so many steps.'''
    ending, steps = Shutdown(), 0

    def trace(frame, event, argument):
        nonlocal steps
        frame.f_trace_opcodes = True
        steps += 1
        if steps == step:
            os.kill(os.getpid(), number)
        return trace

    sys.settrace(trace)
    ending.requested.wait(0.001)
    sys.settrace(None)
    heard = ending.renewal_requested() if number == signal.SIGHUP else ending.requested.is_set()
    assert heard or steps < step, f"the signal at step {step} was not heard"
    return steps >= step

faulthandler.dump_traceback_later(20, exit=True)
step = 1
while signalled_at(step, signal.Signals(int(sys.argv[1]))):
    step += 1
print(step)
"""


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_signal_at_any_step_of_the_wait_for_it_is_heard(number: signal.Signals) -> None:
    done = ran([sys.executable, "-c", _AT_EACH_STEP, str(int(number))])
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) > 5
