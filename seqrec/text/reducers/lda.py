"""Linear discriminant analysis on classes of items, one of the reductions that Boz et al. 2024 search over."""

from typing import ClassVar, Literal

import numpy as np
from jaxtyping import Bool, Int32
from pydantic import PositiveInt

from seqrec.errors import ConfigError, DataError
from seqrec.text.reducers.affine import AffineConfig, as_state
from seqrec.types import FeatureField, Features, State, Vectors


class Config(AffineConfig):
    """The directions that tell classes of items apart best.

    With C classes there are at most C - 1 directions. The papers' code lowers the width to that without a word; here a
    width above it is an error. Items without a class are left out of the fit.
    """

    name: Literal["lda"] = "lda"
    dim: PositiveInt = 64
    """The width of the reduced vectors; less than the number of classes."""
    classes: Literal["categories", "brand"] = "categories"
    """What divides the items: the last of their categories, which is the finest in most dumps, or their brand."""
    least: PositiveInt = 2
    """The number of items that a class needs to take part."""

    reads_features: ClassVar[bool] = True

    def learn(self, vectors: Vectors, trained: Bool[np.ndarray, " n_items"], features: Features | None = None) -> State:
        """Returns the directions.

        Raises:
            ConfigError: There are too few classes for the width.
            DataError: No item has a class.
        """
        # Imported late, since the import takes seconds.
        from sklearn.discriminant_analysis import LinearDiscriminantAnalysis  # noqa: PLC0415

        assert features is not None, "declared by reads_features"
        labels = _last_of_each(features.fields[self.classes])
        if self.fit == "train":
            labels = np.where(trained, labels, -1)
        n_each = np.bincount(labels[labels >= 0], minlength=1)
        labels = np.where((labels >= 0) & (n_each[labels] >= self.least), labels, -1)
        n_classes = len(np.unique(labels[labels >= 0]))
        if n_classes < 2:
            raise DataError(
                f"reducer lda on {self.classes}",
                got=f"{n_classes} classes with at least {self.least} items",
                expected="two or more",
                remedy="Choose other classes, or another reducer, such as 'pca'.",
            )
        at_most = min(n_classes - 1, vectors.dim)
        if self.dim > at_most:
            raise ConfigError(
                "reducer.dim",
                got=f"{self.dim} for {n_classes} classes of items and vectors of width {vectors.dim}",
                expected=f"at most {at_most}",
                remedy="Lower the reducer's dim and the model's, or choose other classes.",
            )
        chosen = labels >= 0
        lda = LinearDiscriminantAnalysis(n_components=self.dim)
        lda.fit(vectors.values[chosen].astype(np.float64), labels[chosen])
        weights = lda.scalings_[:, : self.dim].T
        largest = np.abs(weights).argmax(axis=1)
        weights = weights * np.sign(weights[np.arange(self.dim), largest])[:, None]
        return as_state((weights, weights @ lda.xbar_))


def _last_of_each(field: FeatureField) -> Int32[np.ndarray, " n_items"]:
    """Returns the last value of each item, -1 for an item without any."""
    last = np.full(len(field.offsets) - 1, -1, np.int32)
    has = np.diff(field.offsets) > 0
    last[has] = field.values[field.offsets[1:][has] - 1]
    return last
