"""`gateway check` of an adapter that is being written: it is found where one stands, as by the other commands."""

import sys

from tests.builders.partner_project import PartnerProject, typed

CONFIGURED = {
    "GATEWAY_ADAPTERS__PELLETS__PACKAGE": "pellets",
    "GATEWAY_ADAPTERS__PELLETS__BASE_URL": "https://pellets.example",
    "GATEWAY_ADAPTERS__PELLETS__SECRETS__HEADER_VALUE": "env:OFFICE_KEY",
    "GATEWAY_ALLOW_DRAFT": "true",
    "GATEWAY_ADAPTERS__EUDR__ENABLED": "true",
    "EUDR_AUTHENTICATION_KEY": "k3vX9-bQ7aLm",
    "OFFICE_KEY": "gateway",
    **dict.fromkeys(
        ("TRACES_AUTHENTICATION_KEY", "CATCH_API_KEY", "CITES_API_KEY", "DUAL_USE_CLIENT_ID", "DUAL_USE_CLIENT_SECRET"),
        "k3vX9-bQ7aLm",
    ),
}


def test_a_package_is_found_where_one_stands_and_that_is_told(project: PartnerProject) -> None:
    sys.path.remove(str(project.folder))
    try:
        done = typed("check", **CONFIGURED)
    finally:
        if str(project.folder) not in sys.path:
            sys.path.append(str(project.folder))
    assert done.returncode == 0, done.stderr
    assert "adapter pellets: Pellets (draft): C999" in done.stdout
    assert "pellets is found in the folder where you stand alone: `gateway serve` does not look there" in done.stdout

    # A delivered one says why it is a draft, too.
    eudr = done.stdout.partition("adapter eudr: EUDR due diligence statements (draft): C716 C717\n")[2]
    assert eudr.startswith("  its answers name nothing of what was asked (`same`), so it stays a draft")
    assert done.stdout.count("it is taken out wherever") == 0
    assert "adapters.pellets.secrets.header_value: shorter than 8 characters: it is not taken out" in done.stdout
