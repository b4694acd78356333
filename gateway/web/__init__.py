"""The pages for persons: the officer console and the trader portal. They call the same service functions as the API."""

from gateway.web.context import WebContext
from gateway.web.known_sessions import KnownSessions
from gateway.web.page_sentences import on_pages
from gateway.web.routes import register
from gateway.web.templates_in_language import Templates

__all__ = ["KnownSessions", "Templates", "WebContext", "on_pages", "register"]
