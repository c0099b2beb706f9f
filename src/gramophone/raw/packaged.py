"""Causal models that come with the package, and those of a folder."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from gramophone.errors import ModelError, UsageError
from gramophone.files import check_sha256
from gramophone.raw import model_file
from gramophone.raw.configs import RawKind

FOLDER = Path(__file__).parent / "weights"
SUFFIX = ".safetensors"


@dataclass(frozen=True)
class PackagedModel:
    """A causal model of the package.

    Attributes:
        name: its kind.
        path: path of its file.
        sha256: expected hash of the file.
    """

    name: str
    path: Path
    sha256: str

    @cached_property
    def file(self) -> model_file.ModelFile:
        """Contents of the file.

        Raises:
            GramophoneError: as `model_file.read`.
        """
        return model_file.read(self.path)

    def verify(self) -> None:
        """Checks the hash of the file, and reads it.

        Raises:
            InputError: the file is missing.
            ModelError: the file is another one, or damaged.
        """
        check_sha256(self.path, self.sha256)
        _ = self.file


def shipped_models(folder: Path | None = None) -> Mapping[str, PackagedModel]:
    """All causal models of the package, by name.

    Args:
        folder: folder of their files; that of the package by default.

    Raises:
        ModelError: the list of models is damaged.
    """
    folder = folder or FOLDER
    listed = folder / "sha256.json"
    if not listed.is_file():
        return {}
    try:
        hashes = json.loads(listed.read_text(encoding="utf-8"))
        return {name: PackagedModel(name, folder / f"{name}{SUFFIX}", str(one)) for name, one in hashes.items()}
    except (OSError, ValueError, AttributeError) as error:
        raise ModelError(f"the list of models in {folder} cannot be read; install the package again") from error


def models(folder: Path | None = None) -> Mapping[str, Path]:
    """Files of models by the names of the files, those of the package and those of a folder.

    Raises:
        UsageError: the folder does not exist.
    """
    if folder is not None and not folder.is_dir():
        raise UsageError(f"{folder} is not a folder; name one that holds files of 'gramophone train texture'")
    places = (FOLDER, *([folder] if folder else []))
    return {path.stem: path for place in places for path in sorted(place.glob(f"*{SUFFIX}"))}


def packaged(kind: RawKind) -> Path:
    """File of the package's model of a kind: five parametric textures, with the conditions `texture` and `amount`.

    Raises:
        UsageError: there is none.
    """
    path = FOLDER / f"{kind}{SUFFIX}"
    if not path.is_file():
        raise UsageError(
            f"no {kind} comes with gramophone; train one with 'gramophone train texture' and name its file"
        )
    return path
