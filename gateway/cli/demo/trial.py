"""`gateway serve --simulators`: a gateway that stays, with simulated authorities, on a database of its own."""

import sys
from collections.abc import Mapping

from gateway.cli.demo.simulators import processes_of, simulations, towards
from gateway.cli.demo.story import installation
from gateway.cli.simulated import mark, require_apart
from gateway.cli.supervisor.serve import serve_on
from gateway.cli.supervisor.shutdown import Shutdown
from gateway.cli.supervisor.systemd import Systemd, without_systemd
from gateway.settings import SIMULATED, load
from gateway.terminal.database import database


def serve(environment: Mapping[str, str]) -> None:
    """Serve with simulated authorities until SIGTERM or SIGINT; they end with it.

    The database is that of the folder which `GATEWAY_DATA_DIR` names, or else one beside the folder that a real gateway would take.

    Raises:
        ConfigurationError, StoreError, StartFailed: it does not start.
    """
    ending = Shutdown()
    systemd = Systemd(environment)
    # Without a configuration of one's own it is the demonstration's, so that a database which that has kept can be served.
    own = {} if environment.get("GATEWAY_CONFIG") else installation()
    variables = {**own, **without_systemd(environment), "GATEWAY_SIMULATORS": "true"}
    settings = load(variables)
    variables.setdefault("GATEWAY_DATA_DIR", f"{settings.data_dir}-simulated")
    require_apart(load(variables))
    print(SIMULATED, file=sys.stderr, flush=True)
    with simulations(variables, None, ending) as running:
        variables |= towards(running)
        settings = load(variables)
        with database(settings, makes=True) as store:
            mark(settings.data_dir)
            serve_on(settings, variables, store, ending, also=processes_of(running), systemd=systemd)
