"""Working arrays small enough that every sound is many tiles, and of the usual sizes."""

import pytest

from gramophone.statistics.workspace import Workspace


@pytest.fixture(params=[(3, 5), ()], ids=["small tiles", "one tile"])
def workspace(request):
    return Workspace(*request.param)
