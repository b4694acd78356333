"""The templates of pages with the texts of one language: everything is escaped, and nothing that is missing goes unseen."""

from collections.abc import Mapping
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from gateway.domain.legible import legible
from gateway.settings.messages import Catalogue
from gateway.web.assets import assets

LANGUAGES: Mapping[str, str] = {"en": "English", "de": "Deutsch", "fr": "Français"}
"""What languages call themselves; another one is shown by its tag."""


class Templates:
    """The templates in one language."""

    def __init__(self, environment: Environment, language: str, texts: Mapping[str, Mapping[str, str]]) -> None:
        self.language = language
        self._environment = environment
        self._texts = texts

    @classmethod
    def of(cls, catalogue: Catalogue) -> Mapping[str, "Templates"]:
        """Return the templates in every language of the catalogue."""
        environment = Environment(
            loader=PackageLoader("gateway.web"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,
        )
        environment.globals["languages"] = {tag: LANGUAGES.get(tag, tag) for tag in sorted(catalogue.pages)}
        environment.globals["asset"] = _address
        environment.filters["legible"] = legible
        return {language: cls(environment, language, texts) for language, texts in catalogue.pages.items()}

    def text(self, key: str, /, **params: object) -> Markup:
        """Return a text by `section.name`, with its parameters escaped.

        Raises:
            KeyError: there is none, or it has a parameter that is not given.
        """
        section, _, name = key.partition(".")
        template = self._texts[section][name]
        return Markup(str(escape(template)).format_map({param: escape(value) for param, value in params.items()}))

    def render(self, template: str, /, **values: Any) -> str:
        """Return a page."""
        return self._environment.get_template(template).render(t=self.text, language=self.language, **values)


def _address(name: str) -> str:
    return assets()[name].address(name)
