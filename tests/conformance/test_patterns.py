"""Patterns in code: found where they stand, and tried with texts of their own parts; tracebacks of simulators."""

import ast
from pathlib import Path

import pytest

from gateway.conformance.patterns import explosion_in, patterns_in
from gateway.conformance.secrecy import PHONE
from gateway.conformance.tracebacks import Traceback, tracebacks_in

CODE = """
import re
import re as expressions
from re import compile as made, escape

DIGITS = "[0-9]+"
NUMBER: str = DIGITS + r"(\\.[0-9]+)?"
BOTH = re.compile(f"{NUMBER} {DIGITS}")
made(rb"bytes")
expressions.search(pattern="searched", string=x)
re.sub("replaced", "", x)
re.escape("no pattern")
escape("no pattern")
record.text("key", "read")
record.texts("key", pattern=DIGITS)
record.text("key")
re.match(x, y)
"""


def test_patterns_are_found_where_they_are_handed_over() -> None:
    assert [(one.text, one.line, one.searches) for one in patterns_in(ast.parse(CODE))] == [
        ("[0-9]+(\\.[0-9]+)? [0-9]+", 8, False),
        ("bytes", 9, False),
        ("searched", 10, True),
        ("replaced", 11, True),
        ("read", 14, False),
        ("[0-9]+", 15, False),
    ]


@pytest.mark.parametrize(
    "pattern",
    [
        r"([a-z]+)*[0-9]", r"(\w+\s?)*$", r"^(?:(?:\d|\w)+-?)*$", r"BEGIN(\s*\w+\s*)*END", r"(.*,)*x", r"(?:a|b|ab)*c",
        r"([A-Z0-9]+[ .]?)+/[0-9]{4}", r"[A-Z]*[A-Z0-9]*[0-9]*[0]*!", r"([^,]+,?)*;",
    ],
)  # fmt: skip
def test_what_explodes_is_found(pattern: str) -> None:
    found = explosion_in(pattern, searches=False)
    assert found is not None
    assert " ms for " in found


@pytest.mark.parametrize(
    "pattern",
    [
        r"[0-9]{1,16}(\.[0-9]{1,6})?", r"(.*)=(.*)", r"(?:[A-Z]{2}\.)?[0-9]+", r'"number": "([^"]*)"', r"[a-z]+(?:-[a-z]+)*", r"(a*+)*+b",
        r"(\w+)\s+\1", r"(?>a+)b", "(", r"(?<=x)[^<>]+(?!y)", "", PHONE.pattern,
    ],
)  # fmt: skip
def test_what_does_not_is_not(pattern: str) -> None:
    assert explosion_in(pattern, searches=False) is None


def test_a_traceback_is_placed_in_the_files_of_the_package() -> None:
    text = (
        "INFO: started\n  + Exception Group Traceback (most recent call last):\n"
        '  |   File "/lib/starlette.py", line 9, in app\n  |     await it\n'
        "Traceback (most recent call last):\n"
        '  File "/lib/starlette.py", line 9, in app\n    await it\n'
        '  File "/opt/toy/simulator.py", line 31, in permit\n    held["colour"]\n    ~~~~^^^^^^^^^^\n'
        '  File "/lib/json.py", line 3, in get\n    raise\n'
        "KeyError: 'colour'\nINFO: more\n"
        "Traceback (most recent call last):\n"
        '  File "/lib/other.py", line 1, in it\n    x\nValueError\n'
    )
    assert list(tracebacks_in(text, Path("/opt/toy"))) == [
        Traceback(place="simulator.py:31", error="KeyError: 'colour'"),
        Traceback(place="", error="ValueError"),
    ]
