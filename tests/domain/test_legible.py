"""Texts that are what they look like."""

import pytest

from gateway.domain.legible import illegible


@pytest.mark.parametrize(
    "text", ["", "CHEDP.FR.2026.0000001", "Ελλάδα/12-β", "НП 12", "Őrség 1/2", "2026/00 7", "漢字", "é"]
)
def test_what_is_seen_is_legible(text: str) -> None:
    assert illegible(text) is None


@pytest.mark.parametrize(
    ("character", "named"),
    [
        ("\u200b", "U+200B"),  # zero width space
        ("\u200d", "U+200D"),
        ("\u2060", "U+2060"),
        ("\ufeff", "U+FEFF"),
        ("\u202e", "U+202E"),  # right to left from here
        ("\u2066", "U+2066"),
        ("\u061c", "U+061C"),
        ("\u00ad", "U+00AD"),
        ("\u034f", "U+034F"),
        ("\u3164", "U+3164"),
        ("\ufe0f", "U+FE0F"),
        ("\U000e0041", "U+E0041"),
        ("\ufffd", "U+FFFD"),  # could not be read
        ("\ud800", "U+D800"),
        ("\U000e0100", "U+E0100"),
        ("\u2028", "U+2028"),
        ("\x00", "U+0000"),
        ("\t", "U+0009"),
        ("\x85", "U+0085"),
    ],
)
def test_what_nobody_sees_is_named(character: str, named: str) -> None:
    assert illegible(f"CHEDP.FR{character}.2026") == named
