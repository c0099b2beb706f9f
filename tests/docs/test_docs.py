"""The documentation is true: its links lead somewhere, it names every command, its self-contained code runs."""

import re
from pathlib import Path

import pytest

from gramophone.cli.app import build
from gramophone.presets import PRESETS

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]


class TestDocumentation:
    @pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
    def test_links_lead_somewhere(self, page):
        for target in re.findall(r"\]\(([^)#]+)\)", page.read_text(encoding="utf-8")):
            assert target.startswith("https://") or (page.parent / target).exists(), target

    def test_the_readme_names_every_command_and_exit_code(self):
        readme = (ROOT / "README.md").read_text(encoding="utf-8")
        commands = [name for name in build() if not name.startswith("-")]
        assert {"texture", "transfer", "demo"} <= set(commands)
        for name in commands:
            assert f"`gramophone {name}" in readme
        for code in ("2 usage", "3 bad input", "4 over a limit", "5 the computation failed", "130 interrupted"):
            assert code in readme

    def test_every_preset_is_described(self):
        changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
        assert all(f"`{name}`" in changelog for name in PRESETS if name != "infinite")

    def test_the_guide_runs(self):
        guide = (ROOT / "docs" / "guide.md").read_text(encoding="utf-8")
        blocks = re.findall(r"```python\n(.*?)```", guide, re.DOTALL)
        alone = [block for block in blocks if "gp.load" not in block]
        results = []
        for block in alone:
            names: dict[str, object] = {}
            exec(compile(block, "guide.md", "exec"), names)
            results += [names["result"]] if "result" in names else []
        assert results
        assert all(result.isfinite().all() for result in results)

    def test_the_list_of_what_is_survived_is_current(self):
        from bench.reliability import PAGE, page

        assert PAGE.read_text(encoding="utf-8") == page(), "run python -m bench.reliability"
