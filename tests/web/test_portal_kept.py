"""What was typed or chosen at the portal and could not be taken: kept in the page, or over sign-in, and no file in the database."""

import base64
from collections.abc import Callable

import psycopg

from tests.builders.fish_case import Cases
from tests.builders.running import lodgeable, until
from tests.builders.visitor import PORTAL, Visitor

SignedIn = Callable[..., Visitor]
EORI = {"eoris": ["FR12345678901234"]}
KEPT = 256 * 1024


def at(signed_in: SignedIn, path: str, name: str) -> Visitor:
    """A trader at a page."""
    visitor = signed_in("trader", sub=name, **EORI)
    visitor.get(f"/sign-in/customs?target={path.replace('/', '%2F')}")
    return visitor


def sign_out(visitor: Visitor) -> None:
    """Ends the session of a browser in another one."""
    elsewhere = Visitor(visitor.url, cookies=dict(visitor.cookies))
    elsewhere.get("/sign-out?room=portal")
    elsewhere.post("/sign-out")


def refused(visitor: Visitor, path: str, name: str, content: bytes) -> str:
    """Sends a file until there are too many calls; returns what is read then."""

    def sent() -> str | None:
        visitor.get(path)
        return visitor.text() if visitor.send_file(path, name, content).status_code == 429 else None

    return until(sent, "too many calls")


def test_a_file_that_comes_at_the_wrong_moment_is_kept_in_the_page(signed_in: SignedIn) -> None:
    visitor = at(signed_in, "/preflight", "one who is early")
    content = b"<a>\xc3\xa9</a>"
    assert "The file fish.xml is kept in it." in refused(visitor, "/preflight", "C:\\in\\fish.xml", content)
    assert base64.b64decode(visitor.hidden()["content"]) == content
    (form,) = visitor.page.xpath("//main//form[@method='post']")
    assert form.get("enctype") == "multipart/form-data"

    def refused_again() -> bool:
        """A call may be free again at any moment: then what was kept is read, and the file is refused anew."""
        if visitor.send_parts("/preflight").status_code == 429:
            return True
        refused(visitor, "/preflight", "fish.xml", content)
        return False

    until(refused_again, "a second refusal of what was kept")
    assert base64.b64decode(visitor.hidden()["content"]) == content, "and so it is the next time"
    large = b"<a>" + b"x" * KEPT + b"</a>"
    refused(visitor, "/preflight", '"><script>\u202e.xml', large)
    assert "is too large to be kept: choose it once more" in visitor.text()
    assert "content" not in visitor.hidden()
    assert visitor.page.find(".//main//input[@type='file']") is not None
    assert visitor.page.find(".//main//script") is None
    assert "\u202e" not in visitor.text()


def test_the_name_of_a_file_is_kept_over_sign_in_and_the_file_is_not(signed_in: SignedIn, web_database: str) -> None:
    for path in ("/lodge", "/preflight"):
        visitor = at(signed_in, path, f"one who waits at {path}")
        sign_out(visitor)
        answer = visitor.send_file(path, "fish.xml", lodgeable("05", "KEPT-OVER"))
        assert answer.status_code == 200
        assert "Sign in" in visitor.heading()
        assert f"{PORTAL}-ended" in visitor.cookies
        with psycopg.connect(web_database) as connection:
            drafts = connection.execute("SELECT draft FROM session WHERE draft IS NOT NULL").fetchall()
        assert [one for (one,) in drafts if "fish.xml" in one]
        assert not [one for (one,) in drafts if "KEPT-OVER" in one or "content" in one]
        visitor.get(f"/sign-in/customs?target={path.replace('/', '%2F')}")
        assert "You were signed out when you sent this, and nothing was done." in visitor.text()
        assert "Choose the file fish.xml once more." in visitor.text()
        visitor.send_file(path, "other.xml", b"<a/>")
        if path == "/preflight":
            visitor.get(path)
            assert "fish.xml" not in visitor.text(), "it is erased by sending"


def test_a_large_file_and_one_of_nobodys_are_led_to_sign_in(signed_in: SignedIn) -> None:
    visitor = at(signed_in, "/lodge", "one with much")
    sign_out(visitor)
    kept = dict(visitor.cookies)
    assert visitor.send_file("/lodge", "large.xml", b"<a>" + b"x" * 3_000_000 + b"</a>").status_code == 200
    assert "Sign in" in visitor.heading()
    stranger = Visitor(visitor.url, cookies={PORTAL: kept[PORTAL]})
    stranger.page = None
    assert stranger.send_file("/lodge", "a.xml", b"<a/>").status_code == 200
    assert "Sign in" in stranger.heading()
    assert Visitor(visitor.url).send_file("/lodge", "a.xml", b"<a/>").status_code == 200


def test_words_typed_in_a_window_are_there_after_a_sign_out_in_another_one_of_the_browser(
    trader: Visitor, cases: Cases
) -> None:
    path = f"/declarations/{cases.fish}/invalidate"
    trader.get(path)
    other = Visitor(trader.url, cookies=dict(trader.cookies))
    other.get("/sign-out?room=portal")
    other.post("/sign-out")
    trader.cookies = dict(other.cookies)
    assert PORTAL not in trader.cookies
    trader.post(path, reason="typed before")
    assert "Sign in" in trader.heading()
    trader.post("/sign-in/demo", person="trader", target=path)
    assert "You were signed out when you sent this." in trader.text()
    assert "typed before" in trader.text()
    assert f"{PORTAL}-ended" not in trader.cookies, "it is worth nothing any more"


def test_words_typed_into_an_invalidation_and_fields_stand_there_after_sign_in(trader: Visitor, cases: Cases) -> None:
    here = f"/declarations/{cases.fish}"
    for path, fields in (("/invalidate", {"reason": "kept <b>"}), ("/amend", {"g2-net_mass": "1234"})):
        trader.get(f"{here}{path}")
        sign_out(trader)
        if path == "/amend":
            trader.send_parts(f"{here}{path}", **fields)
        else:
            trader.post(f"{here}{path}", reason=fields["reason"])
        assert "Sign in" in trader.heading()
        trader.post("/sign-in/demo", person="trader", target=f"{here}{path}")
        assert "You were signed out when you sent this." in trader.text()
        stands = [one.get("value") or one.text for one in trader.page.xpath("//main//textarea | //main//input")]
        for value in fields.values():
            assert value in [(one or "").strip() for one in stands]
