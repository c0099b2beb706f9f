"""The notebooks run from top to bottom, and are kept without their outputs."""

from pathlib import Path

import nbformat
import pytest

EXAMPLES = Path(__file__).parents[2] / "examples"
NOTEBOOKS = sorted(EXAMPLES.glob("*.ipynb"))


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
class TestNotebooks:
    def test_outputs_are_left_out(self, path):
        for cell in nbformat.read(path, as_version=4).cells:
            assert not cell.get("outputs")
            assert cell.get("execution_count") is None

    def test_the_notebook_runs(self, path, tmp_path):
        from nbclient import NotebookClient

        done = nbformat.read(path, as_version=4)
        NotebookClient(done, timeout=120, resources={"metadata": {"path": str(tmp_path)}}).execute()
        shown = [one for cell in done.cells for one in cell.get("outputs", [])]
        assert any("text/html" in one.get("data", {}) for one in shown) or path.stem == "research"


def test_there_are_three():
    assert [path.stem for path in NOTEBOOKS] == ["research", "texture", "transfer"]
