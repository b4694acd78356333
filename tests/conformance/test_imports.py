"""What an adapter's code may import and call, by its syntax tree."""

import ast

import pytest

from gateway.conformance.checks.imports import looked_through

ALLOWED = (
    "import json, re\nfrom datetime import date, datetime\nfrom pathlib import Path",
    "from lxml import etree\nimport lxml.html",
    "from gateway.contract import Answer\nfrom gateway.contract.reading import read_json\nimport gateway.contract",
    "from timber.codes import load\nfrom . import codes\nfrom .codes import load\nimport timber",
    "from pathlib import Path\ntext = Path(__file__).with_name('codes.toml').read_text(encoding='utf-8')",
    "from pathlib import Path\nHERE = Path(__file__).parent\nCODES = HERE / 'codes.toml'\ntext = CODES.read_bytes()",
    "from importlib import resources\ntext = resources.files(__package__).joinpath('codes.toml').read_text()",
    "from importlib.resources import files\ntext = files(__name__).joinpath('codes.toml').read_text()",
    "from datetime import datetime, UTC\nat = datetime.fromtimestamp(seconds, UTC)\nday = datetime.fromisoformat(text)",
    "import re\nFORM = re.compile('x')\nfrom urllib.parse import quote",
    "from uuid import UUID\nnumber = UUID(text)",
)
REFUSED = {
    "import requests": "requests",
    "import os": "os",
    "from os import environ": "os.environ",
    "import socket": "socket",
    "import urllib.request": "urllib.request",
    "from urllib import request": "urllib.request",
    "import http.client": "http.client",
    "import asyncio": "asyncio",
    "import threading": "threading",
    "import subprocess": "subprocess",
    "import time": "time",
    "from random import choice": "random.choice",
    "import importlib": "importlib",
    "from importlib import import_module": "importlib.import_module",
    "import ctypes": "ctypes",
    "import pickle": "pickle",
    "import sys": "sys",
    "from gateway.dispatch import transport": "gateway.dispatch.transport",
    "from gateway import settings": "gateway.settings",
    "import adapters.catch": "adapters.catch",
    "import timberland": "timberland",
    "__import__('os')": "__import__()",
    "load = __import__": "__import__",
    "eval(text)": "eval()",
    "exec(text)": "exec()",
    "compile(text, '', 'exec')": "compile()",
    "open('codes.toml')": "open()",
    "from pathlib import Path\nPath('/etc/passwd').read_text()": "Path('/etc/passwd').read_text()",
    "from pathlib import Path\nPath(__file__).with_name('x').write_text('y')": "Path(__file__).with_name('x').write_text()",
    "from datetime import datetime\ndatetime.now()": "datetime.now()",
    "from datetime import date\ndate.today()": "date.today()",
    "import uuid\nuuid.uuid4()": "uuid.uuid4()",
    "().__class__.__bases__[0].__subclasses__()": "().__class__.__bases__[0].__subclasses__",
}


@pytest.mark.parametrize("text", ALLOWED)
def test_what_computes_is_allowed(text: str) -> None:
    assert list(looked_through(ast.parse(text), "timber")) == []


@pytest.mark.parametrize("text", REFUSED)
def test_what_reaches_out_is_not(text: str) -> None:
    found = [what for _, _, what in looked_through(ast.parse(text), "timber")]
    assert REFUSED[text] in found
