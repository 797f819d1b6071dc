"""Embeddings from any endpoint that is compatible with OpenAI's API."""

import logging
import math
from collections.abc import Generator
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from pathlib import Path
from typing import Annotated, Literal

import numpy as np
from jaxtyping import Float32, Int64
from pydantic import Field, PositiveFloat, PositiveInt, model_validator

from seqrec.digest import digest_of
from seqrec.errors import BudgetError
from seqrec.llm.endpoint_config import EndpointConfig
from seqrec.text.encoders.base import EmbeddedBatch, EncoderConfig
from seqrec.types import Texts

log = logging.getLogger(__name__)

BYTES_PER_TOKEN = 4
"""The UTF-8 bytes of a token. Counting letters would mislead: a token is about four letters of English, but one or two
of most other scripts, whose letters take two or three bytes each."""


class Config(EncoderConfig, EndpointConfig):
    """An embeddings endpoint that speaks the OpenAI API, with a budget.

    The API key comes from the environment and is never written anywhere.
    """

    name: Literal["openai"] = "openai"
    dimensions: PositiveInt | None = None
    """The width of the vectors, if the model can shorten them; the model's own width if left out."""
    batch_size: Annotated[int, Field(gt=0, le=2048)] = 256
    """The number of texts per request."""
    usd_per_million_tokens: Annotated[float, Field(ge=0.0)] | None = None
    """The price of a million tokens in US dollars, for the estimate of costs; no estimate if left out."""
    budget_usd: PositiveFloat | None = None
    """The largest estimated cost of encoding new texts, in US dollars; nothing is sent if they would cost more."""

    @model_validator(mode="after")
    def _price_the_budget(self) -> "Config":
        if self.budget_usd is not None and self.usd_per_million_tokens is None:
            raise ValueError("budget_usd needs usd_per_million_tokens, the price that the cost is estimated with")
        return self

    def identity(self, texts: Texts, data: Path) -> str:  # noqa: ARG002
        """Returns the digest of endpoint, model and dimensions."""
        return digest_of(self.model_dump(mode="json", include={"name", "model", "base_url", "dimensions"}))

    def embed(self, texts: Texts, data: Path) -> Generator[EmbeddedBatch, None, None]:  # noqa: ARG002
        """Yields batches in the order in which they are answered.

        After a request has failed for good, no new one is sent, but the answers to running requests are still
        yielded.

        Raises:
            BudgetError: The estimated cost exceeds the budget; nothing was sent.
            EndpointError: The endpoint can't be reached, refuses the request, or returns an unusable answer.
        """
        self._check_budget(texts.texts)
        # The SDK takes a second to import, and the rest of the program should not wait for it.
        from seqrec.llm.endpoint import Endpoint  # noqa: PLC0415

        order = np.arange(len(texts.texts), dtype=np.int64)
        batches = [order[start : start + self.batch_size] for start in range(0, len(order), self.batch_size)]
        with Endpoint(self) as endpoint, ThreadPoolExecutor(self.max_concurrency) as pool:
            batch_of = {
                pool.submit(endpoint.embed, [texts.texts[i] for i in batch], self.dimensions): batch
                for batch in batches
            }
            try:
                yield from _completed(batch_of)
            finally:
                for future in batch_of:
                    future.cancel()

    def _check_budget(self, texts: tuple[str, ...]) -> None:
        n_tokens = estimate_tokens(texts)
        if self.usd_per_million_tokens is None:
            log.info("%d texts for %s: about %d tokens", len(texts), self.model, n_tokens)
            return
        cost_usd = n_tokens * self.usd_per_million_tokens / 1e6
        log.info("%d texts for %s: about %d tokens, %.4f USD", len(texts), self.model, n_tokens, cost_usd)
        if self.budget_usd is not None and cost_usd > self.budget_usd:
            raise BudgetError(
                f"budget_usd of embedding model '{self.model}'",
                got=f"about {n_tokens} tokens in {len(texts)} texts, {cost_usd:.4f} USD",
                expected=f"at most {self.budget_usd:.4f} USD; nothing was sent",
                remedy="Raise budget_usd, shorten the texts with max_chars, or choose a cheaper encoder.",
            )


def estimate_tokens(texts: tuple[str, ...]) -> int:
    """Estimates the number of tokens of `texts` without the model's tokenizer."""
    return sum(math.ceil(len(text.encode()) / BYTES_PER_TOKEN) for text in texts)


def _completed(
    batch_of: dict[Future[Float32[np.ndarray, "n dim"]], Int64[np.ndarray, " n"]],
) -> Generator[EmbeddedBatch, None, None]:
    """Yields the answers as they arrive; a failure is raised after all answers that were paid for."""
    failures: list[BaseException] = []
    for future in as_completed(batch_of):
        if future.cancelled():
            continue
        failure = future.exception()
        if failure is None:
            yield EmbeddedBatch(batch_of[future], future.result())
            continue
        failures.append(failure)
        for other in batch_of:
            other.cancel()
    if failures:
        raise failures[0]
