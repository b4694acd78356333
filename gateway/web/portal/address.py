"""The addresses of the portal's pages, and the parameters that they may have."""

from urllib.parse import quote

from gateway.domain.errors import CallInvalid
from gateway.web.visit import Visit

DECLARATIONS = "/declarations"
LODGE = "/lodge"
PREFLIGHT = "/preflight"


def declaration_address(record_id: str) -> str:
    """Return the address of one declaration."""
    return f"{DECLARATIONS}/{quote(record_id, safe='')}"


def must_be_known(visit: Visit, *names: str) -> None:
    """Require that the address has no parameter but these.

    Raises:
        CallInvalid: it has another one.
    """
    if set(visit.request.query_params) - {*names, "lang"}:
        raise CallInvalid(f"This page has these parameters, each once: {', '.join(names) or 'none'}.")
