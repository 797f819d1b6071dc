"""Requests for vectors, in the form that the endpoint accepts."""

import base64
import binascii
from collections.abc import Mapping

import numpy as np
from jaxtyping import Float32

from seqrec.errors import EndpointError, TooLargeError
from seqrec.llm.endpoint import Endpoint

EXPECTED = "one vector per text"


class Embeddings:
    """The embeddings of an endpoint, for use by several threads at once.

    Not every server that speaks the API knows all its parameters. One that the endpoint refuses by name is left out
    from then on: `encoding_format` saves bytes and changes no number, and without `dimensions`, the width of the
    vectors tells whether they are the right ones.

    Args:
        endpoint: The endpoint.
        model: The name of the model there.
        dimensions: The width to request; the model's own if None.
    """

    def __init__(self, endpoint: Endpoint, model: str, dimensions: int | None) -> None:
        self._endpoint, self._model, self._dimensions = endpoint, model, dimensions
        # A server answers with lists if no format is given; base64 is a quarter of their size.
        self._parameters: dict[str, object] = {"encoding_format": "base64"}
        if dimensions is not None:
            self._parameters["dimensions"] = dimensions

    def vectors(self, texts: list[str]) -> Float32[np.ndarray, "n dim"]:
        """Returns the vectors of `texts`, in their order; they may be zero, or not finite.

        Raises:
            TooLargeError: A smaller request might be accepted.
            EndpointError: The endpoint can't be reached, refuses the request, or does not return one vector of the
                right width per text.
        """
        answer = self._ask(texts)
        try:
            vectors = _read(answer, len(texts))
        except (KeyError, TypeError, ValueError) as error:
            raise self._endpoint.unusable(f"an answer of a different form ({error}){_said(answer)}", EXPECTED) from None
        if self._dimensions not in {None, vectors.shape[1]}:
            raise self._endpoint.error(
                got=f"vectors of {vectors.shape[1]} numbers",
                expected=f"dimensions = {self._dimensions}",
                remedy="Set a width that the model supports, or leave dimensions out for the model's own.",
            )
        return vectors

    def _ask(self, texts: list[str]) -> object:
        parameters = self._parameters
        try:
            return self._endpoint.post("/embeddings", {"model": self._model, "input": texts, **parameters})
        except TooLargeError:
            raise
        except EndpointError as error:
            refused = next((name for name in parameters if _names(error, name)), None)
            if refused is None:
                raise
            # Other threads may still ask with all parameters; what they lose is one request.
            self._parameters = {name: value for name, value in parameters.items() if name != refused}
            return self._ask(texts)


def _said(answer: object) -> str:
    """Returns the message of an answer that should have been an error."""
    message = answer.get("error") or answer.get("message") if isinstance(answer, Mapping) else None
    return f": {message}" if message else ""


def _names(refusal: EndpointError, parameter: str) -> bool:
    # vLLM refuses `dimensions` by the name of the method that makes vectors of several widths.
    words = {"encoding_format": ("encoding_format", "base64"), "dimensions": ("dimensions", "matryoshka")}
    return any(word in refusal.got.lower() for word in words[parameter])


def _read(answer: object, n_texts: int) -> Float32[np.ndarray, "n dim"]:
    """Returns the vectors of an answer, in the order of the texts.

    Raises:
        KeyError, TypeError, ValueError: The answer has another form.
    """
    rows = answer["data"] if isinstance(answer, Mapping) else None
    if not isinstance(rows, list):
        raise TypeError("no list of data")
    if len(rows) != n_texts:
        raise ValueError(f"{len(rows)} vectors for {n_texts} texts")
    vectors = np.array([_numbers(row["embedding"]) for row in rows], np.float32)
    if vectors.ndim != 2 or not vectors.size:
        raise ValueError("no numbers in the vectors")
    return vectors[np.argsort(_indices(rows))]


def _indices(rows: list[Mapping[str, object]]) -> list[int]:
    """Returns the place of each row's text.

    Some servers leave out the index, or only that of the first row, because it is zero; others give every row the same
    one. Their rows are in the order of the texts.
    """
    places = list(range(len(rows)))
    told = [row.get("index") for row in rows]
    if len(set(map(repr, told))) == 1:
        return places
    indices = [place if index is None else index for place, index in zip(places, told, strict=True)]
    whole = [index for index in indices if isinstance(index, int)]
    if sorted(whole) != places:
        raise ValueError(f"{len(rows)} vectors that are not for one text each")
    return whole


def _numbers(embedding: object) -> object:
    if not isinstance(embedding, str):
        return embedding
    try:
        return np.frombuffer(base64.b64decode(embedding, validate=True), "<f4")
    except binascii.Error as error:
        raise ValueError(f"vectors that are neither lists nor base64: {error}") from error
