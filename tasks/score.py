"""Score: the lists of a packaged model for all users of a dump."""

from collections.abc import Mapping
from pathlib import Path

import polars as pl
from prefect import task

from seqrec.digest import digest_of
from seqrec.preparation.protocol import Protocol
from seqrec.serving.batch import blocks_of, score_block
from seqrec.serving.user_histories import user_histories
from storage.packages import ITEMS, open_package, read_card, read_catalogue
from storage.recommendations import Recommendations
from storage.refs import DumpRef
from storage.source import source_digest
from tasks.progress import announce
from tasks.resources import open_resources

USERS_PER_PART = 50_000


@task(task_run_name="score {experiment}")
def score(experiment: str, version: str, packaged: Path, dump: DumpRef, protocol: Protocol, k: int) -> Path:
    """Write the lists of all users, and return their folder.

    Args:
        experiment: Name of the experiment.
        version: The registered version of the model.
        packaged: Folder of its package.
        dump: The dump with the histories.
        protocol: The protocol of the experiment, for the order among equal times.
        k: Length of a list.
    """
    resources = open_resources()
    card = read_card(packaged)
    announce("score", "running", "reading the histories")
    catalogue = read_catalogue(packaged)
    interactions = pl.scan_parquet(Path(dump.uri) / "interactions.parquet")
    users = user_histories(interactions, catalogue, protocol.ties, protocol.seed)
    answerer = open_package(packaged, resources.run(card.seed))
    starts = blocks_of(len(users.user_ids), USERS_PER_PART)
    key = digest_of(
        {
            "package": card.to_json(),
            "version": version,
            "dump": dump.key,
            "k": k,
            "ties": [protocol.ties, protocol.seed],
            "source": source_digest("seqrec.serving.batch"),
        }
    )

    def part(number: int) -> pl.DataFrame:
        announce("score", "running", f"users {starts[number]:,} and on, of {len(users.user_ids):,}")
        return score_block(answerer, users, starts[number], USERS_PER_PART, k).frame

    def facts() -> Mapping[str, object]:
        return {
            "experiment": experiment,
            "model": card.label,
            "version": version,
            "dump": dump.key,
            "k": k,
            "n_users": len(users.user_ids),
            "n_users_by_popularity": int((users.sequences.lengths == 0).sum()),
            "n_unknown_events": users.n_unknown,
            "known_until_us": int(users.sequences.times.max(initial=0)),
            "popular": catalogue.item_ids[catalogue.popular[:k]].tolist(),
        }

    recommendations = Recommendations(resources.settings.recommendations_dir, experiment)
    folder = recommendations.write(key, len(starts), part, facts, packaged / ITEMS)
    n_popular = int((users.sequences.lengths == 0).sum())
    announce(
        "score",
        "done",
        f"{len(users.user_ids):,} users, {n_popular:,} of them by popularity, in {folder}",
    )
    return folder
