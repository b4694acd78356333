"""The check by a simulated service of the username token in a message: who is asking, and whether the message is new."""

import re
from base64 import b64decode
from collections import deque
from datetime import UTC, datetime, timedelta
from hmac import compare_digest

from lxml import etree

from gateway.contract.ws_security import PASSWORD_DIGEST, WSSE, WSU, password_digest

SKEW = timedelta(seconds=30)
SHORTEST = timedelta(seconds=60)
LONGEST = timedelta(seconds=120)
_CREATED = f"{{{WSU}}}Created"
_FRACTION = re.compile(r"(\.[0-9]{6})[0-9]+")


class Unauthenticated(Exception):
    """The service does not accept the request's security header."""


class Security:
    """The accounts that the service knows, and the nonces that were used: each is good once."""

    def __init__(self, accounts: dict[str, str]) -> None:
        self._accounts = accounts
        self._used: set[bytes] = set()
        self._forget: deque[tuple[datetime, bytes]] = deque()

    def check(self, header: etree._Element) -> None:
        """Accept the `wsse:Security` of a header.

        Raises:
            Unauthenticated: for whatever reason; a caller learns no more.
        """
        at = datetime.now(UTC)
        try:
            security = _parts(header)[f"{{{WSSE}}}Security"]
            parts = _parts(security)
            token, timestamp = _parts(parts[f"{{{WSSE}}}UsernameToken"]), _parts(parts[f"{{{WSU}}}Timestamp"])
            password = token[f"{{{WSSE}}}Password"]
            if password.get("Type") != PASSWORD_DIGEST:
                raise Unauthenticated
            nonce = b64decode(token[f"{{{WSSE}}}Nonce"].text or "", validate=True)
            written = token[_CREATED].text or ""
            created, begins, ends = (
                _moment(one.text or "")
                for one in (token[_CREATED], timestamp[_CREATED], timestamp[f"{{{WSU}}}Expires"])
            )
            key = self._accounts[token[f"{{{WSSE}}}Username"].text or ""]
            digest = password.text or ""
        except (KeyError, ValueError) as error:
            raise Unauthenticated from error
        if not compare_digest(digest.encode(), password_digest(nonce, written, key).encode()):
            raise Unauthenticated
        if not (SHORTEST <= ends - begins <= LONGEST and abs(created - begins) <= SKEW):
            raise Unauthenticated
        if at > ends + SKEW or at < begins - SKEW:
            raise Unauthenticated
        self._use(nonce, at)

    def _use(self, nonce: bytes, at: datetime) -> None:
        while self._forget and self._forget[0][0] < at:
            self._used.discard(self._forget.popleft()[1])
        if len(nonce) < 8 or nonce in self._used:
            raise Unauthenticated
        self._used.add(nonce)
        self._forget.append((at + LONGEST + SKEW + SKEW, nonce))


def _parts(parent: etree._Element) -> dict[str, etree._Element]:
    return {str(child.tag): child for child in parent}


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(_FRACTION.sub(r"\1", text))
    if moment.tzinfo is None:
        raise ValueError("a moment needs its offset")
    return moment
