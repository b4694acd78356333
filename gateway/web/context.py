"""The context that all pages share: services, sessions, texts and templates."""

from collections.abc import Mapping
from dataclasses import dataclass

from gateway.access import Authenticator, Budget, SessionReader, SignIn
from gateway.dispatch import Dispatcher
from gateway.lifecycle import Lifecycle
from gateway.settings import Settings
from gateway.web.templates_in_language import Templates


@dataclass(frozen=True, slots=True, kw_only=True)
class WebContext:
    """The parts that pages are made with."""

    lifecycle: Lifecycle
    dispatcher: Dispatcher
    settings: Settings
    authenticator: Authenticator
    sessions: SessionReader
    sign_in: SignIn
    sign_ins: Budget
    """The sign-ins that are begun from one address."""
    templates: Mapping[str, Templates]
    """By language."""
