"""The order of work and the command line, and nothing else.

The rule of this layer: a flow calls tasks and passes on their refs. No file here is named after a library,
because Prefect may put this folder first on the import path.
"""

import os

# PyTorch's threads read this once, when they are loaded. By default an idle thread keeps its core busy. If two models,
# or another program, share the cores, everything waits for such threads: an epoch took 3 to 5 times as long. A value
# set by the user is kept.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
