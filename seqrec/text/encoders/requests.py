"""Requests for the vectors of many texts: several at a time, of a size that the endpoint accepts."""

import logging
import math
from collections import deque
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from typing import Final

import numpy as np
from jaxtyping import Float32, Int64

from seqrec.errors import EndpointError, TooLargeError
from seqrec.text.encoders.base import EmbeddedBatch, is_usable
from seqrec.types import Texts

log = logging.getLogger(__name__)

Positions = Int64[np.ndarray, " n"]
Ask = Callable[[list[str]], Float32[np.ndarray, "n dim"]]

BYTES_PER_TOKEN: Final = 4
"""The UTF-8 bytes of a token. Counting letters would mislead: a token is about four letters of English, but one or two
of most other scripts, whose letters take two or three bytes each."""
TOKENS_PER_REQUEST: Final = 200_000
"""The estimated tokens of a request. OpenAI accepts 300,000, and the estimate may be a third too low."""


def estimate_tokens(text: str) -> int:
    """Estimates the number of tokens of `text` without the model's tokenizer."""
    return math.ceil(len(text.encode()) / BYTES_PER_TOKEN)


def cut(n_tokens: Sequence[int], max_texts: int, max_tokens: int = TOKENS_PER_REQUEST) -> list[Positions]:
    """Cuts texts into batches, in their order; a batch of more than `max_tokens` has a single text."""
    batches: list[list[int]] = []
    room = 0
    for position, size in enumerate(n_tokens):
        if not batches or len(batches[-1]) == max_texts or size > room:
            batches.append([])
            room = max_tokens
        batches[-1].append(position)
        room -= size
    return [np.array(batch, np.int64) for batch in batches]


class Requests:
    """The requests for all texts.

    A batch that the endpoint calls too large is cut in half, as are all later ones, until its limit is found; a single
    text that is too large is named. After the first failure no new request is sent, but all answers that were paid for
    are still yielded.

    Args:
        subject: What errors name: the model and its address.
        texts: The texts as they are sent, with the ids of their items.
        ask: Requests the vectors of some texts.
        max_texts: The largest number of texts per request.
        max_concurrency: The largest number of requests at the same time.
    """

    def __init__(self, subject: str, texts: Texts, ask: Ask, max_texts: int, max_concurrency: int) -> None:
        self._subject, self._texts, self._ask = subject, texts, ask
        self._limit, self._max_concurrency = max_texts, max_concurrency
        self._waiting = deque(cut([estimate_tokens(text) for text in texts.texts], max_texts))
        self._running: dict[Future[Float32[np.ndarray, "n dim"]], Positions] = {}
        self._failure: BaseException | None = None

    def answers(self) -> Generator[EmbeddedBatch, None, None]:
        """Yields the vectors in the order in which they arrive; none of them is zero or not finite.

        Raises:
            EndpointError: A request failed, a text is too large, or a vector is zero or not finite.
        """
        with ThreadPoolExecutor(self._max_concurrency) as pool:
            while self._running or (self._waiting and self._failure is None):
                self._send(pool)
                for future in wait(self._running, return_when=FIRST_COMPLETED).done:
                    positions = self._running.pop(future)
                    error = future.exception()
                    if error is None:
                        usable = is_usable(future.result())
                        yield EmbeddedBatch(positions[usable], future.result()[usable])
                        if not usable.all():
                            self._fail(self._unusable(positions[~usable]))
                    elif isinstance(error, TooLargeError) and len(positions) > 1:
                        self._halve(positions)
                    else:
                        self._fail(self._too_long(positions[0], error) if isinstance(error, TooLargeError) else error)
        if self._failure is not None:
            raise self._failure

    def _send(self, pool: ThreadPoolExecutor) -> None:
        while self._waiting and self._failure is None and len(self._running) < self._max_concurrency:
            positions = self._waiting.popleft()
            if len(positions) > self._limit:
                self._waiting.appendleft(positions[self._limit :])
                positions = positions[: self._limit]
            self._running[pool.submit(self._ask, [self._texts.texts[i] for i in positions])] = positions

    def _halve(self, positions: Positions) -> None:
        self._limit = min(self._limit, len(positions) // 2)
        self._waiting.appendleft(positions)
        log.info("the endpoint does not accept %d texts at once; sending %d", len(positions), self._limit)

    def _fail(self, error: BaseException) -> None:
        self._failure = self._failure or error

    def _too_long(self, position: np.int64, error: TooLargeError) -> EndpointError:
        text = self._texts.texts[position]
        return EndpointError(
            self._subject,
            got=f"{error.got}, for item '{self._texts.item_ids[position]}' alone, whose text has {len(text):,} "
            f"characters (about {estimate_tokens(text):,} tokens)",
            expected="texts that the model can read whole",
            remedy="Shorten the texts with max_chars in the section [text], or choose a model that reads longer ones; "
            "the answers so far are kept.",
        )

    def _unusable(self, positions: Positions) -> EndpointError:
        others = f" and {len(positions) - 1} others" if len(positions) > 1 else ""
        return EndpointError(
            self._subject,
            got=f"a vector of zeros, NaN or infinity for item '{self._texts.item_ids[positions[0]]}'{others}",
            expected="vectors of finite numbers that are not all zero",
            remedy="Run it again: only texts without a vector are sent. If it happens again, check the model and what "
            f"it makes of the text '{self._texts.texts[positions[0]][:80]}'.",
        )
