"""The conditions of every test: shapes and types checked at run time, one thread, no state outside its own folder, and
no limit on the time of an example, because a machine may be busy."""

# ruff: noqa: E402 - some variables must be set before the libraries that read them are imported

import os

# Small pieces of work are slower on many threads than on one.
os.environ.setdefault("OMP_NUM_THREADS", "1")

from jaxtyping import install_import_hook

install_import_hook("seqrec", "beartype.beartype")

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from flows.environment import prepare_environment
from storage.settings import Settings

_home = TemporaryDirectory(prefix="seqrec-tests-")
prepare_environment(Settings(data_root=Path(_home.name)))

import pytest
from hypothesis import HealthCheck, settings

settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("untimed")


@pytest.fixture(autouse=True)
def own_data_root(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """Give every test its own data root, and remove inherited settings."""
    for name in [name for name in os.environ if name.startswith("SEQREC_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("SEQREC_DATA_ROOT", str(tmp_path_factory.mktemp("data_root")))


@pytest.fixture(scope="session")
def prefect_server() -> Iterator[None]:
    """Start a Prefect server that all flows of the tests share, since each start takes seconds."""
    from prefect.settings import PREFECT_FLOWS_HEARTBEAT_FREQUENCY, temporary_settings
    from prefect.testing.utilities import prefect_test_harness

    # The heartbeat delays the end of each flow by a second.
    with prefect_test_harness(server_startup_timeout=90), temporary_settings({PREFECT_FLOWS_HEARTBEAT_FREQUENCY: None}):
        yield
