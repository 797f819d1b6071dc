"""The order of work and the command line, nothing else.

The rule of this layer: a flow calls tasks and passes their refs on. No file here is named after a library,
because Prefect may put this folder first on the import path.
"""
