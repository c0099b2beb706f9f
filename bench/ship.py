"""`python -m bench.ship FILE.safetensors [...]`: makes trained networks part of the package.

Each is checked and copied to `networks/pretrained/weights` under the name of its network, with its card and the hash
of its file. Causal models of textures go to `raw/weights` under the name of their kind.
The file of the training itself, FILE with .json, must lie beside it.
"""

import json
import sys
from pathlib import Path
from typing import Any

from gramophone.files import sha256_of
from gramophone.networks.pretrained import checkpoint as stored
from gramophone.networks.pretrained.packaged import FOLDER
from gramophone.raw import model_file, packaged
from gramophone.raw.configs import kind_of

MOST_BYTES = 16_000_000


def without_places(card: dict[str, Any]) -> dict[str, Any]:
    """A card whose command names files as from the folder that holds them."""
    words = (Path(word).name if word.startswith("/") else word for word in card["command"].split())
    return {**card, "command": " ".join(words)}


def ship_model(path: Path) -> None:
    """Copies one causal model, whose card is in its file."""
    found = model_file.read(path)
    name, listed = kind_of(found.config), packaged.FOLDER / "sha256.json"
    packaged.FOLDER.mkdir(exist_ok=True)
    copy = packaged.FOLDER / f"{name}{packaged.SUFFIX}"
    model_file.write(copy, found.model(), without_places(found.card), overwrite=True)
    hashes = json.loads(listed.read_text(encoding="utf-8")) if listed.is_file() else {}
    hashes[name] = sha256_of(copy)
    listed.write_text(json.dumps(dict(sorted(hashes.items())), indent=1) + "\n", encoding="utf-8")
    print(f"{name}: {path.stat().st_size / 1e6:.1f} MB, {found.card['bits']['all']:.3f} bits a sample")


def ship(path: Path) -> None:
    """Copies one network."""
    if not path.with_suffix(".json").is_file() or "accuracy" not in json.loads(
        path.with_suffix(".json").read_text(encoding="utf-8")
    ):
        ship_model(path)
        return
    kept = stored.read(path)
    if path.stat().st_size > MOST_BYTES:
        sys.exit(f"{path} has {path.stat().st_size} bytes; {MOST_BYTES} are allowed: train it with fewer channels")
    name = kept.architecture.name
    card = without_places(json.loads(path.with_suffix(".json").read_text(encoding="utf-8")))
    card |= {"architecture": kept.architecture.as_dict(), "representation": kept.representation.as_dict()}
    FOLDER.mkdir(exist_ok=True)
    stored.write(
        FOLDER / f"{name}.safetensors",
        kept.classifier(),
        kept.representation,
        without_places(kept.card),
        overwrite=True,
    )
    (FOLDER / f"{name}.json").write_text(json.dumps(card) + "\n", encoding="utf-8")
    listed = FOLDER / "sha256.json"
    hashes = json.loads(listed.read_text(encoding="utf-8")) if listed.is_file() else {}
    hashes[name] = sha256_of(FOLDER / f"{name}.safetensors")
    listed.write_text(json.dumps(dict(sorted(hashes.items())), indent=1) + "\n", encoding="utf-8")
    print(f"{name}: {path.stat().st_size / 1e6:.1f} MB, {100 * card['accuracy']['class']:.1f} %")


if __name__ == "__main__":
    for word in sys.argv[1:]:
        ship(Path(word))
