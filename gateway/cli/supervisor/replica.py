"""One serving process, started by `gateway serve`: `python -m gateway.cli.supervisor.replica READY_FD`."""

import contextlib
import gc
import os
import signal
import socket
import sys
from types import FrameType

from gateway.cli.supervisor.large_pages import take_large_pages
from gateway.cli.supervisor.processes import follow_parent
from gateway.domain.errors import ConfigurationError, LoopStopped, StoreError
from gateway.shared_figures import remove_shared, withhold
from gateway.terminal.exits import Exit

GARBAGE_AFTER = 20_000
"""Objects more than before after which the youngest are searched for cycles."""

TAKEN_AT_ONCE = 64
"""Sockets of one process on the port. Of each the event loop takes one new connection a round (libuv since 1.45): with one socket a
process under load takes connections as slowly as it lodges, and whoever comes waits where nobody can be refused or preferred."""


def listening_socket(host: str, port: int, *, reserves: bool = False) -> socket.socket:
    """Bind a socket of this process alone: the kernel spreads new connections over all that share the port.

    One that only `reserves` the port never listens. With SO_REUSEADDR it would let everybody else bind the port until somebody does.
    """
    family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    bound = socket.socket(family, kind, protocol)
    try:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, not reserves)
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        bound.bind(address)
    except BaseException:
        bound.close()
        raise
    return bound


def keep_what_is_loaded() -> None:
    """Exclude what stays until the end from the search for unreachable cycles: modules, tables, schemas, adapters.

    Searched with all else, it takes an eighth of the processor's time under load, and 85 ms at a stretch.
    """
    # Unsearched, too: the search would take a tenth of the time of a start, for 0.4 MB of what imports leave (classes that were made
    # again with slots, most of it). That stays.
    gc.freeze()
    gc.enable()
    gc.set_threshold(GARBAGE_AFTER, 20, 10)
    take_large_pages()


def main(ready_fd: int) -> int:
    """Serve until SIGTERM; what is in hand is finished first."""
    started, parent = False, os.getppid()
    gc.disable()
    # Here, and before the folder is withheld: the figures find it when they are imported. Whoever supervises needs none of them.
    import gateway.observe.figures  # noqa: F401  # for what it does when it is imported

    withhold()

    def ready() -> None:
        nonlocal started
        started = True
        keep_what_is_loaded()
        os.write(ready_fd, b"ready\n")
        os.close(ready_fd)

    def stop(number: int, frame: FrameType | None) -> None:
        # Once it serves, the server itself takes the signal, and raises it again when all is finished.
        if not started:
            raise SystemExit(Exit.RELEASE)

    for one in (signal.SIGTERM, signal.SIGINT):
        signal.signal(one, stop)
    # One that comes before it serves waits until it listens for it.
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGHUP})
    follow_parent()
    try:
        # Here, so that even a stop during these imports is a clean one.
        import uvloop

        from gateway.api.connections import allow_files
        from gateway.app import serve
        from gateway.settings import load

        allow_files()
        settings = load(os.environ)
        assert settings.database_url is not None
        with contextlib.ExitStack() as stack:
            bound = [stack.enter_context(listening_socket(settings.host, settings.port)) for _ in range(TAKEN_AT_ONCE)]
            scraped = [
                stack.enter_context(listening_socket(settings.metrics_host, port))
                for port in (settings.metrics_port,)
                if port is not None
            ]
            serving = serve(settings, database_url=settings.database_url, listening=bound, scraped=scraped, ready=ready)
            uvloop.run(serving)
    except ConfigurationError as error:
        print("\n".join(error.faults), file=sys.stderr)
        return Exit.CONFIGURATION
    except StoreError as error:
        print(error.detail, file=sys.stderr)
        return Exit.UNAVAILABLE
    except LoopStopped as error:
        print(error, file=sys.stderr)
        return Exit.CRASH
    finally:
        if os.getppid() != parent:
            # It was killed: what it would have removed is left to its processes.
            remove_shared()
    return Exit.RELEASE


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1])))
