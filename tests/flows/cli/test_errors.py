"""Errors that the user can fix: a few lines with subject and remedy, exit code 2, no traceback, no data loss."""

import gzip
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest

from flows.cli import app
from storage.settings import Settings
from tests.flows.command import Command, Result
from tests.flows.tiny import TINY, listing, write_tiny

BEAUTY = TINY.replace('name = "demo"\nn_users = 200\nn_items = 60', 'name = "amazon_2014"\ncategory = "Beauty"')
TABLE = TINY.replace('name = "demo"\nn_users = 200\nn_items = 60', 'name = "table"')
REVIEWS = "reviews_Beauty.json.gz"


def refusal(result: Result, subject: str, remedy: str = "") -> None:
    """Assert that the command was refused for `subject`, with a remedy."""
    assert result.code == 2, result
    parts = re.fullmatch(r"error +(.+)\nfound +(.+)\nexpected +(.+)\nremedy +(.+)\n", result.err, re.DOTALL)
    assert parts is not None, result.err
    assert subject in parts[1]
    assert remedy in parts[4]
    assert "Traceback" not in result.out + result.err


@pytest.mark.parametrize(
    ("change", "subject", "said"),
    [
        (('name = "sasrec"', 'name = "sassrec"'), "models.sasrec", "'sasrec'"),
        (("dim = 8\nn_layers", "dims = 8\nn_layers"), "models.sasrec.dims", "'dim'"),
        (("max_epochs = 2", 'max_epochs = "two"'), "models.sasrec.training.max_epochs", "'two'"),
        (('encoder = "lsa"', 'encoder = "lsi"'), "tiny.toml", "models.llm_seq_sim uses the encoder 'lsi'"),
        (('reference = "markov"', 'reference = "markof"'), "tiny.toml", "comparison.reference is 'markof'"),
        (("[models.sasrec]", "[models.sasrec"), "tiny.toml", "invalid TOML"),
    ],
    ids=["unknown model", "unknown key", "wrong type", "unknown encoder", "unknown reference", "invalid TOML"],
)
def test_an_experiment_that_is_wrong(
    command: Command, tmp_path: Path, change: tuple[str, str], subject: str, said: str
) -> None:
    assert change[0] in TINY
    result = command("run", write_tiny(tmp_path, text=TINY.replace(*change)))
    refusal(result, subject)
    assert said in result.err


@pytest.mark.parametrize(
    ("arguments", "subject", "remedy"),
    [
        (["run", "beauty-temporl"], "beauty-temporl", "beauty-temporal"),
        (["run", "nowhere.toml"], "nowhere.toml", "seqrec list experiments"),
        (["run", "demo", "--models", "sasrek"], "models", "sasrec"),
        (["run", "demo", "--set", "seeds"], "seeds", ""),
        (["run", "demo", "--set", "protocol.core.user=1"], "protocol.core.user", "users"),
        (["ingest", "amazon_2041"], "dataset 'amazon_2041'", "amazon_20"),
        (["leaderboard", "demo"], "demo", "seqrec run demo"),
        (["report", "demo"], "demo", "seqrec run demo"),
        (["sql", "show tables"], "catalogue.duckdb", "seqrec ingest"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_a_command_that_is_wrong(command: Command, arguments: list[str], subject: str, remedy: str) -> None:
    refusal(command(*arguments), subject, remedy)


def test_a_word_that_is_no_command_or_option(command: Command) -> None:
    assert command("runn", "demo").code == 2
    assert command("run", "demo", "--seeds", "0").code == 2


def no_folder(data: Path) -> None:
    """Do not create the data folder."""


def no_file(data: Path) -> None:
    """Create an empty data folder."""
    data.mkdir()


def empty_file(data: Path) -> None:
    """Write an empty dump."""
    data.mkdir()
    (data / REVIEWS).write_bytes(b"")


def truncated(data: Path) -> None:
    """Write a truncated download."""
    data.mkdir()
    line = '{"reviewerID": "A%d", "asin": "B1", "overall": 5.0, "unixReviewTime": 1390000000}\n'
    whole = gzip.compress("".join(line % user for user in range(5000)).encode())
    (data / REVIEWS).write_bytes(whole[: len(whole) // 2])


@pytest.mark.parametrize("spoil", [no_folder, no_file, empty_file, truncated], ids=lambda spoil: spoil.__name__)
def test_a_dump_that_is_not_there_or_broken(command: Command, tmp_path: Path, spoil: Callable[[Path], None]) -> None:
    data = tmp_path / "amazon"
    spoil(data)
    refusal(command("run", write_tiny(tmp_path, text=BEAUTY), "--data", data), "amazon")


def test_a_table_without_times(command: Command, tmp_path: Path) -> None:
    (tmp_path / "interactions.csv").write_text("user_id,item_id\nu1,i1\nu1,i2\n")
    result = command("run", write_tiny(tmp_path, text=TABLE), "--data", tmp_path)
    refusal(result, "interactions.csv", "time")


def test_a_core_that_leaves_nothing_keeps_the_dump(command: Command, tmp_path: Path) -> None:
    file = write_tiny(tmp_path)
    refusal(command("run", file, "--set", "protocol.core.users=500"), "core")
    dumps = Settings().store_dir / "dump"
    kept = listing(dumps)
    assert kept
    assert command("ingest", "demo", "--set", "n_users=200", "--set", "n_items=60").code == 0
    assert listing(dumps) == kept


def test_items_without_texts(command: Command, tmp_path: Path) -> None:
    rows = "".join(f"u{n % 20},i{n % 7},{1_500_000_000 + n}\n" for n in range(140))
    (tmp_path / "interactions.csv").write_text(f"user_id,item_id,timestamp\n{rows}")
    result = command("run", write_tiny(tmp_path, text=TABLE), "--data", tmp_path)
    refusal(result, "item texts", "leave out the encoders and their models")
    assert "no item of the dataset" in result.err
    assert "title, brand, categories" in result.err


def test_vectors_that_are_not_there(command: Command, tmp_path: Path) -> None:
    encoder = 'encoders.lsa={name="precomputed", path="vectors.parquet"}'
    result = command("run", write_tiny(tmp_path), "--data", tmp_path, "--set", encoder)
    refusal(result, "vectors.parquet", "--set 'encoders.<label>=")


def test_vectors_of_another_width_than_the_model_are_refused_before_training(command: Command, tmp_path: Path) -> None:
    init = 'models.sasrec.item_init={source={encoder="lsa", reducer={name="identity"}}}'
    result = command("run", write_tiny(tmp_path), "--set", init, "--set", "models.sasrec.dim=6")
    refusal(result, "models.sasrec.dim", "Set it to 8, or reduce the vectors to 6")
    assert not (Settings().store_dir / "model").exists()


@pytest.mark.parametrize("root", ["file", "file/below", "/proc/seqrec"])
def test_a_data_root_that_can_not_be_written(
    command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, root: str
) -> None:
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("SEQREC_DATA_ROOT", str(tmp_path / root))
    refusal(command("run", "demo"), str(tmp_path / root))
    assert (tmp_path / "file").read_text() == "in the way"


@pytest.mark.parametrize("arguments", [["leaderboard", "demo"], ["report", "demo"], ["sql", "show tables"], ["pages"]])
def test_a_data_root_that_is_not_there_is_named(
    command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str]
) -> None:
    monkeypatch.setenv("SEQREC_DATA_ROOT", str(tmp_path / "var"))
    result = command(*arguments)
    refusal(result, "", "SEQREC_DATA_ROOT")
    assert str(tmp_path / "var") in result.err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "arguments",
    [
        ["run", "nowhere"],
        ["run", "demo", "--set", "seeds=[]"],
        ["ingest", "nowhere"],
        ["ingest", "nowhere.toml"],
        ["doctor", "amazon_2014", "--set", "category=Beauty"],
        ["download", "table"],
        ["list"],
        ["describe"],
    ],
    ids=" ".join,
)
def test_a_command_that_fails_or_only_reads_leaves_no_data_root(
    command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str]
) -> None:
    monkeypatch.delenv("SEQREC_DATA_ROOT")
    monkeypatch.chdir(tmp_path)
    command(*arguments)
    assert list(tmp_path.iterdir()) == []


def test_a_setting_that_does_not_exist(command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SEQREC_DEVISE", "cpu")
    refusal(command("run", "demo"), "SEQREC_DEVISE", "SEQREC_DEVICE")


SMALL = ("demo", "--set", "n_users=200", "--set", "n_items=60")


@pytest.fixture
def no_bypass(monkeypatch: pytest.MonkeyPatch) -> None:
    """Remove the list of hosts that are reached without a proxy."""
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)


def test_the_own_server_is_reached_without_the_proxy(
    command: Command, monkeypatch: pytest.MonkeyPatch, no_bypass: None
) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    assert command("ingest", *SMALL).code == 0


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("ALL_PROXY", "socks5://me:hunter2@127.0.0.1:1080"),
        ("HTTPS_PROXY", "gopher://127.0.0.1"),
        ("SSL_CERT_FILE", "/nowhere/ca.pem"),
        ("SEQREC_DATA_ROOT", "/data/what?"),
        ("SEQREC_TRACKING_URI", "mongodb://me:hunter2@host"),
    ],
)
def test_an_environment_that_can_not_be_used(
    command: Command, monkeypatch: pytest.MonkeyPatch, no_bypass: None, variable: str, value: str
) -> None:
    monkeypatch.setenv(variable, value)
    told = command("ingest", *SMALL)
    refusal(told, variable, variable)
    assert "hunter2" not in told.err


def test_an_experiment_with_a_key_in_its_title(command: Command, tmp_path: Path) -> None:
    text = TINY.replace("Tiny shop", "Tiny sk-proj-hunter20123456789")
    told = command("run", write_tiny(tmp_path, text=text))
    refusal(told, "tiny.toml: title", "api_key_env")
    assert "hunter2" not in told.out + told.err


def test_a_secret_in_a_wrong_setting_is_not_repeated(command: Command) -> None:
    base_url = "http://me:hunter2@127.0.0.1:9/v1?api_key=abcdef"
    result = command("run", "demo", "--set", f'encoders.lsa={{name="openai", model="m", base_url="{base_url}"}}')
    assert result.code == 2
    assert "hunter2" not in result.err
    assert "abcdef" not in result.err


@pytest.mark.parametrize("free", [0, 1 << 30])
def test_a_failure_on_a_full_disk_names_the_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], free: int
) -> None:
    def fail() -> None:
        raise RuntimeError("Server error '500 Internal Server Error'")

    monkeypatch.setenv("SEQREC_DATA_ROOT", str(tmp_path))
    monkeypatch.setattr(app, "app", fail)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=free))
    with pytest.raises(RuntimeError if free else SystemExit):
        app.start()
    assert ("0 bytes of free disk space" in capsys.readouterr().err) == (not free)
