"""The causes of another assessment that no step received from customs or a party brings about."""

from enum import StrEnum


class AssessmentCause(StrEnum):
    """The cause of another assessment. Values are written into the audit trail: retired, never renamed."""

    PUSH = "push"
    """An authority reported that a document had changed."""
    RETRY = "retry"
    """Its planned time had come."""
    WINDOW = "window"
    """A contingency window opened or ended."""
    AUTHORITY_BACK = "authority_back"
    """An authority that could not be reached answers again."""
    ORDERED = "ordered"
    """A person had it asked again."""
