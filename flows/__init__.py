"""The order of work and the command line, nothing else.

The rule of this layer: a flow calls tasks and passes their refs on. No file here is named after a library,
because Prefect may put this folder first on the import path.
"""

import os

# PyTorch's threads read this once, when they are loaded. By default a thread that has nothing to do keeps its core
# busy; as soon as two models, or another program, share the cores, everything waits for such threads: an epoch took
# 3 to 5 times as long. What the user has set stays.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
