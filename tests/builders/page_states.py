"""The one list of pages and their states, by who opens them: tests open each once, `make soak-pages` in every way of reading.

In braces stand the names of what a gateway holds, made by whoever opens them.
"""

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from tests.builders.fish_case import SHORT
from tests.builders.visitor import demo_person

OFFICER, TRADER = "first-officer", "trader"
"""The demo people who open them, by what stands in the form of their sign-in."""
_CASE, _AUTHORITY = "/console/declarations", "/console/authorities"
STATES = MappingProxyType(
    {
        "queue": (
            "/console/queue?turn=all",
            "/console/queue?turn=all&office=FR009999",
            "/console/find?q={lrn}",
            "/console/find?q=nothing-here",
            "/console/queue?turn=red",
            "/console/queue?turn=refused",
            "/console/queue?turn=all&ticked=all&lang=de",
            "/console/today",
            "/console/today?span=yesterday&lang=de",
            "/console/today?span=week&lang=fr",
            "/console/declarations",
            "/console/declarations?since=2020-01-01&until=2020-01-02&lang=de",
            "/console/released",
            "/console/released?day=2026-01-01&lang=de",
            "/console/acts?lang=fr",
        ),
        "case": (
            f"{_CASE}/{{fish}}",
            "/console/declarations/{fish}/print",
            f"{_CASE}/{{fish}}/suspensions",
            f"{_CASE}/{{fish}}/suspensions/new?regime=product_safety&lang=de",
            f"{_CASE}/{{fish}}?decision=2&lang=de",
            f"{_CASE}/{{fish}}?version=1&lang=fr",
            f"{_CASE}/{{wide}}?lang=en",
            f"{_CASE}/{{large}}?lang=de",
            f"{_CASE}/{{large}}?item=41&lang=fr",
            f"{_CASE}/{{large}}?open=documents&lang=en",
            f"{_CASE}/{{large}}?open=why-7",
            f"{_CASE}/x",
            f"{_CASE}/{{fish}}/messages",
            f"{_CASE}/{{fish}}/events?lang=de",
            f"{_CASE}/{{fish}}/readings?lang=fr",
        ),
        "acts": (
            f"{_CASE}/{{held}}/verify?lang=de",
            f"{_CASE}/{{held}}/release?lang=fr",
            f"{_CASE}/{{held}}/intervene?lang=en",
            f"{_CASE}/{{held}}/control",
            f"{_CASE}/{{held}}/accept",
            f"{_CASE}/{{held}}/invalidate",
            f"{_CASE}/{{denied}}/confirm",
            f"{_CASE}/{{denied}}/override",
            "/console/several",
            "/console/several?c-{denied}=on&c-{held}=on&lang=fr",
            "/console/several?c-{held}=on&cause=assess.SW-DEC-030.catch&lang=de",
            "/console/several?c-{held}=on&cause=verify.SW-DEC-030.catch",
            "/console/approvals",
            "/console/approvals?tab=answered",
            "/console/applications",
        ),
        "places": (
            _AUTHORITY,
            f"{_AUTHORITY}/catch",
            f"{_AUTHORITY}/traces",
            f"{_AUTHORITY}/catch/window",
            f"{_AUTHORITY}/catch/state",
            f"/console/documents/N853/{SHORT}",
            "/console/documents/N853/NOBODY-ASKED",
            "/console/documents",
            "/console/documents?type=x",
            "/console/notices",
            "/console/notices?kind=lapsed",
            "/console/shadow",
            "/console/what-if",
            "/console/controls",
            "/console/figures",
            "/console/figures/held?lang=de",
            "/console/figures/decided_alone?lang=fr",
            "/console/risk",
            "/console/risk/new/alert",
            "/console/risk/nobody-published?lang=de",
            "/console/suspensions?lang=fr",
            "/console/suspensions/pushed?lang=en",
            "/console/access",
            "/console/keys",
        ),
        "window": ("/console/contingency/{window}", "/console/approvals/{approval}"),
        "work": (f"{_CASE}/{{taken}}",),
        "matters": (
            f"{_CASE}/{{applied}}",
            "/console/applications/{application}",
            f"{_CASE}/{{examined}}",
            f"{_CASE}/{{examined}}/control?lang=de",
            f"{_CASE}/{{let_go}}?lang=fr",
        ),
        "own_matters": ("/declarations/{applied}", "/declarations/{examined}", "/declarations/{let_go}?lang=de"),
        "cure": ("/declarations/{lacking}", "/declarations/{lacking}/amend", "/declarations/{lacking}/amend?lang=de"),
        "portal": (
            "/",
            "/declarations",
            "/declarations?state=all&lang=fr",
            "/declarations?q=nothing-here",
            "/declarations/{fish}?lang=de",
            "/declarations/{fish}?version=1&lang=en",
            "/declarations/nowhere",
            "/declarations/{fish}/suspensions",
        ),
        "trader": (
            "/notices",
            "/notices?kind=lapsed",
            "/documents",
            "/keys",
            "/webhooks",
            "/webhooks/new",
            "/webhooks/nowhere",
        ),
        "files": (
            "/preflight",
            "/lodge",
            "/requirements",
            "/requirements?code=0303632000&origin=NO",
            "/declarations/{fish}/amend",
            "/declarations/{fish}/invalidate",
        ),
    }
)
"""The addresses of each group."""
OF_TRADERS = frozenset({"own_matters", "cure", "portal", "trader", "files"})
"""The groups that the demo trader opens; the others an officer does."""


def addresses(group: str, **names: str) -> Sequence[str]:
    """The addresses of a group, with the names of what a gateway holds."""
    return [one.format(**names) for one in STATES[group]]


def taken(gateway_url: str, record_id: str) -> str:
    """Has the second demo officer take a case; gives its id."""
    colleague = demo_person(gateway_url, "second-officer")
    colleague.get(f"{_CASE}/{record_id}")
    colleague.post(f"{_CASE}/{record_id}/owner", step="take", note="asked the flag State " * 4)
    return record_id


def open_matters(gateway_url: str, applied: str, examined: str, let_go: str) -> Mapping[str, str]:
    """Has the demo people apply for an invalidation, announce an examination and release goods although held; gives what the addresses name.

    Each of the declarations is accepted by customs, and held.
    """
    trader, officer = demo_person(gateway_url, TRADER), demo_person(gateway_url, OFFICER)
    trader.get(f"/declarations/{applied}/invalidate")
    trader.post(f"/declarations/{applied}/invalidate", grounds="not_stated", reason="lodged twice " * 20)
    officer.get(f"{_CASE}/{examined}/control")
    officer.post(f"{_CASE}/{examined}/control", of="goods")
    officer.get(f"{_CASE}/{let_go}/release")
    officer.post(f"{_CASE}/{let_go}/release", what="all", reason="seen on paper " * 20)
    officer.post(f"{_CASE}/{let_go}/release", step="do")
    officer.get(f"{_CASE}/{applied}")
    (application, *_) = officer.page.xpath("//main//a[starts-with(@href, '/console/applications/')]/@href")
    found = str(application).rpartition("/")[2]
    return {"applied": applied, "application": found, "examined": examined, "let_go": let_go}
