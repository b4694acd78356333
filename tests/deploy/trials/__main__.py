"""`make try-deliveries`: carries the trials out, all or those that are named, and writes what was seen; 1 if one of them failed."""

import sys
from datetime import UTC, datetime

from tests.deploy.trials.evidence import Evidence, Outcome, by_name, digest_of, read, tried_table, write
from tests.deploy.trials.programs import TrialFailed
from tests.deploy.trials.trials import TRIALS, Trial
from tests.house import generated


def main(names: list[str]) -> int:
    """Carries out the trials of these names."""
    if unknown := set(names) - {trial.name for trial in TRIALS}:
        print(f"no trial: {', '.join(sorted(unknown))}; there are: {', '.join(trial.name for trial in TRIALS)}")
        return 64
    failed = False
    for trial in TRIALS:
        if names and trial.name not in names:
            continue
        print(f"{trial.name} ...", flush=True)
        seen = carried_out(trial)
        failed |= seen.outcome is Outcome.NOT_TRIED is not trial.outcome
        # Read again: another trial may have been carried out meanwhile.
        known = {**by_name(read()), trial.of: seen}
        write(known[one.of] for one in TRIALS if one.of in known)
        print(f"{trial.name}: {seen.outcome}: {seen.how or seen.not_tried}", flush=True)
    generated.write("docs/tried.md", "tried", tried_table())
    return int(failed)


def carried_out(trial: Trial) -> Evidence:
    """The evidence of a trial; of one that failed, that it was not tried, and why."""
    how, outcome, not_tried = "", trial.outcome, trial.not_tried
    try:
        how = trial.carry_out()
    except (TrialFailed, AssertionError, FileNotFoundError) as error:
        print(error, file=sys.stderr, flush=True)
        outcome = Outcome.NOT_TRIED
        lines = [line for line in str(error).splitlines() if line.strip() and not line.startswith("make: ")]
        last = lines[-1] if lines else type(error).__name__
        not_tried = f"all of it: the trial failed: {last[:200].replace('|', '/')}"
    day = datetime.now(UTC).date().isoformat()
    return Evidence(
        name=trial.of, files=trial.files, outcome=outcome, how=how, not_tried=not_tried, command=trial.command, day=day,
        digest=digest_of(trial.files) if trial.files else "",
    )  # fmt: skip


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
