"""The context that all pages share: services, sessions, texts and templates."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from gateway.access import Authenticator, Budget, SessionReader, SignIn
from gateway.api.admission import Admission
from gateway.api.approvals import SecondPerson
from gateway.api.case import CaseAnswers
from gateway.api.context import ApiContext
from gateway.dispatch import Dispatcher
from gateway.domain.calendar import Calendar
from gateway.lifecycle import Lifecycle
from gateway.settings import Settings
from gateway.settings.messages import Catalogue
from gateway.web.known_sessions import KnownSessions
from gateway.web.paper_press import PaperPress
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
    admission: Admission
    """The API's own: a person has one share, of pages and of calls."""
    known_sessions: KnownSessions
    templates: Mapping[str, Templates]
    """The templates by language."""
    catalogue: Catalogue
    calendar: Calendar
    api: ApiContext
    """The context by which calls of the API are answered: pages make the same checks, from the same budgets."""
    cases: CaseAnswers
    """Finds one declaration, and writes it as the API does."""
    press: PaperPress
    """Makes papers of pages."""
    figures: list[Callable[[Any, str], Awaitable[Mapping[str, Any] | None]]] = field(default_factory=list)
    """What wings count on *Today*, by the visit and the office that is asked for, empty for all: a figure; None: not its reader's."""

    @property
    def approvals(self) -> SecondPerson:
        """The finder of the orders that wait for a second person."""
        return SecondPerson(lifecycle=self.lifecycle, cases=self.cases, authenticator=self.authenticator)

    def systems(self, language: str) -> Mapping[str, str]:
        """Return what the systems that adapters ask are called, by adapter: as the tables in force name them, else as the adapter does."""
        words = self.catalogue.languages[language].words.get("system", {})
        named = {route.adapter: route.system for route in reversed(self.lifecycle.tables.routes) if route.system}
        return {one.name: words.get(name := named.get(one.name) or one.title, name) for one in self.dispatcher.health()}
