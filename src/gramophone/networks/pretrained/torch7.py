"""Files of Torch 7 (`.t7`, binary): numbers, texts, tables and tensors, and nothing that is run.

Every object is a 32-bit kind and its contents, little endian. Tables and Torch objects have a number, by which a
later reference means the same object. Functions are refused.
"""

import struct
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from gramophone.errors import ModelError

NIL, NUMBER, STRING, TABLE, TORCH, BOOLEAN = range(6)
MOST_OBJECTS = 1_000_000
MOST_DEPTH = 100
STORAGES = {"Float": "<f4", "Double": "<f8", "Long": "<i8", "Int": "<i4", "Byte": "u1", "Char": "i1", "Short": "<i2"}
CUDA = "Cuda"  # single precision


@dataclass(eq=False)
class TorchObject:
    """An object of another class than tensors: a module, as a table of its fields.

    Attributes:
        kind: name of its class.
        fields: its fields; empty where it has none.
    """

    kind: str
    fields: dict[Any, Any] = field(default_factory=dict)


def read_torch7(data: bytes) -> Any:  # noqa: ANN401 - whatever a file holds
    """Reads the first object of a file.

    Returns:
        None, numbers, texts, truth values, dictionaries, arrays and `TorchObject`s.

    Raises:
        ModelError: the data are damaged, or hold what is no data.

    Example:
        >>> read_torch7(bytes.fromhex("01000000") + struct.pack("<d", 2.5))
        2.5
    """
    try:
        return _Reader(memoryview(data)).value()
    except (struct.error, ValueError, UnicodeDecodeError, TypeError, OverflowError, MemoryError) as error:
        raise ModelError(f"the file of Torch 7 is damaged ({error}); fetch it again") from error


@dataclass(eq=False)
class _Reader:
    data: memoryview
    place: int = 0
    objects: dict[int, Any] = field(default_factory=dict)

    def take(self, form: str) -> Any:  # noqa: ANN401
        found = struct.unpack_from(f"<{form}", self.data, self.place)
        self.place += struct.calcsize(f"<{form}")
        return found[0] if len(found) == 1 else found

    def text(self) -> str:
        length = self.take("i")
        if not 0 <= length <= len(self.data) - self.place:
            raise ValueError(f"a text of {length} bytes")
        self.place += length
        return bytes(self.data[self.place - length : self.place]).decode("utf-8", "replace")

    def value(self, depth: int = 0) -> Any:  # noqa: ANN401
        if depth > MOST_DEPTH or len(self.objects) > MOST_OBJECTS:
            raise ValueError("too many objects")
        kind = self.take("i")
        if kind == NIL:
            return None
        if kind == NUMBER:
            return self.take("d")
        if kind == STRING:
            return self.text()
        if kind == BOOLEAN:
            return bool(self.take("i"))
        if kind not in (TABLE, TORCH):
            raise ValueError(f"an object of kind {kind}, which is no data")
        number = self.take("i")
        if number not in self.objects:
            self.objects[number] = None  # of a table within itself
            self.objects[number] = self.table(number, depth) if kind == TABLE else self.torch(number, depth)
        return self.objects[number]

    def table(self, number: int, depth: int) -> dict[Any, Any]:
        found: dict[Any, Any] = {}
        self.objects[number] = found
        for _ in range(self.take("i")):
            key = self.value(depth + 1)
            found[key if isinstance(key, str | float | bool) else id(key)] = self.value(depth + 1)
        return found

    def torch(self, number: int, depth: int) -> Any:  # noqa: ANN401
        name = self.text()
        if name.startswith("V "):
            name = self.text()
        word = name.removeprefix("torch.")
        if word != name and word.endswith("Tensor"):
            return self.tensor(depth)
        if word != name and word.endswith("Storage"):
            return self.storage(word.removesuffix("Storage"))
        found = TorchObject(name)
        self.objects[number] = found
        fields = self.value(depth + 1)
        found.fields = fields if isinstance(fields, dict) else {}
        return found

    def storage(self, word: str) -> np.ndarray:
        kind = np.dtype("<f4" if word == CUDA else STORAGES.get(word.removeprefix(CUDA), ""))
        count = self.take("q")
        if not 0 <= count * kind.itemsize <= len(self.data) - self.place:
            raise ValueError(f"a storage of {count} numbers")
        self.place += count * kind.itemsize
        return np.frombuffer(self.data[self.place - count * kind.itemsize : self.place], kind)

    def tensor(self, depth: int) -> np.ndarray:
        axes = self.take("i")
        if not 0 <= axes <= 8:
            raise ValueError(f"a tensor of {axes} axes")
        sizes, strides = ([self.take("q") for _ in range(axes)] for _ in range(2))
        first = self.take("q") - 1
        storage = self.value(depth + 1)
        if storage is None or not axes:
            return np.zeros(0, np.float32)
        last = first + sum((size - 1) * stride for size, stride in zip(sizes, strides, strict=True))
        is_sound = isinstance(storage, np.ndarray) and min(sizes) >= 0 <= min(strides) and first >= 0
        if not is_sound or last >= len(storage):
            raise ValueError("a tensor beyond its storage")
        steps = [stride * storage.itemsize for stride in strides]
        return np.lib.stride_tricks.as_strided(storage[first:], sizes, steps, writeable=False)
