"""Faults that repeat: the first line, then one a minute, then one at the end; whatever differs from line to line."""

import json
import subprocess
import sys

from gateway.observe.repeats import MOST_DECLARATIONS, MOST_FAULTS, SUMMED_S, RepeatedFaults
from tests.builders.clock import Clock
from tests.builders.processes import PATIENCE_S, ran, started

BEGIN = Clock().now
AWAY = {"event": "sweep_failed", "level": "warning", "logger": "gateway.lifecycle.leases"}


def faults(clock: Clock) -> RepeatedFaults:
    return RepeatedFaults(clock=clock, now=lambda: f"at {clock.now - BEGIN:g}")


def test_a_fault_is_told_of_at_once_each_minute_and_at_its_end() -> None:
    clock = Clock()
    repeated = faults(clock)
    assert not repeated.again("away", AWAY)
    for second in range(1, 90):
        clock.now = BEGIN + second
        assert repeated.again("away", AWAY)
        lines, _ = repeated.due()
        assert lines == ([{**AWAY, "repeated": 60, "since": "at 0"}] if second == SUMMED_S else [])
    clock.now = BEGIN + 120
    (line,), next_s = repeated.due()
    assert (line["repeated"], line["since"], next_s) == (29, "at 0", SUMMED_S)
    clock.now = BEGIN + 180
    (over,), next_s = repeated.due()
    assert (over["event"], over["fault"], over["level"], over["logger"]) == (
        "fault_over", "sweep_failed", "info", "gateway.lifecycle.leases"
    )  # fmt: skip
    assert (over["repeated"], over["since"], over["last"], next_s) == (90, "at 0", "at 89", None)
    # It is news again.
    assert not repeated.again("away", AWAY)


def test_one_that_came_once_has_no_end() -> None:
    clock = Clock()
    repeated = faults(clock)
    assert not repeated.again("away", AWAY)
    clock.now = BEGIN + SUMMED_S
    assert repeated.due() == ([], None)


def test_the_declarations_of_a_minute_are_named_as_far_as_they_are_few() -> None:
    clock = Clock()
    repeated = faults(clock)
    repeated.again("failed", {"event": "rule_failed"}, "first")
    for number in range(MOST_DECLARATIONS + 5):
        assert repeated.again("failed", {"event": "rule_failed"}, f"declaration {number}")
    clock.now = BEGIN + SUMMED_S
    (line,), _ = repeated.due()
    assert line["declarations"] == [f"declaration {number}" for number in range(MOST_DECLARATIONS)]
    assert line["repeated"] == MOST_DECLARATIONS + 5


def test_only_so_many_are_remembered_and_the_oldest_is_told_of_then() -> None:
    repeated = faults(Clock())
    repeated.again(0, {"event": "oldest"})
    repeated.again(0, {"event": "oldest"})
    for number in range(1, MOST_FAULTS + 1):
        assert not repeated.again(number, {"event": "other"})
    lines, _ = repeated.due()
    assert [(one["event"], one["repeated"]) for one in lines] == [("oldest", 1), ("fault_over", 2)]


SCRIPT = """
import logging, structlog
from gateway import observe
observe.configure_logging("info", beside=True)
log = structlog.get_logger("gateway.test")
for number in range(50):
    log.warning("not_committed", declaration=f"d-{number}", code="SW-STO-001")
    log.warning("not_committed", declaration=f"d-{number}", code="SW-STO-002")
    logging.getLogger("psycopg.pool").warning("error connecting in %r, attempt %d", "pool-1", number)
    log.warning("key_not_known", address="192.0.2.1")
    log.info("authority_answers", adapter="toy")
    observe.flood_line("call_refused", code="SW-API-429", status=429)
    observe.line("call_answered", method="GET", status=200, client=None)
"""


def test_lines_about_one_fault_are_one_and_all_others_are_written() -> None:
    done = ran([sys.executable, "-c", SCRIPT])
    lines = [json.loads(line) for line in done.stderr.splitlines()]
    summed = {(one["event"], one.get("code")): one for one in lines if "repeated" in one}
    lines = [one for one in lines if "repeated" not in one]
    counted = {(one["event"], one.get("code")): 0 for one in lines}
    for one in lines:
        counted[one["event"], one.get("code")] += 1
    assert counted == {
        ("not_committed", "SW-STO-001"): 1,
        ("not_committed", "SW-STO-002"): 1,
        ("error connecting in 'pool-1', attempt 0", None): 1,
        ("key_not_known", None): 50,
        ("authority_answers", None): 50,
        ("call_refused", "SW-API-429"): 1,
        ("call_answered", None): 50,
    }
    # The process ends before a minute is over.
    assert {event: one["repeated"] for event, one in summed.items()} == {
        event: 49 for event, times in counted.items() if times == 1
    }
    assert summed["not_committed", "SW-STO-001"]["declarations"] == [f"d-{number}" for number in range(1, 21)]
    assert all("client" not in one for one in lines if one["event"] == "call_answered")


def test_what_no_reader_takes_is_counted_and_told_of_once_somebody_reads() -> None:
    script = (
        "import fcntl, os, sys\n"
        "from gateway import observe\n"
        "from gateway.observe.figures import log_lines_lost, registry\n"
        "from gateway.observe import line_writer\n"
        # On a machine that is busy, too, all is written before it ends.
        "line_writer.FLUSHED_S = 100.0\n"
        "fcntl.fcntl(2, fcntl.F_SETPIPE_SZ, 4096)\n"
        "observe.configure_logging('info', beside=True)\n"
        "for number in range(2 * line_writer.MOST_LINES):\n"
        "    observe.line('call_answered', number=number)\n"
        "print(int(registry.get_sample_value('gateway_log_lines_lost_total')), flush=True)\n"
        "sys.stdin.readline()\n"
    )
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with started([sys.executable, "-c", script], **pipes) as process:
        assert process.stdout is not None
        # Nobody has read a line of it.
        lost = int(process.stdout.readline())
        _, said = process.communicate("\n", timeout=PATIENCE_S)
    lines = [json.loads(line) for line in said.splitlines()]
    written = [one["number"] for one in lines if one["event"] == "call_answered"]
    told = [one["number"] for one in lines if one["event"] == "log_lines_lost"]
    assert lost > 0
    assert sum(told) == lost
    assert written == sorted(written)
    assert len(written) + lost == 20_000
