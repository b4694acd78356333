"""What can be stored of texts: all that is taken from messages and answers has to be, or it is refused where it comes in."""


def is_storable(*texts: str | None) -> bool:
    """Whether text columns could hold all of them: no NUL, no lone surrogate."""
    # Two lone surrogates stay what they are where one text meets the next.
    text = "".join([one for one in texts if one is not None])
    if "\0" in text:
        return False
    if text.isascii():
        return True
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
