"""Somebody with a browser, as far as pages without script need one: cookies, forms, redirects, and where a request comes from."""

from dataclasses import dataclass, field
from http.cookies import SimpleCookie
from typing import Any
from urllib.parse import urljoin, urlsplit

import httpx
from lxml import html

from tests.builders.processes import PATIENCE_S

CONSOLE, PORTAL = "__Host-sw-console", "__Host-sw-portal"


@dataclass(slots=True)
class Visitor:
    """A browser at one gateway, with cookies for its host; other hosts get none of them."""

    url: str
    cookies: dict[str, str] = field(default_factory=dict)
    set_cookies: list[str] = field(default_factory=list)
    language: str = "en"
    page: Any = None
    """The page that stands there."""

    def get(self, path: str, *, follow: bool = True, headers: dict[str, str] | None = None) -> httpx.Response:
        """Goes to an address, and on from there."""
        return self._sent("GET", urljoin(self.url, path), follow=follow, headers=headers or {})

    def post(
        self, path: str, *, follow: bool = True, headers: dict[str, str] | None = None, **fields: str | list[str]
    ) -> httpx.Response:
        """Sends the form of the page that stands there, with some fields otherwise; a list sends one several times."""
        sent: dict[str, str | list[str]] = {**self.hidden(), **fields}
        own = {"origin": self.url, "sec-fetch-site": "same-origin"} if headers is None else headers
        return self._sent("POST", urljoin(self.url, path), follow=follow, headers=own, data=sent)

    def send_file(self, path: str, name: str, content: bytes, /, **fields: str | list[str]) -> httpx.Response:
        """Sends the form of the page that stands there with a file, as dropping or choosing one does."""
        own = {"origin": self.url, "sec-fetch-site": "same-origin"}
        files = {"file": (name, content, "application/octet-stream")}
        sent: dict[str, str | list[str]] = {**self.hidden(), **fields}
        return self._sent("POST", urljoin(self.url, path), follow=True, headers=own, data=sent, files=files)

    def send_parts(self, path: str, **fields: str) -> httpx.Response:
        """Sends fields of the page's form that may bring a file, and none is chosen; hidden ones stand in it by themselves."""
        own = {"origin": self.url, "sec-fetch-site": "same-origin"}
        parts = {name: (None, value) for name, value in {**self.hidden(), **fields}.items()}
        return self._sent("POST", urljoin(self.url, path), follow=True, headers=own, files=parts)

    def hidden(self) -> dict[str, str]:
        """The hidden fields of the page's form."""
        if self.page is None:
            return {}
        return {one.get("name"): one.get("value") for one in self.page.iterfind(".//input[@type='hidden']")}

    def text(self) -> str:
        """What can be read on the page, in one line."""
        assert self.page is not None
        return " ".join(self.page.text_content().split())

    def heading(self) -> str:
        """The page's heading."""
        assert self.page is not None
        (one,) = self.page.iterfind(".//h1")
        return str(one.text_content())

    def _sent(
        self,
        method: str,
        url: str,
        *,
        follow: bool,
        headers: dict[str, str],
        data: dict[str, str | list[str]] | None = None,
        files: dict[str, tuple[str, bytes, str]] | dict[str, tuple[None, str]] | None = None,
    ) -> httpx.Response:
        own = urlsplit(url).netloc == urlsplit(self.url).netloc
        kept = {"cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())} if own else {}
        given = {"accept-language": self.language, **kept, **headers}
        answer = httpx.request(
            method, url, headers=given, data=data, files=files, timeout=PATIENCE_S, trust_env=False, verify=False
        )
        if own:
            self._keep(answer)
        if follow and answer.is_redirect:
            return self._sent("GET", urljoin(url, answer.headers["location"]), follow=True, headers={})
        if answer.headers.get("content-type", "").startswith("text/html"):
            self.page = html.fromstring(answer.text)
        return answer

    def _keep(self, answer: httpx.Response) -> None:
        for line in answer.headers.get_list("set-cookie"):
            self.set_cookies.append(line)
            for name, morsel in SimpleCookie(line).items():
                if morsel["max-age"] == "0":
                    self.cookies.pop(name, None)
                else:
                    self.cookies[name] = morsel.value


def demo_person(url: str, person: str = "first-officer") -> Visitor:
    """One of the demo people, signed in by a browser of their own at a gateway that asks nobody who they are."""
    visitor = Visitor(url)
    visitor.get("/sign-in")
    visitor.post("/sign-in/demo", person=person)
    return visitor
