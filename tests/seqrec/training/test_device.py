"""Devices and precisions by name."""

import pytest
import torch

from seqrec.errors import ConfigError
from seqrec.training.device import resolve_device, resolve_precision


def test_auto_takes_what_there_is() -> None:
    assert resolve_device("auto").type == ("cuda" if torch.cuda.is_available() else "cpu")
    assert resolve_device("cpu") == torch.device("cpu")


def test_an_unknown_device_lists_the_known_ones() -> None:
    with pytest.raises(ConfigError) as caught:
        resolve_device("tpu")
    assert caught.value.subject == "device"
    assert caught.value.got == "'tpu'"
    assert "auto, cpu" in caught.value.expected


def test_the_requested_precision_is_used() -> None:
    cpu = torch.device("cpu")
    assert resolve_precision("float32", cpu) == "float32"
    assert resolve_precision("bfloat16", cpu) == "bfloat16"


@pytest.mark.parametrize(("has_amx", "expected"), [(True, "bfloat16"), (False, "float32")])
def test_auto_precision_depends_on_the_processor(monkeypatch: pytest.MonkeyPatch, has_amx: bool, expected: str) -> None:
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: {"amx_bf16": has_amx})
    assert resolve_precision("auto", torch.device("cpu")) == expected
