"""Rows of the message catalogue."""

from dataclasses import field

from gateway.domain.row_kind import row_kind


@row_kind(
    "message",
    "messages/decisions.en.toml messages/measures.en.toml messages/records.en.toml messages/movements.en.toml messages/measures.*.en.toml",
    key="code",
    decides_nothing=True,
)
class Message:
    """The message of a finding to a trader; parameters stand in braces."""

    code: str
    title: str
    message: str
    remedy: str
    place: str = field(default="", compare=False)


@row_kind(
    "word",
    "messages/measures.en.toml messages/words.en.toml messages/units.en.toml messages/measures.*.en.toml messages/words.*.en.toml",
    key="param word",
    decides_nothing=True,
)
class Word:
    """The text for a parameter that is a word."""

    param: str
    word: str
    text: str
    """A text, or a phrase with parameters of its own in braces."""
    place: str = field(default="", compare=False)


@row_kind(
    "code",
    "messages/codes.en.toml messages/statements.en.toml messages/codes.*.en.toml messages/statements.*.en.toml",
    key="type",
    decides_nothing=True,
)
class CodeName:
    """The name of a document code."""

    type: str
    name: str
    """Of a document what it is (`catch certificate`); of a statement what it states (`the goods are not organic`)."""
    place: str = field(default="", compare=False)
