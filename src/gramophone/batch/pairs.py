"""Plans without a file: contents and styles by pattern, paired."""

import glob
import random
import re
from collections.abc import Iterator
from itertools import product
from pathlib import Path

from gramophone.batch.rows import Row
from gramophone.errors import InputError, UsageError

FORM = "say zip, product or sample:N"


def pair_rows(content: str | None, style: str, pairs: str, seed: int, suffix: str = ".wav") -> Iterator[Row]:
    """Rows of transfers, or of textures where there is no content.

    Args:
        content: pattern of files such as `a/*.wav`; none makes textures.
        style: the same for styles.
        pairs: `zip`: the first with the first, in the order of the names; `product`: each with each; `sample:N`: N
            different pairs drawn at random.
        seed: of the drawing.
        suffix: of the outputs.

    Raises:
        InputError: a pattern finds nothing.
        UsageError: no such way of pairing, or lists of different lengths to `zip`.
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
                f"{len(contents)} contents and {len(styles)} styles cannot be zipped; say product or sample:N"
            )
        yield from zip(contents, styles, strict=True)
        return
    match = re.fullmatch(r"sample:(\d{1,9})", pairs)
    if match is None:
        raise UsageError(f"there is no way '{pairs}' to pair them; {FORM}")
    number, of = int(match[1]), len(contents) * len(styles)
    if not 1 <= number <= of:
        raise UsageError(f"{number} different pairs cannot be drawn from {of}; {FORM} with N from 1 to {of}")
    # A range is not written out, so a few of very many pairs take no memory.
    for drawn in sorted(random.Random(seed).sample(range(of), number)):
        yield contents[drawn // len(styles)], styles[drawn % len(styles)]


def _found(pattern: str, name: str) -> list[str]:
    found = sorted(path for path in glob.iglob(pattern, recursive=True) if Path(path).is_file())  # noqa: PTH207
    if not found:
        raise InputError(f"the {name} pattern '{pattern}' finds no file; check it, and quote it against the shell")
    return found
