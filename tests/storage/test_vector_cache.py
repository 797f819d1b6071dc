import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from zlib import crc32

import numpy as np
import pytest

from seqrec.errors import BudgetError, EncoderError, EndpointError, StorageError
from seqrec.text.encoders.base import EmbeddedBatch
from seqrec.text.encoders.lsa import Config as Lsa
from seqrec.text.encoders.openai import Config
from seqrec.types import Texts
from storage.vector_cache import CacheReport, VectorCache
from tests.seqrec.text.encoders.embeddings_server import EmbeddingsServer, Fault, running, vector_of

HERE = Path()
REPOSITORY = Path(__file__).resolve().parents[2]


@pytest.fixture
def endpoint(monkeypatch: pytest.MonkeyPatch) -> Iterator[EmbeddingsServer]:
    yield from running(monkeypatch)


@pytest.fixture
def cache(tmp_path: Path) -> VectorCache:
    return VectorCache(tmp_path / "vectors")


def config_of(endpoint: EmbeddingsServer, **fields: object) -> Config:
    defaults = {"model": "tiny", "base_url": endpoint.base_url, "batch_size": 2, "max_concurrency": 1}
    return Config.model_validate(defaults | fields)


def texts_of(*texts: str) -> Texts:
    return Texts(np.array([f"i{i}" for i in range(len(texts))], object), texts, np.zeros(len(texts), bool))


def expected(*texts: str) -> np.ndarray:
    return np.array([vector_of(text, 8) for text in texts], np.float32)


def test_a_text_is_paid_for_once(cache: VectorCache, endpoint: EmbeddingsServer) -> None:
    config = config_of(endpoint)
    vectors, report = cache.vectors(texts_of("a", "b", "c"), config, HERE)
    np.testing.assert_array_equal(vectors.values, expected("a", "b", "c"))
    assert report == CacheReport(hits=0, computed=3)

    vectors, report = cache.vectors(texts_of("c", "d", "a"), config, HERE)
    np.testing.assert_array_equal(vectors.values, expected("c", "d", "a"))
    assert report == CacheReport(hits=2, computed=1)
    assert sorted(endpoint.texts) == ["a", "b", "c", "d"]


def test_what_is_all_there_needs_no_endpoint(
    cache: VectorCache, endpoint: EmbeddingsServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = config_of(endpoint)
    cache.vectors(texts_of("a", "b"), config, HERE)
    monkeypatch.delenv("OPENAI_API_KEY")
    _, report = cache.vectors(texts_of("b", "a", "b"), config, HERE)
    assert report == CacheReport(hits=2, computed=0)
    assert len(endpoint.requests) == 1


def test_equal_texts_are_encoded_once(cache: VectorCache, endpoint: EmbeddingsServer) -> None:
    vectors, report = cache.vectors(texts_of("a", "b", "a", "a"), config_of(endpoint), HERE)
    np.testing.assert_array_equal(vectors.values, expected("a", "b", "a", "a"))
    assert report == CacheReport(hits=0, computed=2)
    assert sorted(endpoint.texts) == ["a", "b"]


def test_encoders_do_not_share(cache: VectorCache, endpoint: EmbeddingsServer) -> None:
    cache.vectors(texts_of("a"), config_of(endpoint), HERE)
    vectors, report = cache.vectors(texts_of("a"), config_of(endpoint, dimensions=3), HERE)
    assert vectors.dim == 3
    assert report.computed == 1


def test_only_what_is_new_counts_for_the_budget(cache: VectorCache, endpoint: EmbeddingsServer) -> None:
    priced = {"usd_per_million_tokens": 1e6, "budget_usd": 2.0}
    cache.vectors(texts_of("a", "b"), config_of(endpoint, **priced), HERE)
    cache.vectors(texts_of("a", "b", "c"), config_of(endpoint, **priced), HERE)
    with pytest.raises(BudgetError):
        cache.vectors(texts_of("a", "x", "y", "z"), config_of(endpoint, **priced), HERE)
    assert sorted(endpoint.texts) == ["a", "b", "c"]


def test_reports_progress(cache: VectorCache, endpoint: EmbeddingsServer) -> None:
    progress: list[tuple[int, int]] = []
    cache.vectors(texts_of("a"), config_of(endpoint), HERE)
    cache.vectors(texts_of(*"abcdef"), config_of(endpoint), HERE, lambda done, total: progress.append((done, total)))
    assert progress == [(1, 6), (3, 6), (5, 6), (6, 6)]


def test_a_fitted_encoder_leaves_nothing_behind(cache: VectorCache, tmp_path: Path) -> None:
    texts = texts_of("red nail", "hair oil", "soap bar", "red soap")
    for _ in range(2):
        vectors, report = cache.vectors(texts, Lsa(dim=2), HERE)
        assert vectors.values.shape == (4, 2)
        assert report == CacheReport(hits=0, computed=4)
    assert not list(tmp_path.rglob("*.sqlite"))


def test_batches_before_an_error_are_kept(cache: VectorCache, endpoint: EmbeddingsServer) -> None:
    endpoint.edit = lambda rows: rows if len(endpoint.requests) < 3 else []
    with pytest.raises(EndpointError):
        cache.vectors(texts_of(*"abcdef"), config_of(endpoint), HERE)
    endpoint.edit = None
    _, report = cache.vectors(texts_of(*"abcdef"), config_of(endpoint), HERE)
    assert report == CacheReport(hits=4, computed=2)


def test_a_model_that_changed_behind_its_name(cache: VectorCache, endpoint: EmbeddingsServer) -> None:
    cache.vectors(texts_of("a"), config_of(endpoint), HERE)
    endpoint.dim = 5
    with pytest.raises(EncoderError) as caught:
        cache.vectors(texts_of("a", "b"), config_of(endpoint), HERE)
    assert caught.value.got == "vectors of width 5"
    assert caught.value.expected.startswith("width 8, as in the cache")
    assert "remove that file" in caught.value.remedy


def shelf(tmp_path: Path) -> Path:
    (path,) = (tmp_path / "vectors").glob("*.sqlite")
    return path


def test_a_row_of_another_width(cache: VectorCache, endpoint: EmbeddingsServer, tmp_path: Path) -> None:
    cache.vectors(texts_of("a", "b"), config_of(endpoint), HERE)
    with sqlite3.connect(shelf(tmp_path)) as connection:
        change = "update vectors set vector = ?, checksum = ? where rowid = 1"
        connection.execute(change, (bytes(4), crc32(bytes(4))))
    connection.close()
    with pytest.raises(StorageError) as caught:
        cache.vectors(texts_of("a", "b"), config_of(endpoint), HERE)
    assert caught.value.subject == str(shelf(tmp_path))
    assert "several widths" in caught.value.got
    assert "Remove the file" in caught.value.remedy


def test_a_file_of_another_kind(cache: VectorCache, endpoint: EmbeddingsServer, tmp_path: Path) -> None:
    cache.vectors(texts_of("a"), config_of(endpoint), HERE)
    shelf(tmp_path).write_bytes(b"not a database" * 100)
    with pytest.raises(StorageError, match="not a database") as caught:
        cache.vectors(texts_of("a"), config_of(endpoint), HERE)
    assert "Remove the file" in caught.value.remedy


def test_a_file_that_can_t_be_opened(cache: VectorCache, endpoint: EmbeddingsServer, tmp_path: Path) -> None:
    identity = config_of(endpoint).identity(texts_of("a"), HERE)
    (tmp_path / "vectors" / f"{identity}.sqlite").mkdir(parents=True)
    with pytest.raises(StorageError, match="unable to open") as caught:
        cache.vectors(texts_of("a"), config_of(endpoint), HERE)
    assert "fix the permissions" in caught.value.remedy
    assert not endpoint.requests


def test_a_root_that_can_t_be_made(endpoint: EmbeddingsServer, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageError) as caught:
        VectorCache(tmp_path / "file" / "vectors").vectors(texts_of("a"), config_of(endpoint), HERE)
    assert "SEQREC_DATA_ROOT" in caught.value.remedy
    assert not endpoint.requests, "vectors that can't be kept are not paid for"


@pytest.mark.parametrize("number", [0.0, float("nan")])
def test_a_vector_that_says_nothing_is_not_kept(cache: VectorCache, endpoint: EmbeddingsServer, number: float) -> None:
    endpoint.base64 = False
    endpoint.edit = lambda rows: [row | ({} if row["index"] else {"embedding": [number] * 8}) for row in rows]
    with pytest.raises(EndpointError, match="item 'i0'"):
        cache.vectors(texts_of("a", "b"), config_of(endpoint), HERE)
    endpoint.edit = None
    vectors, report = cache.vectors(texts_of("a", "b"), config_of(endpoint), HERE)
    np.testing.assert_array_equal(vectors.values, expected("a", "b"))
    assert report == CacheReport(hits=1, computed=1)
    assert endpoint.texts == ["a", "b", "a"]


def test_zeros_that_an_earlier_version_kept_are_embedded_again(
    cache: VectorCache, endpoint: EmbeddingsServer, tmp_path: Path
) -> None:
    cache.vectors(texts_of("a", "b", "c"), config_of(endpoint), HERE)
    with sqlite3.connect(shelf(tmp_path)) as connection:
        connection.execute("update vectors set vector = zeroblob(32) where rowid = 2")
    connection.close()
    vectors, report = cache.vectors(texts_of("a", "b", "c"), config_of(endpoint), HERE)
    np.testing.assert_array_equal(vectors.values, expected("a", "b", "c"))
    assert report == CacheReport(hits=2, computed=1)
    assert endpoint.texts == ["a", "b", "c", "b"]


def test_no_encoder_may_add_a_vector_that_says_nothing(
    cache: VectorCache, endpoint: EmbeddingsServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    batch = EmbeddedBatch(np.arange(1), np.zeros((1, 8), np.float32))
    monkeypatch.setattr(Config, "embed", lambda *_: (one for one in [batch]))
    with pytest.raises(EncoderError, match="zeros, NaN or infinity"):
        cache.vectors(texts_of("a"), config_of(endpoint), HERE)


PROGRAM = """
import sys
from pathlib import Path
import numpy as np
from seqrec.text.encoders.openai import Config
from seqrec.types import Texts
from storage.vector_cache import VectorCache

root, base_url, *texts = sys.argv[1:]
config = Config(model="tiny", base_url=base_url, batch_size=2, max_concurrency=1)
ids = np.array([str(i) for i in range(len(texts))], object)
VectorCache(Path(root)).vectors(Texts(ids, tuple(texts), np.zeros(len(texts), bool)), config, Path())
"""


@contextmanager
def other_process(root: Path, endpoint: EmbeddingsServer, *texts: str) -> Iterator[subprocess.Popen[bytes]]:
    command = [sys.executable, "-c", PROGRAM, str(root), endpoint.base_url, *texts]
    with subprocess.Popen(command, cwd=REPOSITORY) as process:
        try:
            yield process
        finally:
            process.kill()


def wait_for_requests(endpoint: EmbeddingsServer, n: int) -> None:
    until = time.monotonic() + 60
    while len(endpoint.requests) < n and time.monotonic() < until:
        time.sleep(0.01)
    assert len(endpoint.requests) == n


def test_finished_batches_survive_a_kill(cache: VectorCache, endpoint: EmbeddingsServer, tmp_path: Path) -> None:
    endpoint.hang_after = 2
    with other_process(tmp_path / "vectors", endpoint, *"abcdef") as process:
        wait_for_requests(endpoint, 3)
        process.send_signal(signal.SIGKILL)
    assert process.returncode == -signal.SIGKILL

    endpoint.hang_after = None
    vectors, report = cache.vectors(texts_of(*"abcdef"), config_of(endpoint), HERE)
    np.testing.assert_array_equal(vectors.values, expected(*"abcdef"))
    assert report == CacheReport(hits=4, computed=2)
    assert endpoint.texts == [*"abcdef", *"ef"]


def test_two_processes_at_once_pay_once(cache: VectorCache, endpoint: EmbeddingsServer, tmp_path: Path) -> None:
    endpoint.delay_s = 0.2
    with other_process(tmp_path / "vectors", endpoint, *"abcdef") as process:
        wait_for_requests(endpoint, 1)
        vectors, report = cache.vectors(texts_of(*"efgh"), config_of(endpoint), HERE)
        assert process.wait(timeout=60) == 0
    np.testing.assert_array_equal(vectors.values, expected(*"efgh"))
    assert report == CacheReport(hits=2, computed=2)
    assert endpoint.texts == list("abcdefgh")
    assert cache.vectors(texts_of(*"abcdefgh"), config_of(endpoint), HERE)[1].computed == 0


def test_a_first_failure_leaves_a_cache_that_works(cache: VectorCache, endpoint: EmbeddingsServer) -> None:
    endpoint.faults = [Fault(400)]
    with pytest.raises(EndpointError):
        cache.vectors(texts_of("a"), config_of(endpoint), HERE)
    assert cache.vectors(texts_of("a"), config_of(endpoint), HERE)[1] == CacheReport(hits=0, computed=1)


def test_a_damaged_vector_is_computed_again(
    cache: VectorCache, endpoint: EmbeddingsServer, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    config = config_of(endpoint)
    cache.vectors(texts_of("a", "b", "c"), config, HERE)
    with closing(sqlite3.connect(shelf(tmp_path))) as connection, connection:
        digest, vector = connection.execute("select digest, vector from vectors limit 1").fetchone()
        flipped = bytes([vector[0] ^ 4]) + vector[1:]
        connection.execute("update vectors set vector = ? where digest = ?", (flipped, digest))
    vectors, report = cache.vectors(texts_of("a", "b", "c"), config, HERE)
    np.testing.assert_array_equal(vectors.values, expected("a", "b", "c"))
    assert report == CacheReport(hits=2, computed=1)
    assert "1 vectors were damaged" in caplog.text


def test_a_file_without_checksums_keeps_its_vectors(
    cache: VectorCache, endpoint: EmbeddingsServer, tmp_path: Path
) -> None:
    config = config_of(endpoint)
    cache.vectors(texts_of("a", "b"), config, HERE)
    with closing(sqlite3.connect(shelf(tmp_path))) as connection, connection:
        connection.execute("alter table vectors drop column checksum")
    vectors, report = cache.vectors(texts_of("b", "a"), config, HERE)
    np.testing.assert_array_equal(vectors.values, expected("b", "a"))
    assert report == CacheReport(hits=2, computed=0)
