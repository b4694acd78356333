"""The cages: a folder on the path for the beasts, one process for their code, one simulated office for all."""

import importlib
import sys
from collections.abc import Callable, Iterator

import pytest

from gateway.conformance.examination import read_package
from gateway.conformance.exchanges import AdapterProcess
from gateway.conformance.expected_facts import write_facts
from gateway.conformance.simulated import SimulatedAuthority, simulator_of
from tests.builders.extent import part
from tests.zoo.beast import GOOD, Beast, write
from tests.zoo.beasts import KIT_BEASTS
from tests.zoo.honest_ones import HONEST
from tests.zoo.xml_beasts import XML_GOOD

TOGETHER = (GOOD, XML_GOOD, *HONEST, *part(KIT_BEASTS, 6))
"""Those that the kit examines."""


@pytest.fixture(scope="session")
def cage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[Beast], str]]:
    """Writes a beast's package, once, and gives its name."""
    root = tmp_path_factory.mktemp("zoo")
    sys.path.insert(0, str(root))

    def put(beast: Beast) -> str:
        if not (root / beast.package).exists():
            write(beast, root)
            if beast.rerecorded:
                # The finders have listed the folder, and may think that they know it.
                importlib.invalidate_caches()
                list(write_facts(read_package(beast.package, beast.package), over=True))
        return beast.package

    for beast in TOGETHER:
        put(beast)
    yield put
    sys.path.remove(str(root))
    for name in [name for name in sys.modules if name.startswith("zoo_")]:
        del sys.modules[name]


@pytest.fixture(scope="session")
def process(cage: Callable[[Beast], str]) -> Iterator[AdapterProcess]:
    """The sandbox of the beasts' code, one for all of them; a step may take half a second of the processor."""
    with AdapterProcess(budget_s=0.5, patience=2, packages=[cage(one) for one in TOGETHER]) as one:
        yield one


@pytest.fixture(scope="session")
def office() -> Iterator[SimulatedAuthority]:
    """The simulated office: the good twin's, which all beasts ask."""
    with simulator_of("tests.zoo.twin.simulator") as one:
        yield one
