"""The part of a file that is to be read: where that begins, and how far it was read."""

from collections.abc import Iterator
from pathlib import Path

from seqrec.datasets.errors import Rejects
from seqrec.datasets.parsing.blocks import BLOCK_BYTES, Block, read_blocks


def unread_blocks(path: Path, rejects: Rejects, block_bytes: int = BLOCK_BYTES) -> Iterator[Block]:
    """The blocks of the part of a file that `rejects` says is to be read, which learns how far that was done.

    Raises:
        DataError: As `read_blocks`.
    """
    for block in read_blocks(path, block_bytes, rejects.span_of(path)):
        rejects.passed(path, block.n_lines, is_open=not block.data.endswith(b"\n"))
        yield block
