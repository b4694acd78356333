"""Which secrets can be searched for in a text, to be taken out of it: one that is short, or a word, stands in texts that have nothing to do with it."""

import re

LEAST = 8
"""Characters below which a secret is not searched for: `gateway` would be found everywhere."""
LEAST_WHOLE = 6
"""Characters from which a shorter one is searched for in recordings all the same, where it stands as a whole."""
_WORDS = re.compile(r"[a-z]+(?:[-_ .][a-z]+)*", re.IGNORECASE)


def is_made_of_words(secret: str) -> bool:
    """Whether a secret is made of words."""
    return _WORDS.fullmatch(secret) is not None


def weakness(secret: str) -> str | None:
    """Return what is wrong with a secret that is to be taken out of texts, in words that do not repeat it; None: nothing is."""
    if len(secret) < LEAST:
        return f"shorter than {LEAST} characters: it is not taken out of logs, evidence and what is shown; have the authority give a longer one"
    if is_made_of_words(secret):
        return "made of words: it is taken out wherever these words stand, in logs, evidence and facts; have the authority give one with digits in it"
    return None
