"""A partner's project for the commands that partners type."""

from collections.abc import Iterator

import pytest

from tests.builders.partner_project import PartnerProject, partner_project


@pytest.fixture(scope="module")
def written_project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PartnerProject]:
    """The project, written once for a file of tests."""
    with partner_project(tmp_path_factory.mktemp("partner")) as project:
        yield project


@pytest.fixture
def project(written_project: PartnerProject) -> PartnerProject:
    """The project, with its office as it was."""
    written_project.office.reset()
    return written_project
