"""One hypothesis profile for all tests, and the slow oracle."""

import importlib.util
from pathlib import Path

import pytest
import torch
from hypothesis import settings

settings.register_profile("gramophone", derandomize=True, deadline=None, database=None)
settings.load_profile("gramophone")


@pytest.fixture(scope="session")
def oracle():
    """The formulas of `oracle.py`, slow and plain."""
    place = importlib.util.spec_from_file_location("oracle", Path(__file__).with_name("oracle.py"))
    module = importlib.util.module_from_spec(place)
    place.loader.exec_module(module)
    return module


@pytest.fixture(autouse=True)
def one_thread():
    """More threads only wait for each other with sounds this short."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)
