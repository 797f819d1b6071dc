"""The code of a model in MLflow: it opens a package, and answers rows of histories.

MLflow runs this file wherever the model is loaded, so that nothing has to be unpickled.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd
import torch
from mlflow.models import ModelSignature, set_model
from mlflow.pyfunc.model import PythonModel, PythonModelContext
from mlflow.types import ColSpec, DataType, ParamSchema, ParamSpec, Schema
from mlflow.types.schema import Array

from seqrec.errors import ConfigError
from seqrec.serving.answers import Answer, Answerer
from seqrec.types import Run
from storage.packages import PACKAGE, open_package

HISTORY, USER, CANDIDATES, K = "history", "user_id", "candidates", "k"
DEFAULT_K = 10

SIGNATURE = ModelSignature(
    inputs=Schema(
        [
            ColSpec(Array(DataType.string), HISTORY),
            ColSpec(DataType.string, USER, required=False),
            ColSpec(Array(DataType.string), CANDIDATES, required=False),
        ]
    ),
    outputs=Schema(
        [
            ColSpec(DataType.string, USER, required=False),
            ColSpec(Array(DataType.string), "item_ids"),
            ColSpec(Array(DataType.string), "titles"),
            ColSpec(Array(DataType.double), "scores"),
            ColSpec(DataType.string, "rule"),
            ColSpec(DataType.long, "n_unknown"),
        ]
    ),
    params=ParamSchema([ParamSpec(K, DataType.long, DEFAULT_K)]),
)
"""Histories in, lists out. A history may have unknown items; without any known one, the list is the most popular items,
and `rule` is `popular` instead of `model`."""


class ServedModel(PythonModel):
    """Answers histories of original ids."""

    _answerer: Answerer

    def load_context(self, context: PythonModelContext) -> None:
        """Open the package."""
        self._answerer = open_package(Path(context.artifacts[PACKAGE]), Run(0, torch.device("cpu")))

    def predict(
        self,
        context: PythonModelContext,  # noqa: ARG002 - the package is open already
        model_input: pd.DataFrame,
        params: Mapping[str, Any] | None = None,
    ) -> pd.DataFrame:
        """Return one list per row.

        Args:
            context: The artifacts.
            model_input: The column `history`, and perhaps `user_id` and `candidates`.
            params: `k`, the length of the lists.

        Raises:
            ConfigError: `k` is not positive, or a history is not a list.
        """
        k = int((params or {}).get(K, DEFAULT_K))
        if k < 1:
            raise ConfigError(K, got=str(k), expected="at least 1", remedy="Ask for one item or more.")
        histories = [_ids(value) or [] for value in model_input[HISTORY]]
        candidates = [_ids(value) for value in model_input[CANDIDATES]] if CANDIDATES in model_input else None
        rows = [_row(answer) for answer in self._answerer.answer(histories, k, candidates)]
        answers = pd.DataFrame(rows, index=model_input.index)
        if USER in model_input:
            answers.insert(0, USER, model_input[USER])
        return answers


def _ids(value: object) -> list[str] | None:
    if value is None or (isinstance(value, float) and value != value):  # noqa: PLR0124 - NaN
        return None
    if isinstance(value, str):
        # A CSV has no lists.
        value = json.loads(value) if value.startswith("[") else [value]
    if not hasattr(value, "__iter__"):
        raise ConfigError(HISTORY, got=repr(value), expected="a list of item ids", remedy="Send a list of texts.")
    return [str(one) for one in value]


def _row(answer: Answer) -> dict[str, object]:
    return {
        "item_ids": list(answer.item_ids),
        "titles": [title or "" for title in answer.titles],
        "scores": list(answer.scores),
        "rule": answer.rule,
        "n_unknown": answer.n_unknown,
    }


set_model(ServedModel())
