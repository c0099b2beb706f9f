"""Plans without a file: pairs of contents and styles that match patterns."""

import glob
import random
import re
from collections.abc import Iterator
from itertools import product
from pathlib import Path

from gramophone.batch.rows import Row
from gramophone.errors import InputError, UsageError


def pair_rows(content: str | None, style: str, pairs: str, seed: int, suffix: str = ".wav") -> Iterator[Row]:
    """Rows of transfers, or of textures where there is no content.

    Args:
        content: glob pattern of contents such as `a/*.wav`; None for textures.
        style: glob pattern of styles.
        pairs: `zip` pairs files in the order of their names; `product` makes all pairs; `sample:N` draws N different
            pairs at random.
        seed: seed of the random pairs.
        suffix: suffix of the outputs.

    Raises:
        InputError: a pattern matches no file.
        UsageError: the way of pairing is unknown, or the lists to `zip` have different lengths.
    """
    styles = _found(style, "style")
    if content is None:
        for line, path in enumerate(styles, 1):
            yield Row(line, {"task": "texture", "style": [path], "output": f"{Path(path).stem}{suffix}"})
        return
    contents = _found(content, "content")
    for line, (one, other) in enumerate(_paired(contents, styles, pairs, seed), 1):
        name = f"{Path(one).stem}-in-{Path(other).stem}{suffix}"
        yield Row(line, {"task": "transfer", "content": one, "style": [other], "output": name})


def _paired(contents: list[str], styles: list[str], pairs: str, seed: int) -> Iterator[tuple[str, str]]:
    if pairs == "product":
        yield from product(contents, styles)
        return
    if pairs == "zip":
        if len(contents) != len(styles):
            raise UsageError(
                f"{len(contents)} contents and {len(styles)} styles cannot be zipped; choose product or sample:N"
            )
        yield from zip(contents, styles, strict=True)
        return
    match = re.fullmatch(r"sample:(\d{1,9})", pairs)
    if match is None:
        raise UsageError(f"pairs must be zip, product or sample:N, not '{pairs}'")
    number, of = int(match[1]), len(contents) * len(styles)
    if not 1 <= number <= of:
        raise UsageError(
            f"{number} different pairs cannot be drawn from {of}; give sample:N with N between 1 and {of}"
        )
    # A range takes no memory, however many pairs there are.
    for drawn in sorted(random.Random(seed).sample(range(of), number)):
        yield contents[drawn // len(styles)], styles[drawn % len(styles)]


def _found(pattern: str, name: str) -> list[str]:
    found = sorted(path for path in glob.iglob(pattern, recursive=True) if Path(path).is_file())  # noqa: PTH207
    if not found:
        raise InputError(f"the {name} pattern '{pattern}' matches no file; check it, and put it in quotes")
    return found
