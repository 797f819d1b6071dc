"""Two programs that run the same experiment at the same time share their results, and both succeed."""

import subprocess
from pathlib import Path

from storage.files import read_comparison
from storage.settings import Settings
from storage.store import Store
from tests.flows.tiny import LABELS, rows_of, write_tiny
from tests.processes import environment, program


def test_two_runs_at_once_give_one_table_and_make_nothing_twice(tmp_path: Path) -> None:
    root = tmp_path / "root"
    command = [program("seqrec"), "run", str(write_tiny(tmp_path))]
    variables = environment(SEQREC_DATA_ROOT=root, SEQREC_TRAINING_SLOTS=2, OMP_NUM_THREADS=1)
    programs = [
        subprocess.Popen(command, env=variables, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        for _ in range(2)
    ]
    said = [one.communicate(timeout=280)[0] for one in programs]
    assert [one.returncode for one in programs] == [0, 0], said
    for text in said:
        assert [label for label in LABELS if label not in text] == []
        assert "Traceback" not in text
    settings = Settings(data_root=root)
    store = Store(settings.store_dir)
    (table,) = store.artifacts("comparison")
    assert {row.label for row in read_comparison(table.path).table.rows} == LABELS
    # Seven models: sasrec has two seeds.
    assert len(list(store.artifacts("model"))) == len(list(store.artifacts("evaluation"))) == len(LABELS) + 1
    # One of the two makes each model; the other finds it in the store.
    for step in (f"{verb} {label} seed 0" for verb in ("train", "evaluate") for label in LABELS):
        states = sorted(line.split()[0] for text in said for line in text.splitlines() if f" {step} " in line)
        assert states == ["done", "stored"], step
    # Both are tracked, each under its own run, and both runs are closed.
    runs = rows_of(settings.mlflow_dir / "mlflow.db", "select name, status from runs")
    assert sorted(status for _, status in runs) == ["FINISHED"] * len(runs)
    assert sum(name.startswith("tiny ") for name, _ in runs) in {1, 2}
    # Checkpoints are numbered folders.
    assert not any(path.is_dir() for path in settings.work_dir.glob("*/[0-9]*"))
