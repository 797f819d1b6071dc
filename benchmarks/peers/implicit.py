"""The lists of implicit for generated factors: `recommend` with a filter of seen items, block by block."""

import argparse
import json
import time
from pathlib import Path

import numpy as np
from implicit.cpu.als import AlternatingLeastSquares
from scipy.sparse import csr_matrix

from benchmarks.factors import N_SEEN, generate


def main() -> None:
    """Print time, peak memory and the first lists as a line of JSON."""
    parser = argparse.ArgumentParser()
    for name in ("users", "items", "width", "k", "block", "shown", "threads"):
        parser.add_argument(name, type=int)
    asked = parser.parse_args()
    factors = generate(asked.users, asked.items, asked.width)
    model = AlternatingLeastSquares(factors=asked.width, num_threads=asked.threads)
    model.user_factors, model.item_factors = factors.users, factors.items
    offsets = np.arange(0, N_SEEN * asked.users + 1, N_SEEN)
    seen = csr_matrix((np.ones(factors.seen.size, np.float32), factors.seen.ravel(), offsets))
    lists = np.empty((asked.users, asked.k), np.int32)
    scores = np.empty((asked.users, asked.k), np.float32)
    started, cpu_started = time.perf_counter(), time.process_time()
    for start in range(0, asked.users, asked.block):
        users = np.arange(start, min(start + asked.block, asked.users))
        block = slice(start, start + len(users))
        lists[block], scores[block] = model.recommend(users, seen[users], asked.k, filter_already_liked_items=True)
    figures = {
        "wall_s": time.perf_counter() - started,
        "cpu_s": time.process_time() - cpu_started,
        "peak_bytes": _peak_bytes(),
        "lists": lists[: asked.shown].tolist(),
    }
    print(json.dumps(figures))


def _peak_bytes() -> int:
    status = Path("/proc/self/status").read_text(encoding="utf-8")
    return int(next(line for line in status.splitlines() if line.startswith("VmHWM:")).split()[1]) * 1024


if __name__ == "__main__":
    main()
