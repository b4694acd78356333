"""Simulated authorities that are one file: `authority.toml`, played backwards over the documents of `simulator_documents.toml`.

A question is read by the template that wrote it, an answer is written where the file's paths read it, in the file's own words; what the file does not
say (roots of XML, faults) is as it is recorded in `exchanges`. It takes usage, and reservations where the file has them.
"""

from functools import partial
from pathlib import Path

from adapters.simulation.declared.catalogue import read_catalogue
from adapters.simulation.declared.described import Described
from adapters.simulation.declared.office import DeclaredOffice
from adapters.simulation.faults import Fault
from adapters.simulation.simulator import Simulator

__all__ = ["declared_authority"]


def declared_authority(folder: Path) -> Simulator:
    """Return the simulator of the authority that a folder describes. It accepts `NAME-simulator-key` as each of its secrets."""
    described = Described(folder)
    manifest, soap = described.file.manifest, described.file.soap
    catalogue = read_catalogue(folder, described.file)
    credentials = dict.fromkeys(manifest.secrets, f"{manifest.name}-simulator-key")
    own = {Fault.UNKNOWN_STATUS} if soap is None else {Fault.UNKNOWN_STATUS, Fault.UNAUTHORISED, Fault.SOAP_FAULT}
    return Simulator(
        name=manifest.name,
        title=manifest.title,
        build=partial(DeclaredOffice, described, catalogue, credentials),
        documents=catalogue.documents,
        generated=catalogue.numbered,
        credentials=credentials,
        own_faults=frozenset(own if described.file.movements is None else {*own, Fault.UNKNOWN_CODE}),
    )
