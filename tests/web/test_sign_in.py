"""Sign-in of persons: by an issuer, by two, as a demo person; and every way in which nobody is signed in."""

from typing import Any
from urllib.parse import parse_qs, urlencode, urljoin, urlsplit

import httpx
import pytest
from lxml import html

from gateway.access.sessions import form_token
from gateway.web.visit import BROWSER
from tests.builders.issuer import CLIENT, OFFICER, PublishedKeys, now
from tests.builders.processes import PATIENCE_S
from tests.builders.running import Served
from tests.builders.visitor import CONSOLE, PORTAL, Visitor

EORI = "FR12345678901234"
TRADER = {"sub": "a trader", "roles": ["sw-trader"], "eoris": [EORI]}


def asked(visitor: Visitor, path: str = "/sign-in/customs") -> dict[str, str]:
    """Begins a sign-in; gives what the issuer is asked for."""
    onward = visitor.get(path, follow=False)
    assert onward.status_code == 303
    return {name: value for name, (value,) in parse_qs(urlsplit(onward.headers["location"]).query).items()}


def test_whoever_is_not_signed_in_is_asked_to_and_comes_back_to_where_they_wanted(
    visitor: Visitor, issuer: PublishedKeys
) -> None:
    visitor.get("/console?office=FR001260")
    assert visitor.heading() == "Sign in to Single Window"
    assert visitor.page is not None
    links = visitor.page.xpath("//main//a")
    assert [link.text_content() for link in links] == ["Sign in with Customs sign-in", "Sign in with Test Login"]
    answer = visitor.get(links[0].get("href"))
    assert str(answer.url).endswith("/console/today?office=FR001260")
    assert "an officer" in visitor.text()
    assert visitor.heading().startswith("Today at")


def test_what_the_browser_keeps_is_of_this_host_alone(visitor: Visitor, issuer: PublishedKeys) -> None:
    visitor.get("/sign-in/customs")
    (line,) = [one for one in visitor.set_cookies if one.startswith(CONSOLE)]
    attributes = {one.strip().lower() for one in line.split(";")[1:]}
    assert attributes == {"httponly", "secure", "path=/", "samesite=lax"}


def test_a_sign_in_asks_for_a_code_that_it_alone_can_use(visitor: Visitor, issuer: PublishedKeys) -> None:
    wanted = asked(visitor)
    assert (wanted["response_type"], wanted["client_id"], wanted["scope"]) == ("code", CLIENT, "openid")
    assert wanted["redirect_uri"] == f"{visitor.url}/sign-in/callback"
    assert wanted["code_challenge_method"] == "S256"
    again = asked(visitor)
    assert all(wanted[name] != again[name] for name in ("state", "nonce", "code_challenge"))


def test_a_person_signs_in_by_a_provider_that_others_made(visitor: Visitor, provider_url: str) -> None:
    httpx.put(
        f"{provider_url}/users/ann",
        json={"roles": ["sw-officer"], "offices": ["*"]},
        timeout=PATIENCE_S,
        trust_env=False,
    ).raise_for_status()
    onward = visitor.get("/sign-in/login?target=%2Fconsole", follow=False).headers["location"]
    form = httpx.get(onward, timeout=PATIENCE_S, trust_env=False)
    assert html.fromstring(form.text).xpath("//form")
    back = httpx.post(onward, data={"sub": "ann"}, timeout=PATIENCE_S, trust_env=False)
    visitor.get(urljoin(onward, back.headers["location"]))
    assert "ann" in visitor.text()
    assert CONSOLE in visitor.cookies
    visitor.get("/sign-out?room=console")
    ended = visitor.post("/sign-out", follow=False)
    # Its own form asks the person there, and sends them back once it is done.
    asks = httpx.get(ended.headers["location"], timeout=PATIENCE_S, trust_env=False)
    page: Any = html.fromstring(asks.text)
    (confirm,) = page.xpath("//form")
    done = httpx.post(
        urljoin(str(asks.url), confirm.get("action")),
        data=dict(confirm.form_values()),
        timeout=PATIENCE_S,
        trust_env=False,
    )
    visitor.get(done.headers["location"])
    assert "You are also signed out at Test Login." in visitor.text()


def test_a_trader_is_nobody_in_the_console(visitor: Visitor, issuer: PublishedKeys) -> None:
    issuer.person = TRADER
    answer = visitor.get("/sign-in/customs?target=%2Fconsole%2Fqueue")
    assert str(answer.url) == f"{visitor.url}/"
    assert EORI in visitor.text()
    assert (PORTAL in visitor.cookies, CONSOLE in visitor.cookies) == (True, False)
    visitor.get("/console/queue")
    assert visitor.heading() == "Sign in to Single Window"
    visitor.cookies[CONSOLE] = visitor.cookies[PORTAL]
    visitor.get("/console/queue")
    assert visitor.heading() == "Sign in to Single Window"


def test_a_session_is_no_key(visitor: Visitor, issuer: PublishedKeys) -> None:
    visitor.get("/sign-in/customs")
    assert visitor.get("/v1/adapters").status_code == 401


def test_an_access_token_is_one_and_proves_nobody_to_a_page(gateway: Served, issuer: PublishedKeys) -> None:
    token = {"authorization": f"Bearer {issuer.token(iat=now(), exp=now() + 60)}"}
    assert Visitor(gateway.url).get("/v1/adapters", headers=token).status_code == 200
    assert Visitor(gateway.url).get("/console/queue", follow=False, headers=token).status_code == 303
    late = {"authorization": f"Bearer {issuer.token(iat=now() - 600, exp=now() - 60)}"}
    refused = Visitor(gateway.url).get("/v1/adapters", headers=late)
    assert (refused.status_code, refused.json()["detail"]) == (401, "The token is not good here.")
    none = {"authorization": f"Bearer {issuer.token(roles=[], iat=now(), exp=now() + 60)}"}
    nobody = Visitor(gateway.url).get("/v1/adapters", headers=none)
    assert nobody.status_code == 403
    assert "Ask the help desk" in nobody.json()["detail"]


@pytest.mark.parametrize(
    ("person", "subject", "claim"),
    [
        ({**OFFICER, "roles": ["sw-emperor"]}, "an officer", "roles"),
        ({**OFFICER, "offices": [17]}, "an officer", "offices"),
        ({**TRADER, "eoris": []}, "a trader", "eoris"),
    ],
)
def test_whoever_has_no_role_here_is_told_whom_to_ask(
    visitor: Visitor, issuer: PublishedKeys, person: dict[str, object], subject: str, claim: str
) -> None:
    issuer.person = person
    assert visitor.get("/sign-in/customs").status_code == 403
    assert "You are signed in at Customs sign-in, but no role here is yours." in visitor.text()
    assert f"Ask the help desk and name: {subject}" in visitor.text()
    assert f"it is in the claim: {claim}" in visitor.text()
    assert CONSOLE not in visitor.cookies


def test_an_answer_of_the_issuer_counts_once(visitor: Visitor, issuer: PublishedKeys) -> None:
    wanted = asked(visitor)
    back = httpx.get(f"{issuer.url}/authorize?{urlencode(wanted)}", timeout=PATIENCE_S, trust_env=False).headers[
        "location"
    ]
    assert visitor.get(back).status_code == 200
    visitor.cookies.pop(CONSOLE)
    assert visitor.get(back).status_code == 400
    assert "That sign-in has ended. Start again." in visitor.text()
    assert CONSOLE not in visitor.cookies


def test_a_sign_in_belongs_to_the_browser_that_began_it(gateway: Served, issuer: PublishedKeys) -> None:
    """Else one could be sent an address by which they are signed in as somebody else."""
    wanted = asked(Visitor(gateway.url))
    back = httpx.get(f"{issuer.url}/authorize?{urlencode(wanted)}", timeout=PATIENCE_S, trust_env=False).headers[
        "location"
    ]
    other = Visitor(gateway.url)
    other.get("/sign-in")
    assert other.get(back).status_code == 400
    assert CONSOLE not in other.cookies


@pytest.mark.parametrize(
    "answer",
    [
        {},
        {"code": "a code"},
        {"code": "a code", "state": "another state"},
        {"code": "a code", "state": "x" * 10_000},
        {"state": "STATE"},
        {"state": "STATE", "error": "access_denied"},
        {"state": "STATE", "code": "one that the issuer does not know"},
        {"state": "STATE", "code": "a code", "iss": "https://another.example"},
    ],
)
def test_an_answer_that_is_none_signs_nobody_in(
    visitor: Visitor, issuer: PublishedKeys, answer: dict[str, str]
) -> None:
    state = asked(visitor)["state"]
    sent = {name: state if value == "STATE" else value for name, value in answer.items()}
    assert visitor.get(f"/sign-in/callback?{urlencode(sent)}").status_code == 400
    assert "That sign-in has ended. Start again." in visitor.text()
    assert CONSOLE not in visitor.cookies


@pytest.mark.parametrize(
    "said",
    [
        {"nonce": "another"},
        {"nonce": None},
        {"aud": "another client"},
        {"aud": [CLIENT, "another"]},
        {"azp": "another"},
        {"exp": 1},
        {"iat": 9_999_999_999},
        {"iss": "https://another.example"},
        {"sub": None},
        {"at_hash": "of another token"},
    ],
)
def test_an_id_token_that_is_not_ours_signs_nobody_in(
    visitor: Visitor, issuer: PublishedKeys, said: dict[str, object]
) -> None:
    issuer.person = {**OFFICER, **said}
    assert visitor.get("/sign-in/customs").status_code == 400
    assert CONSOLE not in visitor.cookies


def test_nobody_is_sent_to_an_issuer_that_is_away(visitor: Visitor, issuer: PublishedKeys) -> None:
    asked(visitor)  # so it is known where it signs persons in
    issuer.answers = lambda path: (503, {}, b"")
    answer = visitor.get("/sign-in/customs?target=%2Fconsole", follow=False)
    assert answer.status_code == 503
    assert "Customs sign-in does not answer. Nobody was signed in. Try again in a minute." in visitor.text()
    issuer.answers = None
    assert asked(visitor)["response_type"] == "code"


def test_an_issuer_that_is_away_is_said(visitor: Visitor, issuer: PublishedKeys) -> None:
    wanted = asked(visitor)
    back = httpx.get(f"{issuer.url}/authorize?{urlencode(wanted)}", timeout=PATIENCE_S, trust_env=False).headers[
        "location"
    ]
    issuer.answers = lambda path: (503, {}, b"")
    assert visitor.get(back).status_code == 503
    assert "Your sign-in could not be checked" in visitor.text()
    assert CONSOLE not in visitor.cookies


@pytest.mark.parametrize(
    "target",
    [
        "https://evil.example/",
        "//evil.example/",
        "/\\evil.example/",
        "\\\\evil.example",
        "/%5Cevil.example/\\x",
        "javascript:alert(1)",
        "/a\r\nLocation: https://evil.example",
        "///evil.example",
        "/sign-out",
        "/v1/declarations",
        "console",
        "/" + "a" * 3_000,
    ],
)
def test_nobody_is_sent_elsewhere_after_a_sign_in(visitor: Visitor, issuer: PublishedKeys, target: str) -> None:
    answer = visitor.get(f"/sign-in/customs?{urlencode({'target': target})}")
    assert str(answer.url) in {f"{visitor.url}/console/today", f"{visitor.url}/"}


def test_a_target_is_text_on_the_page(visitor: Visitor, gateway: Served) -> None:
    answer = visitor.get(f"/sign-in?{urlencode({'target': '/console?q=%22><script>alert(1)</script>'})}")
    assert "<script" not in answer.text


def test_a_name_is_text_on_the_page(visitor: Visitor, issuer: PublishedKeys) -> None:
    issuer.person = {**OFFICER, "sub": "<b>Ann</b>"}
    answer = visitor.get("/sign-in/customs")
    assert "<b>Ann" not in answer.text
    assert "&lt;b&gt;Ann" in answer.text


def test_nobody_signs_in_by_an_issuer_that_is_none(visitor: Visitor) -> None:
    assert visitor.get("/sign-in/nobody").status_code == 404
    assert visitor.get("/sign-in/demo").status_code in {404, 405}
    visitor.get("/sign-in")
    own = form_token(visitor.cookies[BROWSER])
    assert visitor.post("/sign-in/demo", person="first-officer", form_token=own).status_code == 404
    assert CONSOLE not in visitor.cookies


@pytest.mark.parametrize(
    ("language", "heading"),
    [
        ("de-AT", "Bei Single Window anmelden"),
        ("fr", "S’identifier auprès de Single Window"),
        ("pl", "Sign in to Single Window"),
    ],
)
def test_a_page_is_in_the_readers_language(visitor: Visitor, language: str, heading: str) -> None:
    visitor.language = language
    visitor.get("/sign-in?target=%2Fconsole")
    assert visitor.heading() == heading
    assert visitor.page is not None
    assert visitor.page.get("lang") == {"de-AT": "de", "fr": "fr", "pl": "en"}[language]


def test_a_language_that_is_chosen_stays(visitor: Visitor) -> None:
    visitor.get("/sign-in?target=%2Fconsole")
    assert visitor.page is not None
    (german,) = visitor.page.xpath("//a[@hreflang='de']")
    visitor.get(german.get("href"))
    assert visitor.heading() == "Bei Single Window anmelden"
    assert "target=/console" in visitor.page.xpath("//main//a/@href")[0]
    visitor.get("/signed-out")
    assert visitor.heading() == "Sie sind abgemeldet"


def test_demo_people_enter_by_one_click(demonstration: Served) -> None:
    visitor = Visitor(demonstration.url)
    visitor.get("/console/queue")
    assert "Nobody is asked who they are." in visitor.text()
    assert visitor.page is not None
    offered = {one.text_content(): one.get("value") for one in visitor.page.xpath("//button")}
    assert list(offered) == ["Enter as first demo officer", "Enter as second demo officer", "Enter as demo trader"]
    names = []
    for person in offered.values():
        visitor.get("/sign-in")
        visitor.post("/sign-in/demo", person=person)
        names.append(visitor.page.xpath("//*[@class='sw-me']/bdi")[0].text_content())
    assert names == ["first demo officer", "second demo officer", "demo trader"]
    assert {CONSOLE, PORTAL} <= visitor.cookies.keys()
    visitor.get("/sign-in")
    assert visitor.post("/sign-in/demo", person="emperor").status_code == 404


def test_a_demonstration_is_used_under_a_name_of_this_machine(demonstration: Served) -> None:
    """A name elsewhere that leads here would let its pages read and send whatever ours do."""
    visitor = Visitor(demonstration.url)
    assert visitor.get("/sign-in", headers={"host": "evil.example"}).status_code == 400
    port = urlsplit(demonstration.url).port
    assert visitor.get("/sign-in", headers={"host": f"localhost:{port}"}).status_code == 200
    visitor.get("/sign-in")
    headers = {"host": "evil.example", "origin": "http://evil.example"}
    assert visitor.post("/sign-in/demo", headers=headers, person="first-officer").status_code == 400
    assert CONSOLE not in visitor.cookies


def test_a_demo_session_is_nobody_where_persons_are_asked(demonstration: Served, gateway: Served) -> None:
    visitor = Visitor(demonstration.url)
    visitor.get("/sign-in")
    visitor.post("/sign-in/demo", person="first-officer")
    other = Visitor(gateway.url, cookies=dict(visitor.cookies))
    assert other.get("/console/queue", follow=False).status_code == 303
