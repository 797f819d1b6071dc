"""The base of neural models. A model's file describes its network and loss; everything else is here."""

from abc import abstractmethod
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import partial
from typing import Annotated, ClassVar

import numpy as np
import torch
from jaxtyping import Float, Float32, Int32
from pydantic import Field, PositiveInt, model_validator
from torch import Tensor
from torch.nn import functional

from seqrec import stop
from seqrec.digest import seed_from
from seqrec.evaluation.accuracy import hit_rate, ndcg
from seqrec.evaluation.ranking import place
from seqrec.models.base import Ingredients, ModelConfig, Needs, Recommender
from seqrec.models.item_init import ItemInit, initial_table
from seqrec.models.item_tables import AnyItemTable
from seqrec.models.item_tables.ids import Config as Ids
from seqrec.models.memory_estimate import estimate_memory
from seqrec.models.out_of_memory import check_fits, out_of_memory
from seqrec.models.warm_start import TABLE_PREFIX, begin_from, table_weights
from seqrec.nn.head import Head
from seqrec.nn.init import initialise
from seqrec.nn.losses import AnyLoss
from seqrec.nn.losses.softmax import Config as Softmax
from seqrec.nn.network import ItemNetwork
from seqrec.training.batches import Packed
from seqrec.training.checkpoint import snapshot
from seqrec.training.config import TrainingConfig
from seqrec.training.device import resolve_precision
from seqrec.training.engine import Trainer
from seqrec.training.footprint import Footprint
from seqrec.training.memory import free_bytes
from seqrec.training.rng import IsolatedRng
from seqrec.tuning.dimensions import Choice, Dimension, Log, Uniform, Whole
from seqrec.types import EpochReport, Rules, Run, Sequences, State, Training

ITEM_INIT = "item_init"
"""The role of the vectors that the item table is initialised from."""
ITEM_TABLE = "item_table"
"""The role of the vectors that the item table is computed from."""
PROMPTS_PER_BATCH = {"cpu": 512, "cuda": 2048}
"""The number of prompts that a network answers together. On a CPU their states stay near the cache; on a GPU they are
enough to make the many small kernels of a narrow network worth their launch, and few enough for the memory of a wide
one."""

DropoutRate = Annotated[float, Field(ge=0.0, lt=1.0)]


class NeuralConfig(ModelConfig):
    """The settings of every network: a table of item embeddings, a window on the sequence, a tied head."""

    dim: PositiveInt = 256
    """The width of item embeddings and hidden states."""
    max_len: PositiveInt = 20
    """The number of most recent items of a sequence that the network sees."""
    dropout: DropoutRate = 0.4
    """The dropout rate of the hidden layers."""
    input_dropout: DropoutRate | None = None
    """The dropout rate of the input of the first layer; by default, the same as `dropout`."""
    head: Head = Head()
    loss: AnyLoss = Softmax()
    """The training loss of the scores over the catalogue."""
    item_table: AnyItemTable = Ids()
    """How each item gets its embedding: learned for itself, or computed from its vector."""
    item_init: ItemInit | None = None
    """The item vectors that embeddings are initialised from; a random initialisation if left out."""
    training: TrainingConfig = TrainingConfig()

    search_space: ClassVar[Mapping[str, Dimension]] = {
        "dim": Choice(options=(64, 128, 256)),
        "dropout": Uniform(low=0.0, high=0.6),
        "training.lr": Log(low=1e-4, high=1e-2),
        "training.batch_size": Choice(options=(64, 128, 256)),
        "item_init.scale": Choice(options=("raw", "matched")),
        "item_table.scale": Choice(options=("raw", "matched")),
    }
    linked: ClassVar[Mapping[str, tuple[str, ...]]] = {
        "dim": ("item_init.source.reducer.dim", "item_table.source.reducer.dim")
    }

    @model_validator(mode="after")
    def _check_item_init(self) -> "NeuralConfig":
        if self.item_init is not None and self.item_table.vectors is not None:
            raise ValueError(
                f"item_init initialises learned embeddings; the item table {self.item_table.name} has none"
            )
        return self

    @property
    def needs(self) -> Needs:
        """The vectors of `item_table` or `item_init`, which must be as wide as the item table."""
        role, source = ITEM_TABLE, self.item_table.vectors
        if self.item_init is not None:
            role, source = ITEM_INIT, self.item_init.source
        return Needs() if source is None else Needs(vectors={role: source}, dims={role: self.dim})

    @property
    def input_rate(self) -> float:
        """The dropout rate of the input: `input_dropout`, or `dropout` if that is left out."""
        return self.dropout if self.input_dropout is None else self.input_dropout

    @property
    def stochastic(self) -> bool:
        """True, since initialisation, order and dropout are random."""
        return True

    def extend(self, state: State, given: Ingredients) -> State | None:
        """Returns the network for further items, if its item table is computed from vectors.

        A further item has the mean bias, as items that training never showed have it.
        """
        if ITEM_TABLE not in given.vectors:
            return None
        vectors = torch.from_numpy(given.vectors[ITEM_TABLE].values)
        table = self.item_table.extend(table_weights(state.tensors), vectors)
        if table is None:
            return None
        tensors = dict(state.tensors) | {f"{TABLE_PREFIX}{name}": tensor for name, tensor in table.items()}
        if (bias := tensors.get("bias")) is not None:
            tensors["bias"] = torch.cat([bias, bias.mean().repeat(len(vectors) - len(bias))])
        return State(tensors, state.facts)

    @abstractmethod
    def network(self, n_items: int) -> ItemNetwork:
        """Returns the network over `n_items` items, with weights that are not yet initialised."""

    def build(self, n_items: int) -> "NeuralRecommender":
        """Returns an unfitted model over `n_items` encoded items."""
        return NeuralRecommender(self, n_items)


class TransformerConfig(NeuralConfig):
    """The additional settings of transformers."""

    n_layers: PositiveInt = 2
    """The number of attention blocks."""
    n_heads: PositiveInt = 2
    """The number of attention heads of each block; `dim` must be a multiple of it."""
    scaled: bool = False
    """Whether item embeddings in the input are multiplied by the square root of `dim`. Otherwise they are so small in
    the residual that the output of the first blocks drowns them (`docs/log.md`)."""
    input_norm: bool = False
    """Whether a layer norm follows the sum of items and positions."""

    search_space: ClassVar[Mapping[str, Dimension]] = {
        **NeuralConfig.search_space,
        "n_layers": Whole(low=1, high=3),
        "n_heads": Choice(options=(1, 2, 4)),
        "scaled": Choice(options=(False, True)),
        "input_norm": Choice(options=(False, True)),
    }

    @model_validator(mode="after")
    def _check_heads(self) -> "TransformerConfig":
        if self.dim % self.n_heads:
            raise ValueError(f"dim {self.dim} is not a multiple of n_heads {self.n_heads}")
        return self


class NeuralRecommender(Recommender):
    """A network that is trained by the engine and scores items by their product with a query."""

    config: NeuralConfig

    def __init__(self, config: NeuralConfig, n_items: int) -> None:
        self.config, self.n_items = config, n_items
        self._network: ItemNetwork | None = None
        self._trainer: Trainer | None = None

    @property
    def device(self) -> torch.device:
        """The device of the weights."""
        return next(self._fitted.parameters()).device

    @property
    def n_parameters(self) -> int:
        """The number of learnt parameters of the network."""
        return sum(parameter.numel() for parameter in self._fitted.parameters() if parameter.requires_grad)

    def precision(self, device: torch.device) -> str:
        """Returns the configured precision, or the device's best if that is `auto`."""
        return resolve_precision(self.config.training.precision, device)

    def fit(self, data: Training, given: Ingredients, run: Run, resume: State | None = None) -> Iterator[EpochReport]:
        """Trains on `data.fit` until validation stops improving; see `Trainer.train` for a refit.

        Raises:
            ConfigError: The vectors do not fit the network.
            TrainingError: The loss is no longer finite, or the device has too little memory.
        """
        estimate, free = partial(self._estimate, data), free_bytes(run.device)
        if run.device.type == "cpu":
            self.footprint = check_fits(self.config, estimate, free)
        try:
            self._network = self._start(given, run)
            self._trainer = Trainer(self.name, self._network, self.config.training, run)
            if resume is not None:
                self._trainer.resume(resume)
            refit = data.train if data.refit else None
            yield from self._trainer.train(data.fit, refit, lambda: self._validate(data))
        except torch.OutOfMemoryError as error:
            # The traceback is dropped, since its frames keep alive the tensors that did not fit.
            raise out_of_memory(self.config, estimate, free, run.device) from error.with_traceback(None)

    def checkpoint(self) -> State | None:
        """Returns weights, optimiser state, best weights and random state, as the engine keeps them."""
        return self._trainer.checkpoint() if self._trainer else None

    def state(self) -> State:
        """Returns the weights."""
        return State(snapshot(self._fitted.state_dict()))

    def load(self, state: State, given: Ingredients, run: Run) -> None:  # noqa: ARG002 - the weights are enough
        """Restores the weights from `state`."""
        # No initial weights are drawn: they would come from PyTorch's global generator, which a training in another
        # thread may be using.
        with torch.device("meta"):
            network = self.config.network(self.n_items)
        network.load_state_dict(dict(state.tensors), assign=True)
        self._network = network.to(run.device).eval()

    @torch.no_grad()
    def encode(self, prompts: Sequences, rules: Rules) -> Float[Tensor, "n_prompts dim"]:  # noqa: ARG002
        """Returns the network's query for each prompt, from its last `prompt_len` items."""
        return self._queries(prompts)

    def _queries(self, prompts: Sequences) -> Float[Tensor, "n_prompts dim"]:
        network = self._fitted
        queries = torch.empty(len(prompts), self.config.dim, device=self.device)
        n_rows = PROMPTS_PER_BATCH[self.device.type]
        for rows, batch in Packed(prompts, network.prompt_len, self.device).in_order_of_length(n_rows):
            stop.check()
            queries[torch.from_numpy(rows).to(self.device)] = network.queries(batch)
        return queries

    @torch.no_grad()
    def score(
        self, queries: Float[Tensor, "n_prompts dim"], start: int, stop: int
    ) -> Float[Tensor, "n_prompts n_scored"]:
        """Returns products with the item table plus bias, always in float32, since rounding would create ties."""
        network = self._fitted
        bias = None if network.bias is None else network.bias[start:stop]
        return functional.linear(queries, network.table[start:stop], bias)

    @property
    def item_factors(self) -> Float32[np.ndarray, "n_items width"]:
        """The item table, with the bias as a last column if there is one."""
        network = self._fitted
        bias = [] if network.bias is None else [network.bias[:, None]]
        factors: Float32[np.ndarray, "n_items width"] = torch.cat([network.table, *bias], 1).detach().cpu().numpy()
        return factors

    @torch.no_grad()
    def prompt_factors(self, prompts: Sequences) -> Float32[np.ndarray, "n_prompts width"]:
        """Returns the queries, with a one at the end for the bias if there is one."""
        queries = self._queries(prompts)
        one = [] if self._fitted.bias is None else [torch.ones(len(queries), 1, device=self.device)]
        factors: Float32[np.ndarray, "n_prompts width"] = torch.cat([queries, *one], 1).cpu().numpy()
        return factors

    @torch.no_grad()
    def score_shown(
        self, prompts: Sequences, shown: Int32[np.ndarray, "n_prompts n_shown"]
    ) -> Float[Tensor, "n_prompts n_shown"]:
        """Returns the same products for the items that are shown."""
        network, items = self._fitted, torch.from_numpy(shown).long().to(self.device)
        scores = torch.bmm(network.table[items], self._queries(prompts)[:, :, None])[:, :, 0]
        return scores if network.bias is None else scores + network.bias[items]

    @property
    def _fitted(self) -> ItemNetwork:
        assert self._network is not None, "fit or load first"
        return self._network

    def _estimate(self, data: Training, config: NeuralConfig) -> Footprint:
        with torch.device("meta"):
            network = config.network(self.n_items)
        phases = [data.fit, data.train] if data.refit else [data.fit]
        return estimate_memory(network, config.training, phases, len(data.valid), PROMPTS_PER_BATCH["cpu"])

    def _start(self, given: Ingredients, run: Run) -> ItemNetwork:
        # Weights are drawn on the CPU, so that a seed gives the same initialisation on every device.
        with IsolatedRng(seed_from(run.seed, "start"), torch.device("cpu")):
            network = self.config.network(self.n_items)
            initialise(network)
            self.config.item_table.begin(network.items, given.vectors.get(ITEM_TABLE), run.seed)
        if self.config.item_init is not None:
            vectors = given.vectors[ITEM_INIT]
            with torch.no_grad():
                network.table.copy_(initial_table(self.config.item_init, network.table, vectors, run.seed))
        if given.start is not None:
            begin_from(network, given.start, informed=self.config.item_init is not None)
        if self.config.item_init is not None and self.config.item_init.frozen:
            network.items.requires_grad_(requires_grad=False)
        return network.to(run.device)

    def _validate(self, data: Training) -> Mapping[str, float]:
        k = self.config.training.valid_cutoff
        places = place(self, data.valid, replace(data.rules, k=k))
        return {
            f"ndcg_at_{k}": float(ndcg(places, k).mean()),
            f"hr_at_{k}": float(hit_rate(places, k).mean()),
        }
