"""Whose turn it is to move."""

from enum import StrEnum


class Turn(StrEnum):
    """Whose turn it is to move."""

    OFFICER = "officer"
    DECLARANT = "declarant"
    AUTHORITY = "authority"
    NOBODY = "nobody"
    """It is asked again by itself, or nothing is to be done."""
