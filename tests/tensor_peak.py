"""The peak memory of PyTorch's tensors, as its allocator counts it."""

import json
from collections.abc import Callable
from pathlib import Path

from torch.profiler import ProfilerActivity, profile


def tensor_peak(work: Callable[[], object], folder: Path) -> int:
    """Return the bytes at the peak of `work`, above the level before it.

    Args:
        work: Function to measure.
        folder: Folder for the trace of the profiler.
    """
    with profile(activities=[ProfilerActivity.CPU], profile_memory=True, acc_events=True) as profiler:
        work()
    trace = folder / "trace.json"
    profiler.export_chrome_trace(str(trace))
    events = [event["args"] for event in json.loads(trace.read_text())["traceEvents"] if event["name"] == "[memory]"]
    before = events[0]["Total Allocated"] - events[0]["Bytes"]
    return int(max(event["Total Allocated"] for event in events) - before)
