"""Versions and commit."""

import platform

import torch

from storage.provenance import git_commit, versions


def test_versions_are_those_that_run() -> None:
    assert versions()["python"] == platform.python_version()
    # Only the module may report a local version such as +cpu.
    assert versions()["torch"].split("+")[0] == torch.__version__.split("+")[0]


def test_the_commit_is_a_hash_or_unknown() -> None:
    commit = git_commit()
    assert commit is None or len(commit.removesuffix("-dirty")) == 40
