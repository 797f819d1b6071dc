"""Calls with arguments of wrong types; prints how each of them ends."""

import warnings

import numpy as np

import seqrec
from seqrec.errors import SeqrecError
from tests.seqrec.library.shop import COLUMNS, PROTOCOL, orders

CALLS = {
    "read a number": lambda model, split: seqrec.read(3),
    "read a mapping": lambda model, split: seqrec.read({"a": [1]}),
    "read an unnamed dataset": lambda model, split: seqrec.read(dataset=3),
    "name columns of no items": lambda model, split: seqrec.read(orders(), item_columns={"title": "t"}, **COLUMNS),
    "prepare a frame": lambda model, split: seqrec.prepare(orders(), "temporal"),
    "prepare by a number": lambda model, split: seqrec.prepare(seqrec.read(orders(), **COLUMNS), 3),
    "fit a number": lambda model, split: seqrec.fit(3, split),
    "fit on a model": lambda model, split: seqrec.fit("markov", model),
    "list the bases": lambda model, split: seqrec.fit("fuse", split, models=["a", "b"], bases=[model]),
    "name a base": lambda model, split: seqrec.fit("fuse", split, models=["a", "b"], bases={"a": "markov", "b": model}),
    "give an array": lambda model, split: seqrec.fit(
        "llm_seq_sim", split, source={"encoder": "x"}, encoders={"x": np.ones((12, 2))}
    ),
    "embed by a number": lambda model, split: seqrec.embed(3, split),
    "embed a model": lambda model, split: seqrec.embed("lsa", model),
    "swap the arguments": lambda model, split: seqrec.evaluate(split, model),
    "evaluate on training data": lambda model, split: seqrec.evaluate(model, split, "train"),
    "recommend for a number": lambda model, split: model.recommend(3),
    "recommend for one history": lambda model, split: model.recommend([500]),
    "recommend for a text": lambda model, split: model.recommend("500"),
    "a fraction of an item": lambda model, split: model.recommend([[500]], k=1.5),
    "a text of a number": lambda model, split: model.recommend([[500]], k="3"),
}


def main() -> None:
    warnings.simplefilter("ignore")
    split = seqrec.prepare(seqrec.read(orders(), **COLUMNS), PROTOCOL)
    model = seqrec.fit("markov", split)
    for name, call in CALLS.items():
        try:
            call(model, split)
            answer = "no error"
        except SeqrecError as error:
            answer = "SeqrecError" if error.remedy else "no remedy"
        except Exception as error:  # noqa: BLE001 - whatever else it is, is a defect to report
            answer = type(error).__name__
        print(f"{name}: {answer}")  # noqa: T201 - read by a test


if __name__ == "__main__":
    main()
