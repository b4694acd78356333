"""A configuration that `gateway init` wrote, filled in for simulated authorities as an operator fills it in for real ones."""

import re
import tomllib
from pathlib import Path

from tests.builders.places import CONFIG
from tests.builders.running import Authorities


def filled_in(folder: Path, simulated: Authorities) -> dict[str, str]:
    """Fills in what stands empty in `gateway.toml` and `secrets.env`; gives the variables of the latter."""
    delivered = tomllib.loads((CONFIG / "gateway.toml").read_text(encoding="utf-8"))["adapters"]
    settings, adapter = "", ""
    for line in (folder / "gateway.toml").read_text(encoding="utf-8").splitlines():
        if table := re.fullmatch(r"\[adapters\.(\w+)\]", line):
            adapter = table[1]
        if adapter and line.endswith(' = ""'):
            key = line.removesuffix(' = ""')
            value = simulated.urls[adapter] if key == "base_url" else delivered[adapter][key]
            settings += f'{key} = "{value}"\n'
        else:
            settings += line + "\n"
    (folder / "gateway.toml").write_text(settings, encoding="utf-8")
    variables = {
        reference.removeprefix("env:"): simulated.environment[f"GATEWAY_TEST_{name}_{secret}".upper()]
        for name, table in delivered.items()
        for secret, reference in table.get("secrets", {}).items()
        if name in simulated.urls
    }
    kept = (folder / "secrets.env").read_text(encoding="utf-8").splitlines()
    filled = [line + variables[line[:-1]] if line.endswith("=") else line for line in kept]
    (folder / "secrets.env").write_text("\n".join(filled) + "\n", encoding="utf-8")
    return {line[:-1]: variables[line[:-1]] for line in kept if line.endswith("=")}
