"""What the deployments run: what the caller names, or what was deployed last."""

from pathlib import Path

import pytest

from flows.deploying import TARGET, Target, target_of
from seqrec.errors import ConfigError, StorageError
from storage.files.json_file import write_json
from storage.settings import Settings
from tests.flows.tiny import SMALL, write_tiny


def test_at_first_it_is_beauty_in_the_folder_data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert target_of(Settings(), None, None) == Target("beauty-temporal", str(tmp_path / "data"))


def test_files_and_folders_are_found_from_anywhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    file = write_tiny(tmp_path, "small.toml", SMALL)
    assert target_of(Settings(), "small.toml", Path("dump")) == Target(str(file), str(tmp_path / "dump"))
    assert target_of(Settings(), "beauty-cold", None) == Target("beauty-cold", str(tmp_path / "data"))


def test_what_was_deployed_last_stays_unless_another_is_named(tmp_path: Path) -> None:
    settings, last = Settings(), Target("beauty-cold", "/dumps/beauty")
    write_json(settings.prefect_dir / TARGET, last.to_json())
    assert target_of(settings, None, None) == last
    assert target_of(settings, None, tmp_path) == Target("beauty-cold", str(tmp_path))
    assert target_of(settings, "beauty-temporal", tmp_path) == Target("beauty-temporal", str(tmp_path))


def test_a_wrong_experiment_and_a_damaged_record_are_errors(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="beauty-temporal"):
        target_of(Settings(), "beauty-tempral", None)
    (tmp_path / "broken.toml").write_text("name = 3")
    with pytest.raises(ConfigError):
        target_of(Settings(), str(tmp_path / "broken.toml"), None)
    write_json(Settings().prefect_dir / TARGET, {"experiment": 3})
    with pytest.raises(StorageError, match="what was deployed"):
        target_of(Settings(), None, None)
