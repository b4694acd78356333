"""`docs/tried.md`: everything that is delivered stands there once, and no other page claims more."""

import re

from tests.builders.places import ROOT
from tests.deploy.trials.evidence import Outcome, delivered_files, digest_of, read, tried_table
from tests.deploy.trials.trials import TRIALS

DOCS = ROOT / "docs"


def test_everything_delivered_has_one_row() -> None:
    assert sorted(name for row in read() for name in row.files) == delivered_files()
    assert [row.name for row in read()] == [trial.of for trial in TRIALS]


def test_a_row_is_what_its_trial_is_able_to_show() -> None:
    trials = {trial.of: trial for trial in TRIALS}
    for row in read():
        trial = trials[row.name]
        assert (row.files, row.command) == (trial.files, trial.command)
        # A trial that failed leaves "not tried"; none leaves more than it can.
        assert row.outcome in {trial.outcome, Outcome.NOT_TRIED}, row.name
        assert row.how or row.outcome is Outcome.NOT_TRIED
        assert row.not_tried or row.outcome is Outcome.RUN
        assert re.fullmatch(r"20\d\d-\d\d-\d\d", row.day)
    for trial in TRIALS:
        assert all((ROOT / path).exists() for path in trial.tests.split()), trial.tests


def test_a_file_that_was_altered_since_is_told_so() -> None:
    told = tried_table()
    altered = [row for row in read() if row.files and row.digest != digest_of(row.files)]
    assert told.count("before its last change") == len(altered)


def test_other_pages_leave_it_to_that_one() -> None:
    """What names something that is delivered names the page that says how far it was tried."""
    for page in DOCS.glob("operators*.md"):
        text = page.read_text(encoding="utf-8")
        if re.search(r"\bdeploy/(container|compose|kubernetes)\b", text):
            assert "tried.md" in text, page.name
