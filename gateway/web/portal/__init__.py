"""The trader portal: a trader's own declarations, what is to do about them, and what can be checked before lodging."""

from gateway.web.portal import (
    amendment,
    declaration,
    declaration_live,
    declarations,
    documents,
    invalidation,
    lodge,
    notices,
    own_applications,
    own_keys,
    preflight,
    requirements,
    sent_message,
    start,
)

__all__ = ["PAGES"]

PAGES = (
    start,
    declarations,
    declaration,
    declaration_live,
    sent_message,
    amendment,
    invalidation,
    own_applications,
    preflight,
    lodge,
    requirements,
    documents,
    notices,
    own_keys,
)
"""Every page of it; each module registers its own."""
