"""`gateway api-key new`: make a key of 256 random bits, of which only the digest is kept."""

import secrets
from hashlib import sha256

from pydantic import ValidationError

from gateway.domain.errors import ConfigurationError
from gateway.settings import ApiKey

_KEY_BYTES = 32


def new_key(
    name: str, *, role: str, person: str | None, asserts_officers: bool, eoris: tuple[str, ...], authority: str | None
) -> None:
    """Make a key and print it, with the table that goes into the configuration.

    Raises:
        ConfigurationError: the role and its scope do not go together.
    """
    key = secrets.token_urlsafe(_KEY_BYTES)
    row: dict[str, object] = {"name": name, "hash": sha256(key.encode()).hexdigest(), "role": role, "eoris": eoris}
    row |= {"person": person, "asserts_officers": asserts_officers}
    try:
        made = ApiKey.model_validate({**row, "authority": authority})
    except ValidationError as error:
        faults = (f"{'.'.join(map(str, one['loc'])) or 'role'}: {one['msg']}" for one in error.errors())
        raise ConfigurationError(tuple(fault.replace("Value error, ", "") for fault in faults)) from error
    print(f"# The key, shown this once: {key}")
    print("[[security.keys]]")
    print(f"name = {_toml(made.name)}")
    print(f'hash = "{made.hash}"')
    print(f'role = "{made.role}"')
    if made.person:
        print(f"person = {_toml(made.person)}")
    if made.asserts_officers:
        print("asserts_officers = true")
    if made.eoris:
        print(f"eoris = [{', '.join(map(_toml, made.eoris))}]")
    if made.authority:
        print(f"authority = {_toml(made.authority)}")


def _toml(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
