"""Ten interruptions at random instants leave nothing behind, and change nothing."""

from pathlib import Path

import pytest

from benchmarks import kills

EXPERIMENT = """
name = "killed"
title = "One network"

[dataset]
name = "demo"
n_users = 200
n_items = 60

[protocol]
core = { users = 2, items = 2 }
split = { name = "temporal" }

[models.sasrec]
name = "sasrec"
dim = 8
n_layers = 1
n_heads = 1
training = { max_epochs = 30, patience = 30 }
"""


@pytest.mark.timeout(900)
def test_ten_interruptions_are_without_consequences(tmp_path: Path) -> None:
    file = tmp_path / "killed.toml"
    file.write_text(EXPERIMENT)
    ways = [*kills.KILLS * 4, *kills.STOPS]
    tallies = kills.measure(str(file), [], ways, checked_every=5, folder=tmp_path)
    assert sum(tally.n for tally in tallies.values()) == 10
    faults = {way: tally for way, tally in tallies.items() if not tally.is_clean}
    assert not faults, str(faults)
