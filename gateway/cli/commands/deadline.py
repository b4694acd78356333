"""The command `gateway deadline`."""

import os
from typing import Annotated

import typer

Number = Annotated[int | None, typer.Option(min=1, max=36_525, metavar="N")]


def deadline(
    since: Annotated[
        str,
        typer.Option(
            "--from",
            metavar="DAY",
            help="The day of the event, as 2026-03-02; or its moment, as 2026-03-02T10:00 on the clocks of the State.",
        ),
    ],
    state: Annotated[
        str, typer.Option(metavar="STATE", help="Whose days count, as FR: where the action is to be taken.")
    ],
    days: Number = None,
    working_days: Number = None,
    years: Annotated[int | None, typer.Option(min=1, max=100, metavar="N")] = None,
    hours: Number = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Computes when a time limit of the law ends, and by which days. Status: 0 it is known, 10 it is not.

    It goes by Regulation (EEC, Euratom) No 1182/71 and the public holidays of the configured tables (holidays.toml), as they are in
    force today.
    """
    from gateway.cli.commands.counted_days import count

    numbers = {"days": days, "working_days": working_days, "years": years, "hours": hours}
    status = count(
        os.environ,
        since=since,
        state=state,
        numbers={unit: number for unit, number in numbers.items() if number is not None},
        as_json=as_json,
    )
    if status:
        raise typer.Exit(status)
