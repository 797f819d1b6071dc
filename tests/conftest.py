"""What every test may count on: shapes and types checked at run time, one thread, no state outside its own folder."""

import os

# Before any numeric library is imported: small work on many threads is slower than on one.
os.environ.setdefault("OMP_NUM_THREADS", "1")

from jaxtyping import install_import_hook

install_import_hook("seqrec", "beartype.beartype")

import pytest


@pytest.fixture(autouse=True)
def own_data_root(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every test has a data root of its own, and inherits no settings."""
    for name in [name for name in os.environ if name.startswith("SEQREC_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("SEQREC_DATA_ROOT", str(tmp_path_factory.mktemp("data_root")))
