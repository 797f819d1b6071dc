"""A description of the machine, which is stored with its results."""

import os
from pathlib import Path

import psutil
import torch

from seqrec.evaluation.results import Machine

CPU_INFO = Path("/proc/cpuinfo")


def hardware() -> str:
    """Return the processor, cores, memory and GPUs in words."""
    gib = psutil.virtual_memory().total / 2**30
    parts = [f"{_processor()}, {len(os.sched_getaffinity(0))} cores, {gib:.0f} GiB"]
    parts += [torch.cuda.get_device_name(index) for index in range(torch.cuda.device_count())]
    return "; ".join(parts)


def machine(device: torch.device, precision: str) -> Machine:
    """Describe what a training on `device` runs on."""
    processor = torch.cuda.get_device_name(device) if device.type == "cuda" else _processor()
    return Machine(device.type, precision, torch.get_num_threads(), processor)


def _processor() -> str:
    if CPU_INFO.exists():
        for line in CPU_INFO.read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return "CPU"
