"""A `State` as files: tensors as safetensors, facts as JSON."""

import json
from collections.abc import Mapping
from pathlib import Path

from safetensors.torch import load, save
from torch import Tensor

from seqrec.types import State
from storage.atomic_write import writing
from storage.files.json_file import read_json
from storage.files.reading import reading

TENSORS = "state.safetensors"
FACTS = "state.json"


def write_state(folder: Path, state: State) -> None:
    """Write a state into `folder`; `read_state` returns its tensors on the CPU.

    Raises:
        StorageError: A file can't be written.
    """
    content = save(_apart(state.tensors))
    # Facts may contain infinities, such as the best value before the first epoch; Python's JSON preserves them.
    facts = json.dumps(dict(state.facts), indent=1, ensure_ascii=False)
    with writing(folder):
        folder.mkdir(exist_ok=True)
        (folder / TENSORS).write_bytes(content)
        (folder / FACTS).write_text(facts + "\n", encoding="utf-8")


def _apart(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Return the tensors in main memory; those that share memory are copied, because the format rejects them."""
    apart: dict[str, Tensor] = {}
    places: set[int] = set()
    for name, tensor in tensors.items():
        stored = tensor.detach().cpu().contiguous()
        place = stored.untyped_storage().data_ptr()
        apart[name] = stored.clone() if place in places else stored
        places.add(place)
    return apart


def read_state(folder: Path) -> State:
    """Return the state in `folder`.

    Raises:
        StorageError: A file is missing or corrupt.
    """
    facts = read_json(folder / FACTS)
    with reading(folder / TENSORS, "a safetensors file"):
        return State(load((folder / TENSORS).read_bytes()), facts)
