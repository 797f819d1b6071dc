"""The leash of a child process: a pipe that it watches, and whose other end its parent alone holds.

The leash breaks when the parent lets go of it, and also when the parent dies, however it dies. It works on every
system, and without anybody who would have to clean up.
"""

import os
import threading
import time
from collections.abc import Callable
from typing import Final

PATIENCE_S: Final = 5.0
"""Seconds that a child has for an orderly end."""
ABANDONED: Final = 130


def watch(descriptor: int, let_go: Callable[[], object]) -> None:
    """Call `let_go` in a thread when the leash breaks; a process that still runs `PATIENCE_S` later is ended.

    Args:
        descriptor: The end of the pipe to read from.
        let_go: Asks this process to end.
    """

    def wait() -> None:
        while os.read(descriptor, 1):
            pass
        let_go()
        time.sleep(PATIENCE_S)
        os._exit(ABANDONED)

    threading.Thread(target=wait, name="leash", daemon=True).start()
