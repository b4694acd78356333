"""Statements are texts that the driver remembers how to send."""

import re

import pytest
from psycopg import _queries as driver

from gateway.store import statements
from gateway.store.statements import STATEMENTS

FOR_PEOPLE = {"work_list"}
"""Asked when a person opens a list; everything else is sent for each declaration, or by jobs."""
ALONE = {"decide"}
"""For one declaration with something rare; `decide_gathered` is sent for each."""


def test_the_driver_remembers_how_it_sends_every_statement_of_a_declaration() -> None:
    too_long = {
        name: (len(text), placeholders)
        for name, text in STATEMENTS.items()
        if len(text) > driver.MAX_CACHED_STATEMENT_LENGTH
        or (placeholders := len(set(re.findall(rb"%\((\w+)\)", text)))) > driver.MAX_CACHED_STATEMENT_PARAMS
    }
    assert set(too_long) == FOR_PEOPLE | ALONE, too_long


@pytest.mark.parametrize(
    ("written", "sent"),
    [
        ("SELECT a, f (b)\nFROM t\nWHERE a = %(x)s", "SELECT a,f(b)FROM t\nWHERE a=%(x)s"),
        ("SELECT ' ( , = ' || x", "SELECT ' ( , = ' || x"),
        ("SELECT 'it''s  (so)', b", "SELECT 'it''s  (so)',b"),
        ("SELECT a <= b, c >= d, e <> f", "SELECT a <= b,c >= d,e <> f"),
    ],
)
def test_what_is_sent_is_what_is_written_without_what_is_for_readers(written: str, sent: str) -> None:
    assert statements.tightened(written) == sent
    assert statements.sent(f"{written} -- why") == written
    long = f"{written}, {'x' * statements.REMEMBERED}"
    assert statements.sent(long) == statements.tightened(long)
