"""`python -m gateway.cli`: the command `gateway` without its script."""

from gateway.cli import main

main()
