"""Score: the lists of a packaged model for all users of a dump."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import polars as pl
from prefect import task

from seqrec.digest import digest_of
from seqrec.preparation.protocol import Protocol
from seqrec.serving.batch import score_users
from seqrec.serving.carried import histories_of
from seqrec.serving.user_histories import user_histories
from storage.packages import ITEMS, open_package, read_card, read_catalogue
from storage.recommendations import Recommendations
from storage.refs import DumpRef
from storage.source import source_digest
from tasks.carry import SCORER, carry
from tasks.new_items import Extension
from tasks.progress import announce
from tasks.resources import open_resources

USERS_PER_PART = 50_000


@task(task_run_name="score {experiment}")
def score(
    experiment: str,
    version: str,
    extended: Extension,
    dump: DumpRef,
    protocol: Protocol,
    k: int,
    *,
    changed_only: bool,
) -> Path:
    """Write the lists of all users, and return their folder.

    Args:
        experiment: Name of the experiment.
        version: The registered version of the model.
        extended: Its package, with new items.
        dump: The dump with the histories.
        protocol: The protocol of the experiment, for the order among equal times.
        k: Length of a list.
        changed_only: Score only users whose history has changed since the last lists, and carry over the others'.

    Raises:
        StorageError: The last lists can't be carried over.
    """
    resources, packaged = open_resources(), extended.packaged
    card = read_card(packaged)
    announce("score", "running", "reading the histories")
    catalogue = read_catalogue(packaged)
    interactions = pl.scan_parquet(Path(dump.uri) / "interactions.parquet")
    users = user_histories(interactions, catalogue, protocol.ties, protocol.seed)
    n_users = len(users.user_ids)
    answerer = open_package(packaged, resources.run(card.seed))
    recommendations = Recommendations(resources.settings.recommendations_dir, experiment)
    scorer = {
        "package": digest_of(read_card(extended.base).to_json()),
        "items": digest_of(catalogue.item_ids.tolist()),
        "version": version,
        "k": k,
        "ties": [protocol.ties, protocol.seed],
        "source": source_digest("seqrec.serving.batch"),
    }
    carried = carry(experiment, recommendations, scorer, users) if changed_only else None
    n_carried = 0 if carried is None else int(carried.unchanged.sum())
    starts = range(0, n_users, USERS_PER_PART)

    def part(number: int) -> pl.DataFrame:
        announce("score", "running", f"users {starts[number]:,} and on, of {n_users:,}")
        rows = np.arange(starts[number], min(starts[number] + USERS_PER_PART, n_users))
        if carried is not None:
            return carried.score(answerer, users, rows, k)
        return score_users(answerer, users, rows, k)

    n_popular = int((users.sequences.lengths == 0).sum())

    def facts() -> Mapping[str, object]:
        return {
            "experiment": experiment,
            "model": card.label,
            "version": version,
            "dump": dump.key,
            "k": k,
            "n_users": n_users,
            "n_users_scored": n_users - n_carried,
            "n_users_carried_over": n_carried,
            "n_users_by_popularity": n_popular,
            "n_unknown_events": users.n_unknown,
            "n_new_items": extended.n_new,
            "known_until_us": int(users.sequences.times.max(initial=0)),
            "popular": catalogue.item_ids[catalogue.popular[:k]].tolist(),
            SCORER: scorer,
        }

    key = digest_of({**scorer, "dump": dump.key})
    folder = recommendations.write(key, len(starts), part, facts, packaged / ITEMS, histories_of(users))
    kept = f", {n_carried:,} with the lists of the last scoring" if changed_only else ""
    announce("score", "done", f"{n_users:,} users{kept}, {n_popular:,} of them by popularity, in {folder}")
    return folder
