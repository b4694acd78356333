"""Rows of the message catalogue."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """The message of a finding to a trader; parameters stand in braces."""

    code: str
    title: str
    message: str
    remedy: str
    place: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """The text for a parameter that is a word."""

    param: str
    word: str
    text: str
    """A text, or a phrase with parameters of its own in braces."""
    place: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeName:
    """The name of a document code."""

    type: str
    name: str
    """Of a document what it is (`catch certificate`); of a statement what it states (`the goods are not organic`)."""
    place: str = field(default="", compare=False)
