"""The documentation is true: its links lead somewhere, it names every command, its self-contained code runs."""

import re
from pathlib import Path

import pytest

from gramophone.cli.app import build
from gramophone.presets import PRESETS

ROOT = Path(__file__).parents[2]
DOCS = [path for path in sorted((ROOT / "docs").rglob("*.md")) if "_build" not in path.parts]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "SECURITY.md", *DOCS]
FIGURE = re.compile(r"[-+<]?\d[\d.,]*(e[-+]?\d+)?( ?(±|/).*)?( ?(%|x|s|ms|dB|GB|MB|kB))?")
NOT_MEASURED = {"## In a script", "## What can go wrong", "## What it refuses"}  # exit codes and limits
MEASURES = re.compile(r"`(python -m bench|make bench|make gallery)")


def figure_tables(page):
    """Heading and section of every table of a page that holds at least four figures."""
    sections = re.split(r"^(?=## )", page.read_text(encoding="utf-8"), flags=re.MULTILINE)
    for section in sections:
        for table in re.findall(r"(?:^\|.*\n?)+", section, re.MULTILINE):
            cells = [cell.strip() for cell in table.replace("\n", "|").split("|")]
            if sum(bool(FIGURE.fullmatch(cell)) for cell in cells) >= 4:
                yield section.splitlines()[0], sections[0] + section


class TestDocumentation:
    @pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
    def test_links_lead_somewhere(self, page):
        for target in re.findall(r"\]\(([^)#]+)\)", page.read_text(encoding="utf-8")):
            assert target.startswith("https://") or (page.parent / target).exists(), target

    @pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
    def test_figures_have_the_command_that_measures_them(self, page):
        """In the section of the table, or at the head of the page."""
        without = {heading for heading, near in figure_tables(page) if not MEASURES.search(near)}
        assert without <= NOT_MEASURED

    def test_tables_of_figures_are_found(self):
        assert sum(1 for page in PAGES for _ in figure_tables(page)) > 40

    def test_the_figures_of_the_readme_are_those_of_the_pages(self):
        """Time at 44.1 kHz stereo, and identity and style of held-out pairs."""
        readme, benchmarks, identity = (
            (ROOT / name).read_text(encoding="utf-8")
            for name in ("README.md", "docs/benchmarks.md", "docs/identity.md")
        )
        (measured,) = re.findall(r"^\| 44100 Hz \| 2 \| ([\d.]+ s) \| ([\d.]+ GB) \|", benchmarks, re.MULTILINE)
        assert " and ".join(measured) in " ".join(readme.split())
        assert re.search(r"on (\d{4}-\d\d-\d\d)", benchmarks)[1] in readme
        kinds = [re.split(r"^## ", part, flags=re.MULTILINE)[0] for part in identity.split("## Held out: ")]
        chosen = [next(kind for kind in kinds if kind.startswith(name)) for name in ("melody", "speech")]
        systems = {"mixing, 0 dB": "mixing | 0.5", "`vocoder`, strength 0.5": "vocoder | 0.5"}
        systems |= {"`driedger2015`": "driedger2015 | -", "gramophone, strength 0.5": "transfer | 0.5"}
        for shown, name in systems.items():
            row = re.escape(f"| {name} |") + r" (\d\.\d\d) ± \S+ \(\d\) \| (\d\.\d\d) ±"
            pairs = [", ".join(re.search(row, kind).groups()) for kind in chosen]
            assert f"| {shown} | {pairs[0]} | {pairs[1]} |" in readme

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
