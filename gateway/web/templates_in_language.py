"""The templates of pages with the texts of one language: everything is escaped, and nothing that is missing goes unseen."""

from collections.abc import Mapping
from typing import Any

from jinja2 import ChoiceLoader, Environment, FileSystemLoader, PackageLoader, PrefixLoader, StrictUndefined
from markupsafe import Markup, escape

from gateway.domain.legible import legible
from gateway.domain.texts import plurals
from gateway.settings.messages import Catalogue
from gateway.web.assets import assets
from gateway.web.numbers import count
from gateway.wing_files import wing_files, wing_folders

LANGUAGES: Mapping[str, str] = {"en": "English", "de": "Deutsch", "fr": "Français"}
"""The languages by their own names; another one is shown by its tag."""
_COUNTS = frozenset({*plurals.COUNTED, "holding", "documents", "calls"})
"""The parameters that are how many of something, never the number of one."""


class Templates:
    """The templates in one language."""

    def __init__(self, environment: Environment, language: str, texts: Mapping[str, Mapping[str, str]]) -> None:
        self.language = language
        self._environment = environment
        self._texts = texts

    @classmethod
    def of(cls, catalogue: Catalogue, *, simulated: bool = False) -> Mapping[str, "Templates"]:
        """Return the templates in every language of the catalogue; where authorities are `simulated`, every page says so."""
        environment = Environment(
            loader=templates(),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,
        )
        environment.globals["languages"] = {tag: LANGUAGES.get(tag, tag) for tag in sorted(catalogue.pages)}
        environment.globals["asset"] = _address
        environment.globals["wing_menu"] = [entry for wing in wing_files() for entry in wing.menu]
        environment.globals["simulated"] = simulated
        environment.filters["legible"] = legible
        return {language: cls(environment, language, texts) for language, texts in catalogue.pages.items()}

    def text(self, key: str, /, **params: object) -> Markup:
        """Return a text by `section.name`, with its parameters escaped, in the form for what they count.

        Raises:
            KeyError: there is none, or it has a parameter that is not given.
        """
        section, _, name = key.partition(".")
        texts = self._texts[section]
        template = plurals.form(texts, name, params, self.language)
        return Markup(str(escape(template)).format_map({one: self._said(one, value) for one, value in params.items()}))

    def _said(self, param: str, value: object) -> Markup:
        return escape(count(value, self.language) if param in _COUNTS and isinstance(value, int) else value)

    def render(self, template: str, /, **values: Any) -> str:
        """Return a page."""
        return self._environment.get_template(template).render(t=self.text, language=self.language, **values)


def templates() -> ChoiceLoader:
    """Return what finds the templates: the kernel's own, and those of a wing behind its name."""
    of_wings = {folder.parent.name: FileSystemLoader(folder) for folder in wing_folders("templates")}
    return ChoiceLoader([PackageLoader("gateway.web"), PrefixLoader(of_wings)])


def _address(name: str) -> str:
    return assets()[name].address(name)
