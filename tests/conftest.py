"""What every test may use."""

import asyncio
import contextlib
import gc
import importlib
import os
import signal
import tempfile
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from hypothesis import settings

from gateway.cli.supervisor.replica import GARBAGE_AFTER
from gateway.store import Store, migrate
from tests.builders import programs
from tests.builders.certificates import self_signed, written
from tests.builders.databases import Databases, administer, database_of, temporary_server
from tests.builders.deciding import Decided, decided_story, past_stories
from tests.builders.extent import WHOLE
from tests.builders.fork_server import cold_starts, fork_from_now_on
from tests.builders.leftovers import end_with_this_run
from tests.builders.places import ROOT
from tests.builders.spreading import ByPackage

# The suite is short; a property is looked into at length by whoever asks for more: HYPOTHESIS_EXAMPLES=1000.
# Nothing of what is imported and collected becomes garbage: it is not searched for until all is collected.
gc.disable()
settings.register_profile("short", max_examples=int(os.environ.get("HYPOTHESIS_EXAMPLES", "12")), deadline=None)
settings.load_profile("short")
LONGEST_FIRST = (
    "flows/", "lifecycle/movements/", "web/", "wings/", "house/", "deploy/", "cli/", "store/", "benchmarks/", "observe/", "api/", "lifecycle/",
    "history/", "zoo/", "adapters/", "conformance/",
)  # fmt: skip
"""The folders whose tests take longest, with running gateways, databases and browsers; a file is run by one worker."""
LEFT_OUT = pytest.StashKey[int]()
"""How many tests `make test-whole` runs besides."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--update` writes the expected files of golden cases and generated tables anew."""
    parser.addoption("--update", action="store_true", help="write expected.json of the golden cases anew")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Begin with the files that take longest: begun last, the other workers would wait for them."""
    leave_out(config, items)
    items.sort(key=lambda item: _rank(item.nodeid.removeprefix("tests/")))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> ByPackage | None:
    """Start gateways that many files use in few workers."""
    return ByPackage(config, log) if config.getvalue("dist") == "loadfile" else None


def _rank(path: str) -> int:
    return next((rank for rank, folder in enumerate(LONGEST_FIRST) if path.startswith(folder)), len(LONGEST_FIRST))


def pytest_configure(config: pytest.Config) -> None:
    """Fork what the tests start of the gateway; what a killed run leaves is ended."""
    # A shell starts what runs in the background without it, and whatever is started here would have none either.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    if not hasattr(config, "workerinput"):
        end_with_this_run()
        _trust_one_root(config)
    fork_from_now_on()


def _trust_one_root(config: pytest.Config) -> None:
    """Have clients of HTTP trust one root that signs nothing, unless told what to trust: all public ones take 15 ms to read, for each client."""
    if "SSL_CERT_FILE" not in os.environ:
        folder = tempfile.TemporaryDirectory(prefix="gateway-root-")
        config.add_cleanup(folder.cleanup)
        root = self_signed(generate_private_key(SECP256R1()), "no root of anything")
        os.environ["SSL_CERT_FILE"] = str(written(root, Path(folder.name) / "root.pem"))


def leave_out(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what `make test-whole` runs alone, unless it is `make test-whole`."""
    for item in items:
        if unknown := needs(item) - programs.NEEDS.keys():
            raise pytest.UsageError(f"{item.nodeid} needs what tests/builders/programs.py does not know: {unknown}")
    left = set() if WHOLE else {item for item in items if item.get_closest_marker("whole") or needs(item)}
    config.stash[LEFT_OUT] = len(left)
    if left:
        config.hook.pytest_deselected(items=[item for item in items if item in left])
        items[:] = [item for item in items if item not in left]


def needs(item: pytest.Item) -> frozenset[str]:
    """Return what of the system a test is marked to need."""
    return frozenset(name for mark in item.iter_markers("needs") for name in mark.args)


def pytest_report_collectionfinish(config: pytest.Config) -> str | None:
    """Say what has the rest run."""
    number = config.stash.get(LEFT_OUT, 0)
    return f"{number} more with TESTS=whole" if number else None


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Let a test use what it is marked to need, and nothing else of the system."""
    programs.allow(needs(item))


def pytest_sessionstart(session: pytest.Session) -> None:
    """Import a share of the tests' modules first, each worker another one: it compiles them for the others, which would all compile all."""
    worker = getattr(session.config, "workerinput", None)
    if worker is None or session.config.args_source is not pytest.Config.ArgsSource.TESTPATHS:
        return
    number, workers = int(worker["workerid"].removeprefix("gw")), worker["workercount"]
    for path in sorted((ROOT / "tests").rglob("test_*.py"))[number::workers]:
        # What cannot be imported is told where it is collected.
        with contextlib.suppress(Exception, pytest.skip.Exception):
            importlib.import_module(".".join(path.relative_to(ROOT).with_suffix("").parts))


def pytest_collection_finish() -> None:
    """Exclude what stays to the end from the search for unreachable cycles: sixteen thousand tests, and all modules."""
    gc.collect()
    gc.freeze()
    gc.enable()
    gc.set_threshold(GARBAGE_AFTER)


@pytest.fixture(scope="session")
def corpus() -> Path:
    """The folder of real messages that nobody here wrote."""
    named = os.environ.get("GATEWAY_CORPUS")
    if not named:
        pytest.skip("GATEWAY_CORPUS names no folder")
    return (ROOT / named).resolve() if not Path(named).is_absolute() else Path(named)


@pytest.fixture
def cold() -> Iterator[None]:
    """All processes of the test are started by the system: what a start is like, what it leaves and whose child it is is seen."""
    with cold_starts():
        yield


@pytest.fixture(scope="session")
def database_cluster() -> Iterator[str]:
    """The URL of a PostgreSQL cluster that tests may make databases in."""
    named = os.environ.get("GATEWAY_TEST_DATABASE_URL")
    if named:
        yield named
        return
    server = temporary_server(durable=False)
    try:
        yield server.url
    finally:
        server.stop()


@pytest.fixture(scope="session")
def migrated_template(database_cluster: str) -> str:
    """The name of a database with the newest schema, from which others are made."""
    name = f"template_{os.getpid()}"
    administer(database_cluster, f'CREATE DATABASE "{name}"')
    asyncio.run(migrate(database_of(database_cluster, name)))
    return name


@pytest.fixture(scope="session")
def databases(database_cluster: str, migrated_template: str) -> Iterator[Databases]:
    """Lends databases with the newest schema and nothing in them."""
    with closing(Databases(database_cluster, migrated_template)) as lent:
        yield lent


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """A database with the decisions of stories; it is copied and never changed."""

    url: str
    stories: Mapping[str, Decided]


@pytest.fixture(scope="session")
async def past(databases: Databases) -> AsyncIterator[Past]:
    """A part of the stories, decided once for all tests."""
    with databases.one() as url:
        async with Store.opened(url) as store:
            stories = {story: await decided_story(store, story) for story in past_stories()}
        yield Past(url=url, stories=stories)


@pytest.fixture
def database_url(request: pytest.FixtureRequest, databases: Databases) -> Iterator[str]:
    """The URL of a database of the test's own, with the newest schema: an empty one, or for a test that asks for the stories
    one that holds them.
    """
    if "stories" in request.fixturenames:
        past: Past = request.getfixturevalue("past")
        lent = databases.copy_of(past.url)
    else:
        lent = databases.one()
    with lent as url:
        yield url


@pytest.fixture
def stories(past: Past) -> Mapping[str, Decided]:
    """The decisions of all stories, which stand in the test's database."""
    return past.stories
