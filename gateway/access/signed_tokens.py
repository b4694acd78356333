"""Tokens that an issuer signed: access, ID and logout tokens, verified alike (RFC 7515, RFC 7519, RFC 8725)."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from joserfc import jws, jwt
from joserfc.errors import JoseError

from gateway.access.issuer import IssuerClient
from gateway.domain.errors import NotAuthenticated

MOST_CHARACTERS = 16_384
"""Characters of a token that are looked into."""
_MOST_HEADER = 4_096
_LAST_S = 1e12
"""Seconds since 1970 beyond which a time is none; nor is what is no number (NaN is not below it)."""


class TokenFault(StrEnum):
    """The reasons why a token is not taken: for the log, never for who sent it."""

    TOO_LARGE = "too large"
    UNREADABLE = "not a signed token"
    NESTED = "encrypted, or a token inside of another"
    CRITICAL = "a critical header that is not known"
    ALGORITHM = "an algorithm that is not taken of this issuer"
    KIND = "of another type"
    ISSUER = "of another issuer"
    KEY = "signed with a key that the issuer does not publish"
    SIGNATURE = "forged"
    INCOMPLETE = "without a claim that is needed"
    MALFORMED = "with a claim that is none"
    EXPIRED = "expired"
    EARLY = "not yet valid"
    AUDIENCE = "for another audience"


class TokenRefused(NotAuthenticated):
    """The token is not taken."""

    def __init__(self, fault: TokenFault) -> None:
        super().__init__("The token is not good here.")
        self.reason = fault.value


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenKind:
    """A kind of token: how its header calls it, and what it has to say."""

    types: frozenset[str | None]
    """The types that its header may name, in lower case and without `application/`; None: it need not name one."""
    needed: frozenset[str]
    """The claims without which it is none."""


ACCESS = TokenKind(
    types=frozenset({"at+jwt"}), needed=frozenset({"iss", "exp", "aud", "sub", "client_id", "iat", "jti"})
)
"""RFC 9068, sections 2.1 and 2.2."""
IDENTITY = TokenKind(types=frozenset({"jwt", None}), needed=frozenset({"iss", "sub", "aud", "exp", "iat"}))
"""OpenID Connect Core 1.0, section 2."""
LOGOUT = TokenKind(
    types=frozenset({"logout+jwt", "jwt", None}), needed=frozenset({"iss", "aud", "iat", "exp", "jti", "events"})
)
"""OpenID Connect Back-Channel Logout 1.0, section 2.4."""


def issuer_named(token: str) -> str:
    """Return the issuer that a token names, which is not verified yet.

    Raises:
        TokenRefused: it is no signed token.
    """
    named = _claims(_extracted(token).payload).get("iss")
    if not isinstance(named, str):
        raise TokenRefused(TokenFault.INCOMPLETE if named is None else TokenFault.MALFORMED)
    return named


async def verified(
    token: str, by: IssuerClient, kind: TokenKind, *, audience: str, now: Callable[[], float], skew_s: int
) -> jwt.Token:
    """Return the header and the claims of a token that the issuer signed for an audience, and that is of a kind and in its time.

    Raises:
        TokenRefused: it is not.
        IssuerAway: whether it is cannot be found out now.
    """
    signed = _extracted(token)
    header = signed.headers()
    algorithm, kid = header.get("alg"), header.get("kid")
    if algorithm not in [one.value for one in by.issuer.algorithms]:
        raise TokenRefused(TokenFault.ALGORITHM)
    if _type(header.get("typ")) not in kind.types:
        raise TokenRefused(TokenFault.KIND)
    if issuer_named(token) != by.issuer.url:
        raise TokenRefused(TokenFault.ISSUER)
    if kid is not None and not isinstance(kid, str):
        raise TokenRefused(TokenFault.MALFORMED)
    key = await by.key(kid)
    if key is None:
        raise TokenRefused(TokenFault.KEY)
    try:
        good = jwt.decode(token, key, registry=_registry([str(algorithm)]))
    except (JoseError, ValueError, TypeError) as error:
        # Also where the key is of another type than the algorithm, or meant for another one.
        raise TokenRefused(TokenFault.SIGNATURE) from error
    claims = good.claims
    _in_its_time(claims, kind, now=now(), skew_s=skew_s)
    _for_audience(claims["aud"], audience)
    if "sub" in claims and (not isinstance(claims["sub"], str) or not claims["sub"]):
        raise TokenRefused(TokenFault.MALFORMED)
    return good


def _extracted(token: str) -> jws.CompactSignature:
    """Take a token apart, nothing of it verified."""
    if len(token) > MOST_CHARACTERS:
        raise TokenRefused(TokenFault.TOO_LARGE)
    if token.count(".") == 4:
        raise TokenRefused(TokenFault.NESTED)
    try:
        signed = jws.extract_compact(token.encode("ascii"), registry=_registry([]))
        header = signed.headers()
    except (JoseError, ValueError, TypeError, RecursionError) as error:
        raise TokenRefused(TokenFault.UNREADABLE) from error
    if "crit" in header or "b64" in header:
        raise TokenRefused(TokenFault.CRITICAL)
    if "cty" in header:
        raise TokenRefused(TokenFault.NESTED)
    return signed


def _claims(payload: bytes) -> Mapping[str, Any]:
    try:
        claims = json.loads(payload)
    except (ValueError, RecursionError) as error:
        raise TokenRefused(TokenFault.UNREADABLE) from error
    if not isinstance(claims, dict):
        raise TokenRefused(TokenFault.NESTED if isinstance(claims, str) else TokenFault.UNREADABLE)
    return claims


def _registry(algorithms: list[str]) -> jws.JWSRegistry:
    # What a header has besides is not looked at (RFC 7515, section 4); what is critical was refused.
    registry = jws.JWSRegistry(algorithms=algorithms, strict_check_header=False)
    registry.max_header_length = _MOST_HEADER
    return registry


def _type(typ: object) -> str | None:
    return typ.lower().removeprefix("application/") if isinstance(typ, str) else None if typ is None else ""


def _in_its_time(claims: Mapping[str, Any], kind: TokenKind, *, now: float, skew_s: int) -> None:
    if not kind.needed <= claims.keys():
        raise TokenRefused(TokenFault.INCOMPLETE)
    times = {name: claims[name] for name in ("exp", "iat", "nbf") if name in claims}
    if not all(_is_time(time) for time in times.values()):
        raise TokenRefused(TokenFault.MALFORMED)
    if times["exp"] <= now - skew_s:
        raise TokenRefused(TokenFault.EXPIRED)
    if max(times["iat"], times.get("nbf", times["iat"])) > now + skew_s:
        raise TokenRefused(TokenFault.EARLY)


def _is_time(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < _LAST_S


def _for_audience(named: object, audience: str) -> None:
    several = [named] if isinstance(named, str) else named
    if not isinstance(several, list) or not all(isinstance(one, str) for one in several):
        raise TokenRefused(TokenFault.MALFORMED)
    if audience not in several:
        raise TokenRefused(TokenFault.AUDIENCE)
