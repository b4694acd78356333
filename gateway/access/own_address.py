"""The gateway's own address in a browser, and whether a call comes from one of its own pages."""

from collections.abc import Iterable
from functools import lru_cache
from urllib.parse import urlsplit

from gateway.domain.errors import CallRefused
from gateway.settings.addresses import is_loopback

_LONGEST = 2_000
_UNKNOWN = "This gateway is used on this machine only, under its own name. security.public_url says under which other name it is."
_ONWARD = ("/sign-in", "/sign-out", "/signed-out", "/static/", "/v1/")
"""The paths where nobody goes after a sign-in."""


class AddressUnknown(CallRefused):
    """The gateway is not known under this name."""


class ElsewhereSent(CallRefused):
    """What was sent did not come from a page of the gateway's own."""

    code = "SW-API-403"
    status = 403


def own_origin(public_url: str | None, hosts: Iterable[str]) -> str:
    """Return the origin under which the browser shows these pages.

    Args:
        public_url: the configured one; None: the gateway is used on this machine, under a name of it.
        hosts: what the call says in `Host`.

    Raises:
        AddressUnknown: there is no configured one, and the name is none of this machine's, as when a foreign name leads here.
    """
    if public_url is not None:
        return public_url
    named = list(hosts)
    if len(named) != 1:
        raise AddressUnknown(_UNKNOWN)
    return _origin_here(named[0])


@lru_cache(maxsize=64)
def _origin_here(named: str) -> str:
    """Return the origin of a name of this machine; one that is none raises, and is not remembered."""
    try:
        host = urlsplit(f"//{named}")
        own = host.hostname is not None and is_loopback(host.hostname) and "@" not in named
        port = host.port
    except ValueError:
        raise AddressUnknown(_UNKNOWN) from None
    if not own:
        raise AddressUnknown(_UNKNOWN)
    name = f"[{host.hostname}]" if ":" in (host.hostname or "") else host.hostname
    return f"http://{name}" if port is None else f"http://{name}:{port}"


def require_own_page(origin: str, origins: Iterable[str], sites: Iterable[str]) -> None:
    """Require that a form comes from a page of the gateway's own.

    Args:
        origin: the gateway's own.
        origins: what the call says in `Origin`.
        sites: what it says in `Sec-Fetch-Site`.

    Raises:
        ElsewhereSent: it says otherwise, or nothing at all.
    """
    named, fetched = list(origins), list(sites)
    if (named or fetched) and all(one == origin for one in named) and all(one == "same-origin" for one in fetched):
        return
    raise ElsewhereSent("What was sent did not come from a page of this gateway. Nothing was done.")


def refuse_other_pages(origin: str, origins: Iterable[str], sites: Iterable[str]) -> None:
    """Require that no page of another site makes a call: what is no browser says nothing of pages, and may.

    Args:
        origin: the gateway's own.
        origins: what the call says in `Origin`.
        sites: what it says in `Sec-Fetch-Site`; `none`: a person typed the address.

    Raises:
        ElsewhereSent: it says so.
    """
    if any(one != origin for one in origins) or any(one not in {"same-origin", "none"} for one in sites):
        raise ElsewhereSent("What was sent did not come from a page of this gateway. Nothing was done.")


def local_path(target: str) -> str | None:
    """Return a target if it is a page here; None: it leads elsewhere, or nowhere that somebody goes after a sign-in."""
    if not target.startswith("/") or len(target) > _LONGEST or not target.isascii() or not target.isprintable():
        return None
    # Browsers read `\` as `/`, and `//host` as another host.
    if target[1:2] in {"/", "\\"} or "\\" in target or " " in target or target.startswith(_ONWARD):
        return None
    parts = urlsplit(target)
    return None if parts.scheme or parts.netloc else target
