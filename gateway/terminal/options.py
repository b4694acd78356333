"""Options and arguments that several commands take."""

from typing import Annotated

import typer

Declaration = Annotated[str, typer.Argument(metavar="DECLARATION", help="Its id or MRN, or its LRN.")]
Declarant = Annotated[str | None, typer.Option(help="Whose LRN it is, where several have it.")]
Reason = Annotated[str, typer.Option(help="Why.")]
Why = Annotated[str | None, typer.Option("--reason", help="Why.")]
Orderer = Annotated[str | None, typer.Option("--officer", help="Who orders it; else the user of this machine.")]
Doer = Annotated[
    str | None,
    typer.Option("--officer", help="Who does it, where no key is asked for; else whoever the key belongs to."),
]
