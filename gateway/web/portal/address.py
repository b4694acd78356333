"""The addresses of the portal's pages, and the parameters that they may have."""

from urllib.parse import quote

from gateway.domain.errors import CallInvalid
from gateway.web.visit import Visit

DECLARATIONS = "/declarations"
LODGE = "/lodge"
PREFLIGHT = "/preflight"
_LONGEST_NUMBER = 4


def declaration_address(record_id: str) -> str:
    """Return the address of one declaration."""
    return f"{DECLARATIONS}/{quote(record_id, safe='')}"


def asked_number(visit: Visit, name: str) -> int | None:
    """Return a number that the address asks for; None: it asks for none.

    Raises:
        CallInvalid: it is none.
    """
    text = visit.asked(name)
    if not text:
        return None
    if not (text.isascii() and text.isdecimal() and len(text) <= _LONGEST_NUMBER):
        raise CallInvalid(f"{name}: a number is needed.")
    return int(text)


def must_be_known(visit: Visit, *names: str) -> None:
    """Require that the address has no parameter but these.

    Raises:
        CallInvalid: it has another one.
    """
    if set(visit.request.query_params) - {*names, "lang"}:
        raise CallInvalid(f"This page has these parameters, each once: {', '.join(names) or 'none'}.")
