"""A `State` on disk: tensors as safetensors, facts as JSON beside them."""

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
    """Writes a state into `folder`; tensors come back on the CPU.

    Raises:
        StorageError: A file can't be written.
    """
    # Tensors may share memory, which the format refuses.
    content = save({name: tensor.detach().cpu().contiguous().clone() for name, tensor in state.tensors.items()})
    # Facts may hold infinities, such as the best value before the first; Python's JSON gives them back.
    facts = json.dumps(dict(state.facts), indent=1, ensure_ascii=False)
    with writing(folder):
        (folder / TENSORS).write_bytes(content)
        (folder / FACTS).write_text(facts + "\n", encoding="utf-8")


def read_state(folder: Path) -> State:
    """The state in `folder`.

    Raises:
        StorageError: A file is missing or corrupt.
    """
    facts = read_json(folder / FACTS)
    with reading(folder / TENSORS, "a safetensors file"):
        return State(load((folder / TENSORS).read_bytes()), facts)
