"""Yelp as distributed: one gzipped tar with an agreement, a folder and files that macOS adds."""

import io
import tarfile
from pathlib import Path

from seqrec.datasets.yelp import Config
from tests.seqrec.datasets.dumps.yelp import (
    BUSINESS_FILE,
    BUSINESSES,
    N_INTERACTIONS,
    N_ITEMS,
    N_SET_ASIDE,
    REVIEW_FILE,
    REVIEWS,
)

__all__ = ["N_INTERACTIONS", "N_ITEMS", "N_SET_ASIDE", "write"]


def write(folder: Path) -> Config:
    """Write the archive `yelp_dataset.tar`."""
    with tarfile.open(folder / "yelp_dataset.tar", "w:gz") as archive:
        agreement = tarfile.TarInfo("Dataset_User_Agreement.pdf")
        agreement.size = 700
        archive.addfile(agreement, io.BytesIO(bytes(700)))
        inside = tarfile.TarInfo("yelp_dataset")
        inside.type = tarfile.DIRTYPE
        archive.addfile(inside)
        for name, lines in ((f"._{REVIEW_FILE}", ["x"]), (BUSINESS_FILE, BUSINESSES), (REVIEW_FILE, REVIEWS)):
            text = ("\n".join(lines) + "\n").encode()
            member = tarfile.TarInfo(f"yelp_dataset/{name}")
            member.size = len(text)
            archive.addfile(member, io.BytesIO(text))
    return Config()
