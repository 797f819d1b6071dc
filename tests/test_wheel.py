"""The wheel, installed into its own environment: it contains all that a run needs, and uses nothing from here."""

import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from shutil import copy, copytree, ignore_patterns
from sysconfig import get_path
from venv import EnvBuilder
from zipfile import ZipFile

import pytest

from tests.processes import environment

REPOSITORY = Path(__file__).resolve().parent.parent
PACKAGES = ("deployments", "flows", "seqrec", "storage", "tasks")


@dataclass(frozen=True)
class Installed:
    """An environment with the wheel, and a folder without any other code of ours."""

    wheel: Path
    programs: Path
    folder: Path

    def run(self, program: str, *arguments: str) -> str:
        """Run a program of the environment in the folder, and return its output."""
        variables = environment(SEQREC_DATA_ROOT=self.folder / "var")
        variables.pop("PYTHONPATH", None)
        done = subprocess.run(
            [self.programs / program, *arguments],
            env=variables,
            cwd=self.folder,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout


def pip(*arguments: str | Path) -> None:
    """Run the pip of this environment, without any index."""
    subprocess.run([sys.executable, "-m", "pip", *arguments, "--no-index", "--no-deps", "--quiet"], check=True)


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Installed:
    """Install the wheel of this source, with the libraries of the environment of the tests."""
    root = tmp_path_factory.mktemp("wheel")
    source, dist, venv, folder = (root / name for name in ("source", "dist", "venv", "elsewhere"))
    folder.mkdir()
    # The wheel is built from a copy, because a build leaves its own folders behind.
    for package in PACKAGES:
        copytree(REPOSITORY / package, source / package, ignore=ignore_patterns("__pycache__"))
    for file in ("pyproject.toml", "README.md", "LICENSE"):
        copy(REPOSITORY / file, source)
    pip("wheel", "--no-build-isolation", "--wheel-dir", dist, source)
    (wheel,) = dist.iterdir()
    EnvBuilder(symlinks=True).create(venv)
    programs = venv / "bin"
    pip("--python", programs / "python", "install", wheel)
    (site_packages,) = venv.glob("lib/python*/site-packages")
    # A folder that a .pth file names is searched last. Its own .pth files, by which this checkout is installed,
    # are not read.
    (site_packages / "borrowed.pth").write_text(get_path("purelib"))
    return Installed(wheel, programs, folder)


def files_of(package: str) -> Iterator[str]:
    """Return the files of a package in this checkout, by their names in the wheel."""
    for path in (REPOSITORY / package).rglob("*"):
        if path.is_file() and "__pycache__" not in path.parts:
            yield path.relative_to(REPOSITORY).as_posix()


def test_every_file_of_the_packages_is_in_the_wheel(installed: Installed) -> None:
    with ZipFile(installed.wheel) as wheel:
        packed = {name for name in wheel.namelist() if not re.match(r"seqrec-[^/]+\.dist-info/", name)}
    assert packed == {file for package in PACKAGES for file in files_of(package)}


def test_nothing_of_ours_is_imported_from_the_checkout(installed: Installed) -> None:
    statement = f"import {', '.join(PACKAGES)}; print(*(m.__file__ for m in ({', '.join(PACKAGES)})), sep='\\n')"
    found = [Path(line) for line in installed.run("python", "-c", statement).splitlines()]
    assert [path.parent.name for path in found] == list(PACKAGES)
    assert all(path.is_relative_to(installed.programs.parent) for path in found)


def test_its_version_is_that_of_the_project(installed: Installed) -> None:
    expected = tomllib.loads((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    statement = "from importlib.metadata import version; print(version('seqrec'))"
    assert installed.run("python", "-c", statement).strip() == expected


def test_the_program_lists_what_it_brings(installed: Installed) -> None:
    listed = [line.split()[0] for line in installed.run("seqrec", "list").splitlines()]
    shipped = (REPOSITORY / "deployments" / "experiments").glob("*.toml")
    assert listed[listed.index("experiments") + 1 :] == sorted(path.stem for path in shipped)


def test_an_experiment_runs_from_another_folder(installed: Installed) -> None:
    small = ("--set", "dataset.n_users=200", "--set", "dataset.n_items=60", "--set", "protocol.core.users=2")
    result = installed.run("seqrec", "run", "demo", "--models", "markov,v_sknn", "--seeds", "1", *small)
    assert [label for label in ("most_popular", "recency", "markov", "v_sknn") if f"│ {label} " not in result] == []
    report = installed.folder / "var" / "reports" / "demo" / "report.html"
    assert "v_sknn" in report.read_text(encoding="utf-8")
    assert [path.name for path in installed.folder.iterdir()] == ["var"]
