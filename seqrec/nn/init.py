"""The initialisation of all parameters."""

from torch import nn

ITEM_STD = 0.02


def initialise(network: nn.Module) -> None:
    """Initialises all weights, with PyTorch's global generator.

    | parameter | initial value |
    | --- | --- |
    | embeddings | normal, standard deviation `ITEM_STD` |
    | dense and input-to-hidden matrices | Glorot uniform, one draw for each matrix |
    | hidden-to-hidden matrices of a GRU | orthogonal, one draw for each gate |
    | biases | zero |
    | layer norms | one and zero |
    """
    for module in network.modules():
        if isinstance(module, nn.Embedding):
            nn.init.normal_(module.weight, std=ITEM_STD)
        elif isinstance(module, nn.Linear):
            nn.init.xavier_uniform_(module.weight)
            nn.init.zeros_(module.bias)
        elif isinstance(module, nn.GRU):
            _initialise_gru(module)


def _initialise_gru(gru: nn.GRU) -> None:
    for name, parameter in gru.named_parameters():
        if name.startswith("bias"):
            nn.init.zeros_(parameter)
            continue
        start = nn.init.orthogonal_ if name.startswith("weight_hh") else nn.init.xavier_uniform_
        for gate in parameter.detach().chunk(3):
            start(gate)
