"""The optimiser: AdamW over the parameters of a network."""

import torch
from torch import nn

from seqrec.training.config import TrainingConfig


def build_optimiser(network: nn.Module, config: TrainingConfig) -> torch.optim.AdamW:
    """Returns AdamW that decays matrices, but not biases and norms; embedding tables only with `decay_embeddings`.

    Frozen parameters are left out.
    """
    tables = {id(m.weight) for m in network.modules() if isinstance(m, nn.Embedding)}
    exempt = set() if config.decay_embeddings else tables
    parameters = [p for p in network.parameters() if p.requires_grad]
    decayed = [p for p in parameters if p.ndim > 1 and id(p) not in exempt]
    kept = [p for p in parameters if p.ndim <= 1 or id(p) in exempt]
    groups = [
        {"params": decayed, "weight_decay": config.weight_decay},
        {"params": kept, "weight_decay": 0.0},
    ]
    # A CUDA graph can only record an optimiser that counts its steps on the GPU.
    on_gpu = any(p.device.type == "cuda" for p in parameters)
    return torch.optim.AdamW(groups, lr=config.lr, fused=True, capturable=on_gpu)
