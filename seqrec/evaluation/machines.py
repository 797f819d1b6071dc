"""Whether the models of one table were trained alike.

The number of threads, the device, its precision and the kind of processor change the order in which floats are added,
and so the last bits of trained weights. They are no part of a model's key, because a model stays usable on another
machine. A table that mixes them says so: the difference between two of its models may be one of machines.
"""

from collections.abc import Sequence

from seqrec.evaluation.results import Fit


def mixture(fits: Sequence[Fit]) -> str | None:
    """Returns in words which models were trained on which machines, or None if all were trained on the same one.

    Only models with epochs count, since the others do not depend on the machine.
    """
    labels: dict[str, list[str]] = {}
    for fit in fits:
        if fit.epochs:
            known = labels.setdefault(str(fit.machine), [])
            if fit.label not in known:
                known.append(fit.label)
    if len(labels) < 2:
        return None
    parts = "; ".join(f"{', '.join(known)} on {machine}" for machine, known in sorted(labels.items()))
    return f"The table mixes machines, which changes trained weights in their last bits: {parts}."
