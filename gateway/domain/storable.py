"""What can be stored of texts: all that is taken from messages and answers has to be, or it is refused where it comes in."""


def is_storable(*texts: str | None) -> bool:
    """Whether text columns could hold all of them: no NUL, no lone surrogate."""
    for text in texts:
        if text is not None and not _is_storable(text):
            return False
    return True


def _is_storable(text: str) -> bool:
    if "\0" in text:
        return False
    if text.isascii():
        return True
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
