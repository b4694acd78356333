"""The command line. Rooms are imported inside the commands: `gateway --help` and `gateway submit` start at once."""

import os
import sys
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer
from typer.exceptions import TyperException

from gateway.cli.commands.acts import OF_OFFICERS
from gateway.cli.commands.adapters import adapters
from gateway.cli.commands.approvals import approvals
from gateway.cli.commands.audit import audit, erase
from gateway.cli.commands.case import case
from gateway.cli.commands.deadline import deadline
from gateway.cli.commands.doctor import doctor
from gateway.cli.commands.keys import api_key
from gateway.cli.commands.lists import list_declarations
from gateway.cli.commands.partner_tools import FOR_PARTNERS
from gateway.cli.commands.replay import replay
from gateway.cli.commands.status import status
from gateway.cli.commands.support_bundle import support_bundle
from gateway.cli.commands.tables import tables
from gateway.cli.commands.webhooks import webhook
from gateway.cli.version import print_version
from gateway.terminal.called_gateway import HERE, Key, Url
from gateway.terminal.exits import Exit

app = typer.Typer(
    name="gateway",
    help="The gateway between a customs declaration system and the certificate systems of the partner authorities.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.command()(replay)
app.command("list")(list_declarations)
app.command()(adapters)
app.command()(status)
app.command()(doctor)
app.command()(deadline)
app.command()(support_bundle)
for act in OF_OFFICERS:
    app.command()(act)
for command, tool in FOR_PARTNERS.items():
    app.command(command)(tool)
app.add_typer(audit, name="audit")
app.add_typer(case, name="case")
app.add_typer(erase, name="erase")
app.add_typer(api_key, name="api-key")
app.add_typer(webhook, name="webhook")


@app.callback()
def options(
    version: Annotated[
        bool, typer.Option("--version", is_eager=True, callback=print_version, help="Print the version and leave.")
    ] = False,
) -> None:
    """The gateway between a customs declaration system and the certificate systems of the partner authorities."""


contingency = typer.Typer(help="Contingency windows, for while an authority is down.", no_args_is_help=True)
app.add_typer(contingency, name="contingency")
Window = Annotated[int, typer.Argument(min=1, metavar="NUMBER", help="The window's number.")]
app.add_typer(tables, name="tables")
app.add_typer(approvals, name="approvals")


@app.command()
def demo(
    exit_: Annotated[
        bool, typer.Option("--exit", help="Leave after the samples; status 0 if all came out as expected.")
    ] = False,
    keep: Annotated[bool, typer.Option("--keep", help="Keep the database folder and say where it is.")] = False,
    port: Annotated[
        int, typer.Option(min=0, max=65535, help="Where the gateway listens; another free port if it is taken.")
    ] = 8080,
) -> None:
    """Shows it all: simulated authorities, the gateway, sample declarations and their decisions."""
    from gateway.cli.demo.run import demo as run

    leave(run(os.environ, port=port, leave_after=exit_, keep=keep))


@app.command()
def serve(
    host: Annotated[str | None, typer.Option(help="Address to listen on.")] = None,
    port: Annotated[int | None, typer.Option(min=0, max=65535, help="0: any free one.")] = None,
    processes: Annotated[int | None, typer.Option(min=1, max=64, help="Serving processes that share the port.")] = None,
    no_worker: Annotated[bool, typer.Option("--no-worker", help="Leave delayed work to `gateway worker`.")] = False,
    simulators: Annotated[
        bool,
        typer.Option(
            "--simulators", help="With simulated authorities and a database of its own, on a loopback address only."
        ),
    ] = False,
) -> None:
    """Serves one replica until SIGTERM; what is in hand is finished first."""
    if simulators:
        from gateway.cli.demo.trial import serve as run
    else:
        from gateway.cli.supervisor.serve import serve as run

    run(_environment(host=host, port=port, processes=processes, worker="false" if no_worker else None))


@app.command()
def worker() -> None:
    """Does the delayed and repeated work only, until SIGTERM."""
    from gateway.cli.commands.worker import work

    work(os.environ)


@app.command()
def simulate(
    names: Annotated[
        list[str] | None, typer.Argument(metavar="[NAME]...", help="Configured adapters; all of them without.")
    ] = None,
    port: Annotated[
        int | None,
        typer.Option(
            min=0, max=65535, help="Of the first; the next ones follow. Without: as the adapters are configured."
        ),
    ] = None,
    latency: Annotated[str, typer.Option(help="What every answer takes, e.g. 50ms.")] = "0",
    fault: Annotated[
        str | None, typer.Option(help="How every request fails, e.g. down, late, html, half, garbage.")
    ] = None,
) -> None:
    """Runs the simulated authorities as real HTTP servers, until Ctrl-C."""
    from gateway.cli.demo.simulators import simulate as run

    leave(run(os.environ, names or [], port=port, latency=latency, fault=fault))


@app.command()
def submit(
    files: Annotated[
        list[Path], typer.Argument(metavar="FILE...", exists=True, dir_okay=False, help="Declarations, XML or JSON.")
    ],
    wait: Annotated[float, typer.Option(min=0, help="Seconds to wait for each decision.")] = 10,
    url: Url = HERE,
    key: Key = None,
) -> None:
    """Lodges files and shows their decisions. Status: 0 release, 10 hold, 20 refuse, 30 not accepted; the gravest of many."""
    from gateway.cli.commands.submit import submit as run

    leave(run(files, url=url, wait_s=wait, key=key))


@app.command()
def check(
    cases: Annotated[
        Path | None,
        typer.Option(
            exists=True,
            file_okay=False,
            help="A folder of golden cases: all end as signed, and every finding has a case and a near miss.",
        ),
    ] = None,
) -> None:
    """Names every fault of the configuration, with file and line."""
    from gateway.cli.commands.check import check as run

    leave(run(os.environ, cases))


@app.command()
def validate(
    files: Annotated[list[Path], typer.Argument(help="Declarations in XML or JSON.", metavar="FILE...")],
) -> None:
    """Reads declarations as a lodging would and asks nobody: every violation, and what was expected at its place."""
    from gateway.cli.commands.validate import validate as run

    leave(run(os.environ, files))


@app.command()
def init(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="A new or empty folder.")],
    only: Annotated[
        list[str] | None,
        typer.Option(
            "--only",
            metavar="ADAPTER",
            help="An authority that is connected; others are not, and an officer verifies their documents. Several: once for each, or with commas.",
        ),
    ] = None,
) -> None:
    """Writes a configuration of one's own: gateway.toml, a file for secrets and a systemd unit; says what is left to fill in."""
    from gateway.cli.commands.init import init as run

    run(folder, only or ())


@app.command()
def migrate(
    role: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help="Also gives this role of the database the rights to serve, its limits and how it plans.",
        ),
    ] = None,
    finish: Annotated[
        bool,
        typer.Option(
            "--finish", help="Also applies what older versions cannot live with. Refused while an older replica lives."
        ),
    ] = False,
) -> None:
    """Brings the database to the newest schema."""
    from gateway.cli.commands.upkeep import migrate as run

    run(os.environ, role, finishing=finish)


@app.command()
def backup(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A new file; its folder has to be there.")],
) -> None:
    """Writes the database to one file, as it stands at one moment, while the gateway serves. Status: 73 it could not be written."""
    from gateway.cli.commands.backup import backup as run

    leave(run(os.environ, file))


@app.command()
def restore(
    file: Annotated[
        Path, typer.Argument(metavar="FILE", exists=True, dir_okay=False, help="What `gateway backup` wrote.")
    ],
) -> None:
    """Restores a backup into an empty database, brings it to the newest schema, and says what is to be done before it is served."""
    from gateway.cli.commands.backup import restore as run

    leave(run(os.environ, file))


@app.command()
def profile(
    name: Annotated[str, typer.Argument(help="A folder of config/profiles.")],
    facts: Annotated[
        Path | None,
        typer.Option(exists=True, dir_okay=False, help="A CSV table of facts, with or without expected codes."),
    ] = None,
    on: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="The day whose rows count; today without.")
    ] = None,
) -> None:
    """Judges a table of facts by another administration's matrix. Status: 0 as expected, 1 some rows differ.

    Prints the table with the code and the detail that each row gets; without --facts it lists the facts that the matrix needs.
    """
    from gateway.cli.commands.profile import profile as run

    leave(run(os.environ, name, facts, on.date() if on is not None else None))


@app.command()
def explain(
    declaration: Annotated[str, typer.Argument(metavar="DECLARATION", help="Its id or MRN, or its LRN.")],
    declarant: Annotated[str | None, typer.Option(help="Whose LRN it is, where several have it.")] = None,
    decision: Annotated[
        int | None, typer.Option(min=1, max=2**31 - 1, help="The decision's number; the newest one without.")
    ] = None,
    url: Annotated[str | None, typer.Option(help="A gateway to ask; without, the configured database is read.")] = None,
    key: Annotated[
        str | None,
        typer.Option(
            "--api-key",
            metavar="WHERE",
            help="With --url: env:NAME or file:PATH; without it what GATEWAY_API_KEY holds.",
        ),
    ] = None,
) -> None:
    """Prints why a decision is what it is: facts, findings, how the gravest won, the rows of the tables behind it."""
    from gateway.cli.commands.explain import explain as run

    leave(run(os.environ, declaration, declarant=declarant, number=decision, url=url, key=key))


@app.command()
def settle(
    declarations: Annotated[
        list[str] | None, typer.Argument(metavar="[DECLARATION]...", help="To reconcile now: ids, MRNs or LRNs.")
    ] = None,
    declarant: Annotated[str | None, typer.Option(help="Whose LRN it is, where several have it.")] = None,
    all_: Annotated[bool, typer.Option("--all", help="Reconcile everything that is in doubt.")] = False,
    since: Annotated[
        str | None,
        typer.Option(
            metavar="TIME",
            help="After a restore from a backup: doubt what every declaration moved that holds a reservation, or to which "
            "something happened since TIME (as 2026-11-24T02:00:00Z), and reconcile it. Take a TIME so long before the backup "
            "that released declarations which could still be amended or invalidated are covered.",
        ),
    ] = None,
    nothing_lost: Annotated[
        bool,
        typer.Option(
            "--nothing-lost",
            help="Have a database served that was moved as a whole, from a gateway that was stopped before: nothing is doubted.",
        ),
    ] = False,
    officer: Annotated[
        str | None, typer.Option(help="Who orders it, for the trail of --since; else the user of this machine.")
    ] = None,
) -> None:
    """Shows the movements that are in doubt, or reconciles them with their authorities now. Status: 0 nothing in doubt, 10 something.

    Without anything: what was ordered at an authority and is not known to have been done, with its cause. The gateway
    reconciles it by itself, after ever longer pauses. Use --all or a declaration when an authority is back and you do not want to wait
    for the next pause, and --since after a restore, before the gateway serves again: it refuses to until then.
    """
    from gateway.cli.commands.settle import settle as run

    leave(
        run(
            os.environ,
            declarations or [],
            declarant=declarant,
            everything=all_,
            since=since,
            nothing_lost=nothing_lost,
            officer=officer,
        )
    )


@app.command()
def access(
    role: Annotated[
        str | None,
        typer.Option(help="Only what this role may do: customs, trader, officer, auditor, operator, authority."),
    ] = None,
    language: Annotated[str | None, typer.Option(help="en, de, fr or another one that is configured.")] = None,
) -> None:
    """Prints who may do what, from the one table that every call is judged by."""
    from gateway.cli.commands.access import access as run
    from gateway.domain.permission import Role

    if role is not None and role not in set(Role):
        raise typer.BadParameter(f"--role {role}: {', '.join(Role)}")
    run(os.environ, role=None if role is None else Role(role), language=language)


@contingency.command("open")
def contingency_open(
    adapter: Annotated[str, typer.Argument(help="The authority that cannot be asked, by its adapter's name.")],
    reason: Annotated[str, typer.Option(help="Why.")],
    second_officer: Annotated[
        str | None,
        typer.Option(help="Another person, where no key is asked for; else they approve it by a call of their own."),
    ] = None,
    mode: Annotated[
        str,
        typer.Option(
            help="manual (an officer verifies), hold, or release (verified afterwards; needs a [[window]] row)."
        ),
    ] = "manual",
    officer: Annotated[str | None, typer.Option(help="Without: whoever the key belongs to.")] = None,
    until: Annotated[
        str | None, typer.Option(metavar="TIME", help="As 2026-11-26T18:00:00Z; without: until it is closed.")
    ] = None,
    url: Url = HERE,
    key: Key = None,
) -> None:
    """Opens a window and prints its number. Status: 10 if it waits for a second person, 30 if it is not accepted."""
    from gateway.cli.commands.contingency import open_window as run

    order = {"adapter": adapter, "mode": mode, "reason": reason}
    more = (("officer", officer), ("second_officer", second_officer), ("until", until))
    order |= {name: value for name, value in more if value is not None}
    leave(run(url=url, key=key, order=order))


@contingency.command("close")
def contingency_close(
    number: Window,
    reason: Annotated[str, typer.Option(help="Why.")],
    officer: Annotated[str | None, typer.Option(help="Without: whoever the key belongs to.")] = None,
    url: Url = HERE,
    key: Key = None,
) -> None:
    """Closes a window: what was decided inside is verified from now on."""
    from gateway.cli.commands.contingency import close_window as run

    leave(run(number, url=url, key=key, closing={"reason": reason} | ({"officer": officer} if officer else {})))


@contingency.command("list")
def contingency_list(
    number: Annotated[
        int | None, typer.Argument(min=1, metavar="[NUMBER]", help="What was decided inside this window.")
    ] = None,
    url: Url = HERE,
    key: Key = None,
) -> None:
    """Prints all windows, or what was decided inside one."""
    from gateway.cli.commands import contingency as run

    leave(run.list_windows(url=url, key=key) if number is None else run.list_inside(number, url=url, key=key))


@contingency.command("report")
def contingency_report(number: Window, url: Url = HERE, key: Key = None) -> None:
    """Prints what turned out otherwise than it was decided inside. Status: 0 nothing, 1 something."""
    from gateway.cli.commands.contingency import list_inside as run

    leave(run(number, url=url, key=key, only="differs"))


def leave(status: int) -> None:
    """Ends the command with a status."""
    if status:
        raise typer.Exit(status)


def _environment(**options: Any) -> dict[str, str]:
    """The process's variables, overridden by the options of the command line."""
    variables = {f"GATEWAY_{key.upper()}": str(value) for key, value in options.items() if value is not None}
    return {**os.environ, **variables}


def main() -> NoReturn:
    """Runs a command and ends with its status; every way of failing has one of its own."""
    sys.exit(run_command(lambda: app(standalone_mode=False)))


def run_command(command: Callable[[], Any]) -> int:
    """Runs a command; gives the status that it ends with."""
    try:
        return int(command() or 0)
    except TyperException as error:
        show = getattr(error, "show", None)
        if show is None:
            print(error, file=sys.stderr)
        else:
            show()
        return Exit.USAGE
    except typer.Abort:
        return Exit.INTERRUPTED
    except KeyboardInterrupt:
        return Exit.INTERRUPTED
    except Exception as error:
        return _explained(error)


def _explained(error: Exception) -> int:
    from gateway.cli.supervisor.processes import StartFailed
    from gateway.domain.errors import ConfigurationError, GatewayError, LoopStopped, StoreError

    match error:
        case ConfigurationError():
            print("\n".join(error.faults), file=sys.stderr)
            return Exit.CONFIGURATION
        case LoopStopped():
            print(error, file=sys.stderr)
            return Exit.CRASH
        case StoreError():
            # What the database's own client says: a wrong password, a host that is not there.
            why = " ".join(str(error.__cause__ or "").split())
            print(f"{error.code}: {error.detail}{f' {why}' if why else ''}", file=sys.stderr)
            return Exit.UNAVAILABLE
        case GatewayError():
            print(f"{error.code}: {error.detail}", file=sys.stderr)
            return Exit.NOT_ACCEPTED
        case StartFailed():
            print(error, file=sys.stderr)
            return error.status if error.status > 0 else Exit.CRASH
        case _:
            import traceback

            traceback.print_exception(error)
            return Exit.CRASH
