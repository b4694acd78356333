"""The place in a file that an error is about, as a note of the error: code that only carries out what a file says has no line of its own to tell."""

import re

_PLACE = re.compile(r"[a-z_]{1,40}\.toml:[1-9][0-9]{0,6}", re.ASCII)


def note_place(error: BaseException, file: str, line: int) -> None:
    """Note the line of a file on an error; the innermost place stays."""
    if not noted_place(error):
        error.add_note(f"{file}:{line}")


def noted_place(error: BaseException) -> str:
    """Return the place that is noted on an error, `FILE:LINE`; empty: none is."""
    return next((note for note in getattr(error, "__notes__", ()) if is_place(note)), "")


def is_place(text: str) -> bool:
    """Whether a text is the place in a file, and nothing else."""
    return _PLACE.fullmatch(text) is not None
