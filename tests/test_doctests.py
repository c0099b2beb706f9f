"""The examples in the docstrings of the public API give what they show."""

import doctest
import importlib
import pkgutil

import pytest

PACKAGES = ("gramophone.audio", "gramophone.live", "gramophone.metrics", "gramophone.phase", "gramophone.spectral")


def modules(package):
    return [f"{package}.{module.name}" for module in pkgutil.iter_modules(importlib.import_module(package).__path__)]


class TestDocstringExamples:
    @pytest.mark.parametrize("name", [name for package in PACKAGES for name in modules(package)])
    def test_examples_give_what_they_show(self, name):
        failed, _ = doctest.testmod(importlib.import_module(name))
        assert failed == 0

    @pytest.mark.parametrize("package", PACKAGES)
    def test_every_public_package_has_examples(self, package):
        examples = [
            example
            for name in modules(package)
            for test in doctest.DocTestFinder().find(importlib.import_module(name))
            for example in test.examples
        ]
        assert len(examples) >= 5
