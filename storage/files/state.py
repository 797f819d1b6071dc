"""A `State` as files: tensors as safetensors, facts as JSON."""

import json
from pathlib import Path

from safetensors.torch import load, save

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
    # The format refuses tensors that share memory.
    content = save({name: tensor.detach().cpu().contiguous().clone() for name, tensor in state.tensors.items()})
    # Facts may contain infinities, such as the best value before the first epoch; Python's JSON preserves them.
    facts = json.dumps(dict(state.facts), indent=1, ensure_ascii=False)
    with writing(folder):
        (folder / TENSORS).write_bytes(content)
        (folder / FACTS).write_text(facts + "\n", encoding="utf-8")


def read_state(folder: Path) -> State:
    """Return the state in `folder`.

    Raises:
        StorageError: A file is missing or corrupt.
    """
    facts = read_json(folder / FACTS)
    with reading(folder / TENSORS, "a safetensors file"):
        return State(load((folder / TENSORS).read_bytes()), facts)
