"""Limits of control groups, in the files of both versions."""

from pathlib import Path

import pytest

from seqrec.training.cgroups import FIRST, SECOND, left_bytes


def group(folder: Path, names, limit: str, used: int, reclaimable: int) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / names.limit).write_text(f"{limit}\n")
    (folder / names.used).write_text(f"{used}\n")
    (folder / "memory.stat").write_text(f"cache 5\n{names.reclaimable} {reclaimable}\n")


def membership(tmp_path: Path, *lines: str) -> Path:
    path = tmp_path / "cgroup"
    path.write_text("".join(f"{line}\n" for line in lines))
    return path


def test_every_group_around_the_process_counts(tmp_path) -> None:
    group(tmp_path / "fs" / "a" / "b", SECOND, "1000", 700, 100)
    group(tmp_path / "fs" / "a", SECOND, "max", 900, 0)
    group(tmp_path / "fs", SECOND, "5000", 1000, 0)
    assert left_bytes(membership(tmp_path, "0::/a/b"), tmp_path / "fs") == [400, 4000]


def test_the_first_version_has_a_tree_for_memory(tmp_path) -> None:
    group(tmp_path / "fs" / "memory" / "job", FIRST, "1000", 700, 0)
    group(tmp_path / "fs" / "cpu" / "job", FIRST, "1", 0, 0)
    lines = ("4:memory:/job", "1:cpu:/job", "0::/")
    assert left_bytes(membership(tmp_path, *lines), tmp_path / "fs") == [300]


def test_in_a_container_the_limit_is_on_the_root(tmp_path) -> None:
    group(tmp_path / "fs", SECOND, "2000", 500, 0)
    assert left_bytes(membership(tmp_path, "0::/outside/of/the/container"), tmp_path / "fs") == [1500]


def test_nothing_is_left_beyond_the_limit(tmp_path) -> None:
    group(tmp_path / "fs", SECOND, "2000", 2500, 0)
    assert left_bytes(membership(tmp_path, "0::/"), tmp_path / "fs") == [0]


@pytest.mark.parametrize("lines", [(), ("0::/a",), ("1:cpu:/a",)])
def test_no_limit_says_nothing(tmp_path, lines) -> None:
    (tmp_path / "fs").mkdir()
    assert left_bytes(membership(tmp_path, *lines), tmp_path / "fs") == []


def test_no_groups_say_nothing(tmp_path) -> None:
    assert left_bytes(tmp_path / "missing", tmp_path) == []
