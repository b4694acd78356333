"""The parts of a text that identify the gateway or a person: found by their form, or by the name of what holds them.

Made-up values (`pseudonyms`), addresses of reserved domains (RFC 2606) and what was taken out (`[redacted]`, `[removed]`) are nobody's.
"""

import re
from collections.abc import Iterable, Iterator
from html import escape
from urllib.parse import quote

from gateway.dispatch.evidence import Redaction
from gateway.domain.searched_secret import LEAST, LEAST_WHOLE, is_made_of_words

_GONE = r"\[re(?:dacted|moved)\]"
_MADE_UP = r"""made-up |made\.up\.|1970-01-01|[0 ()/.-]+["'<]|(?:[A-Z]{2})?[X0]{2,}[0-9]*["'<]"""
"""The texts that `pseudonyms` writes in the place of personal data."""
_TOKEN = (r"(?<![\w.-])", r"(?![\w-]|\.\w)")
"""Around a secret that is no part of a longer word or number."""
_VALUE = (r"""(?:(?<=["'>=])|(?<![^\n]))""", r"""(?=["'](?!\s*:)|[<&]|\n|\Z)""")
"""Around what is a whole value: of JSON, XML, a query or a header."""
_NAMES = r"password|passwd|client_?secret|api_?key|access_?token|refresh_?token|secret|authentication_?key|nonce|binarysecuritytoken"
_SECRETS = {
    "a private key": re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----"),
    "a token": re.compile(r"\beyJ[\w-]{8,}\.[\w-]{8,}\.|\bBearer (?!\[)[\w.~+/=-]{8,}", re.IGNORECASE),
    "a password or key": re.compile(
        rf"""["'?&\s.](?:{_NAMES})["']?\s*[=:]\s*["']?(?!{_GONE})[^\s"'<&,]{{3,}}"""
        rf"""|<(?:[\w.-]+:)?(?:{_NAMES})(?:\s[^>]*)?(?<!/)>\s*(?!{_GONE})[^<\s]""",
        re.IGNORECASE,
    ),
}
EMAIL = re.compile(r"[\w.+-]+@((?:[a-z0-9-]+\.)+[a-z]{2,})\b", re.IGNORECASE)
_RESERVED = re.compile(r"(?:.*\.)?(?:example(?:\.(?:com|org|net))?|test|invalid|localhost)", re.IGNORECASE)
PHONE = re.compile(
    r"(?<![\w+.])\+[1-9]\d{0,2}[ /.-]?\(?\d{1,5}\)?[ /.-]?(?:\d{4,}|\d{2,3}[ /.-]\d{2,})(?:[ /.-]\d{2,})*(?![\w.])"
)
_PERSON = (
    r"(?:first|last|family|given|full|person|maiden)_?name|surname|forename|(?:date|place)_?of_?birth|birth_?(?:date|day|place)"
    r"|passport(?:_?number)?|national_?id|personal_?id|social_?security\w*|e_?mail(?:_?address)?|tele?phone(?:_?number)?|phone(?:_?number)?|mobile"
)
_NAMED = re.compile(
    rf"""["'<\s](?:[\w.-]+:)?({_PERSON})["']?(?:\s[^<>]*)?\s*(?:[=:]|>)\s*["']?(?!{_GONE}|{_MADE_UP}|null\b|["'<}},\s])[^\s"'<]""",
    re.IGNORECASE,
)


def secrets_in(text: str, known: Iterable[str] = ()) -> Iterator[str]:
    """Yield what a text holds that identifies the gateway, in words that do not repeat it."""
    # Without the known ones it takes out what WS-Security has: that is told below.
    if Redaction(known).text(text) != Redaction().text(text):
        yield "a secret of the adapter's"
    yield from (what for what, form in _SECRETS.items() if form.search(text))


def short_secrets_in(values: str, known: Iterable[str]) -> Iterator[str]:
    """Yield what a body, a path or a header holds of secrets that are too short to be searched for anywhere, in words that do not repeat it."""
    if any(one.search(values) for one in _short(known)):
        yield "a secret of the adapter's"


def without_short_secrets(values: str, known: Iterable[str]) -> str:
    """Return a body without them."""
    for one in _short(known):
        values = one.sub("[redacted]", values)
    return values


def _short(known: Iterable[str]) -> Iterator[re.Pattern[str]]:
    for secret in known:
        if LEAST_WHOLE <= len(secret) < LEAST:
            form = "|".join(map(re.escape, dict.fromkeys((secret, escape(secret), quote(secret, safe="")))))
            # A word also stands in sentences: there it is nobody's.
            before, behind = _VALUE if is_made_of_words(secret) else _TOKEN
            yield re.compile(rf"{before}(?:{form}){behind}")


def personal_data_in(text: str) -> Iterator[str]:
    """Yield what a text holds of a natural person, in words that do not repeat it."""
    if any(not _RESERVED.fullmatch(found[1]) for found in EMAIL.finditer(text)):
        yield "an e-mail address"
    if PHONE.search(text):
        yield "a telephone number"
    if found := _NAMED.search(text):
        yield f"{found[1].lower()} of a person"
