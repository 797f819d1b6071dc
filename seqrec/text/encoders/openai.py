"""Embeddings from any endpoint that is compatible with OpenAI's API."""

import logging
from collections.abc import Generator
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, PositiveFloat, PositiveInt, model_validator

from seqrec.digest import digest_of
from seqrec.errors import BudgetError
from seqrec.llm.endpoint_config import EndpointConfig
from seqrec.text.encoders.base import EmbeddedBatch, EncoderConfig
from seqrec.text.encoders.requests import Requests, estimate_tokens
from seqrec.types import Texts

log = logging.getLogger(__name__)


class Config(EncoderConfig, EndpointConfig):
    """An embeddings endpoint that speaks the OpenAI API, with a budget.

    The API key comes from the environment and is never written anywhere.
    """

    name: Literal["openai"] = "openai"
    dimensions: PositiveInt | None = None
    """The width of the vectors, if the model can shorten them; the model's own width if left out."""
    prefix: str = ""
    """The text that precedes each item text, for models that were trained with an instruction, such as `passage: `."""
    batch_size: Annotated[int, Field(gt=0, le=2048)] = 256
    """The largest number of texts per request; fewer are sent if they are long, or if the endpoint accepts fewer."""
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
        """Returns the digest of the endpoint's address, and of the model, dimensions and prefix."""
        facts = self.model_dump(mode="json", include={"name", "model", "dimensions"}) | {"base_url": self.address}
        return digest_of(facts | ({"prefix": self.prefix} if self.prefix else {}))

    def embed(self, texts: Texts, data: Path) -> Generator[EmbeddedBatch, None, None]:  # noqa: ARG002
        """Yields batches in the order in which they are answered.

        After a request has failed for good, no new one is sent, but the answers to running requests are still
        yielded.

        Raises:
            BudgetError: The estimated cost exceeds the budget; nothing was sent.
            EndpointError: The endpoint can't be reached, refuses the request, or returns an unusable answer.
        """
        sent = replace(texts, texts=tuple(self.prefix + text for text in texts.texts))
        self._check_budget(sent.texts)
        # The SDK takes a second to import, and the rest of the program should not wait for it.
        from seqrec.llm.embeddings import Embeddings  # noqa: PLC0415
        from seqrec.llm.endpoint import Endpoint  # noqa: PLC0415

        with Endpoint(self) as endpoint:
            ask = Embeddings(endpoint, self.model, self.dimensions).vectors
            yield from Requests(endpoint.subject, sent, ask, self.batch_size, self.max_concurrency).answers()

    def _check_budget(self, texts: tuple[str, ...]) -> None:
        n_tokens = sum(map(estimate_tokens, texts))
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
