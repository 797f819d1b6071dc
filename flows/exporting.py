"""The export of a model's vectors."""

from pathlib import Path

import polars as pl

from flows.answering import answerer_of
from flows.experiments import name_of_experiment
from seqrec.errors import ConfigError
from seqrec.schema import ITEM, USER
from seqrec.serving.user_histories import user_histories
from storage.finished import open_finished
from storage.history import History
from storage.settings import Settings
from storage.vector_export import INDEX, ITEMS, USERS, check_index, write_index, write_vectors
from tasks.resources import Resources


def export(settings: Settings, experiment: str, label: str | None, output: Path, *, index: bool) -> tuple[int, int]:
    """Write the vectors of all items and users of a model into `output`, and return how many there are.

    The product of a user's vector and an item's is the model's score.

    Args:
        settings: The data root and the servers.
        experiment: File or name of the experiment.
        label: Label of a model of the last run; None for the champion.
        output: Folder of the files.
        index: Whether an index of the items is written too.

    Raises:
        ConfigError: The model's scores are no products of vectors, or FAISS is not installed.
        StorageError: There is no such model, or a file can't be written.
    """
    if index:
        check_index()
    resources, name = Resources(settings), name_of_experiment(experiment)
    with answerer_of(settings, experiment, label) as answerer:
        items = answerer.model.item_factors
        if items is None:
            raise ConfigError(
                f"{'the champion' if label is None else label} of {name}, a model of the kind {answerer.model.name}",
                got="scores that are no products of vectors",
                expected="a network, or a model that compares vectors by cosine or product",
                remedy=f"Name such a model with --model LABEL; `seqrec leaderboard {name}` lists the labels.",
            )
        finished = open_finished(resources.store, History(settings.reports_dir, name).last())
        interactions = pl.scan_parquet(finished.dump.path / "interactions.parquet")
        protocol = finished.protocol
        users = user_histories(interactions, answerer.catalogue, protocol.ties, protocol.seed)
        prompts = users.sequences if protocol.max_history is None else users.sequences.tail(protocol.max_history)
        write_vectors(output / ITEMS, ITEM, answerer.catalogue.item_ids, items)
        write_vectors(output / USERS, USER, users.user_ids, answerer.model.prompt_factors(prompts))
        if index:
            write_index(output / INDEX, items)
        return len(items), len(users.user_ids)
