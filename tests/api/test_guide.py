"""The guide where it was not built: a checkout shows the pages as they are written, and an installation without them says how to have it."""

from pathlib import Path

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from gateway.api import guide
from gateway.domain.errors import NotKnown


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    (tmp_path / "docs" / "rules").mkdir(parents=True)
    (tmp_path / "docs" / "customs.md").write_text("# For customs <of a State>\n", encoding="utf-8")
    (tmp_path / "docs" / "rules" / "070.md").write_text("# 8. Quantities\n", encoding="utf-8")
    (tmp_path / "docs" / "index.md").write_text("# All pages\n", encoding="utf-8")
    (tmp_path / "secret.md").write_text("nobody's", encoding="utf-8")
    return tmp_path


def asked(built: Path, written: Path | None) -> TestClient:
    app = FastAPI()
    guide.register(app, built, written)
    return TestClient(app)


@pytest.mark.parametrize(
    ("path", "says"),
    [
        ("customs.html", "# For customs <of a State>"),
        ("rules/070.html", "# 8. Quantities"),
        ("index.html", "# All pages"),
    ],
)
def test_a_checkout_in_which_it_was_not_built_shows_a_page_as_it_is_written(
    checkout: Path, path: str, says: str
) -> None:
    answer = asked(checkout / "none", checkout / "docs").get(f"/docs/guide/{path}")
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert (answer.headers["X-Content-Type-Options"], answer.headers["Cache-Control"]) == ("nosniff", "no-store")
    first, _, rest = answer.text.partition("\n\n")
    assert "make docs" in first
    assert rest.strip() == says


@pytest.mark.parametrize("path", ["none.html", "customs", "..%2fsecret.html", "%2e%2e/secret.html", ".html", "a%00.html", "a" * 5000 + ".html"])  # fmt: skip
def test_what_is_no_page_is_not_known(checkout: Path, path: str) -> None:
    with pytest.raises(NotKnown, match="make docs"):
        asked(checkout / "none", checkout / "docs").get(f"/docs/guide/{path}")


def test_an_installation_without_pages_says_how_to_have_them(tmp_path: Path) -> None:
    with pytest.raises(NotKnown, match="make docs"):
        asked(tmp_path / "none", None).get("/docs/guide/customs.html")


def test_the_pages_of_this_checkout_are_found_where_problems_link() -> None:
    answer = asked(Path("none"), guide.WRITTEN).get("/docs/guide/customs.html")
    assert answer.status_code == 200
    assert 'id="SW-API-670"' in answer.text
