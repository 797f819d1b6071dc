"""The dropout layer of all networks."""

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional

LEVELS = 256


class Dropout(nn.Module):
    """Sets each number to zero with probability `rate` in training, and scales up the others to keep the mean.

    On a CPU it draws bytes, eight at a time, so the rate is rounded to a 256th. PyTorch's own draws take longer there
    than attention does.
    """

    def __init__(self, rate: float) -> None:
        super().__init__()
        self.rate = rate

    def forward(self, hidden: Float[Tensor, "*shape"]) -> Float[Tensor, "*shape"]:
        """Returns the input with some numbers set to zero; in evaluation, the input itself."""
        kept = round((1 - self.rate) * LEVELS)
        if not self.training or kept == LEVELS:
            return hidden
        if hidden.device.type != "cpu":
            return functional.dropout(hidden, self.rate)
        words = torch.empty(-(-hidden.numel() // 8), dtype=torch.int64).random_(-(2**63), None)
        keep = words.view(torch.uint8)[: hidden.numel()].view(hidden.shape) < kept
        return hidden * keep.to(hidden.dtype).mul_(LEVELS / kept)
