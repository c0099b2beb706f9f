"""`python -m bench.ship FILE.safetensors [...]`: makes trained networks part of the package.

Each is checked and copied to `networks/pretrained/weights` under the name of its network, with its card and the hash
of its file.
The file of the training itself, FILE with .json, must lie beside it.
"""

import json
import shutil
import sys
from pathlib import Path

from gramophone.files import sha256_of
from gramophone.networks.pretrained import checkpoint as stored
from gramophone.networks.pretrained.packaged import FOLDER

MOST_BYTES = 16_000_000


def ship(path: Path) -> None:
    """Copies one network."""
    kept = stored.read(path)
    if path.stat().st_size > MOST_BYTES:
        sys.exit(f"{path} has {path.stat().st_size} bytes; {MOST_BYTES} are allowed: train it with fewer channels")
    name = kept.architecture.name
    card = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
    card |= {"architecture": kept.architecture.as_dict(), "representation": kept.representation.as_dict()}
    FOLDER.mkdir(exist_ok=True)
    shutil.copyfile(path, FOLDER / f"{name}.safetensors")
    (FOLDER / f"{name}.json").write_text(json.dumps(card) + "\n", encoding="utf-8")
    listed = FOLDER / "sha256.json"
    hashes = json.loads(listed.read_text(encoding="utf-8")) if listed.is_file() else {}
    hashes[name] = sha256_of(FOLDER / f"{name}.safetensors")
    listed.write_text(json.dumps(dict(sorted(hashes.items())), indent=1) + "\n", encoding="utf-8")
    print(f"{name}: {path.stat().st_size / 1e6:.1f} MB, {100 * card['accuracy']['class']:.1f} %")


if __name__ == "__main__":
    for word in sys.argv[1:]:
        ship(Path(word))
