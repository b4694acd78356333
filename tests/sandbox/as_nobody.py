"""What runs in a sandbox, as the user `nobody`: `python -m tests.sandbox.as_nobody FD PARENT`, started by root."""

import os

from gateway.sandbox import wire
from gateway.sandbox.process import Workplace, serve

NOBODY = 65_534

if __name__ == "__main__":
    os.setgroups([])
    os.setresgid(NOBODY, NOBODY, NOBODY)
    os.setresuid(NOBODY, NOBODY, NOBODY)
    serve(Workplace, wire.Order)
