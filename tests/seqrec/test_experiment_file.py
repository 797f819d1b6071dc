import json
from pathlib import Path

import pytest

from seqrec.errors import ConfigError
from seqrec.experiment import Experiment
from seqrec.experiment_file import load_dataset, load_experiment
from seqrec.models import FLOORS

TINY = """
name = "tiny"
title = "Tiny"
seeds = [4]

[dataset]
name = "demo"

[protocol.split]
name = "temporal"

[encoders.lsa]
name = "lsa"
dim = 64

[comparison]
reference = "sasrec"

[models.sasrec]
name = "sasrec"
dim = 32

[models.sasrec_lsa]
name = "sasrec"
dim = 32
item_init.source = { encoder = "lsa", reducer = { name = "pca", dim = 32 } }

[models.sknn]
name = "sknn"
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "tiny.toml"
    path.write_text(TINY)
    return path


def test_a_file_becomes_an_experiment(file):
    experiment = load_experiment(file)
    assert experiment.name == "tiny"
    assert experiment.seeds == (4,)
    assert set(experiment.models) == {*FLOORS, "sasrec", "sasrec_lsa", "sknn"}
    assert experiment.models["sasrec"].dim == 32
    assert experiment.vector_sources["sasrec_lsa"].reducer.dim == 32


def test_settings_can_be_varied(file):
    changes = [
        "models.*.training.max_epochs=2",
        "protocol.core.users=0",
        "title=Varied title",
        "dataset.seed=3",
    ]
    experiment = load_experiment(file, changes)
    assert experiment.models["sasrec"].training.max_epochs == 2
    assert experiment.models["sasrec_lsa"].training.max_epochs == 2
    assert experiment.models["sknn"] == load_experiment(file).models["sknn"]
    assert (experiment.protocol.core.users, experiment.protocol.core.items) == (0, 5)
    assert experiment.title == "Varied title"


def test_another_split_can_be_set_as_a_whole(file):
    experiment = load_experiment(file, ['protocol.split={ name = "temporal", fold = 2 }'])
    assert experiment.protocol.split.fold == 2


def test_models_keeps_labels_and_floors(file):
    experiment = load_experiment(file, models=["sknn", "sasrec"])
    assert set(experiment.models) == {*FLOORS, "sasrec", "sknn"}
    assert experiment.comparison.reference == "sasrec"


def test_a_reference_that_goes_gives_way_to_the_default(file):
    assert load_experiment(file, models=["sknn"]).comparison.reference is None


def test_floors_may_be_named_or_kept_alone(file):
    assert set(load_experiment(file, models=["markov"]).models) == set(FLOORS)


def test_the_error_on_an_unknown_label_names_the_nearest(file):
    with pytest.raises(ConfigError) as caught:
        load_experiment(file, models=["sasrek"])
    assert caught.value.subject == f"{file}: models"
    assert "'sasrek'" in caught.value.got
    assert "sasrec_lsa" in caught.value.expected
    assert caught.value.remedy == "Did you mean 'sasrec'?"


def test_seeds_are_counted_from_zero(file):
    assert load_experiment(file, n_seeds=3).seeds == (0, 1, 2)
    with pytest.raises(ConfigError, match="seeds"):
        load_experiment(file, n_seeds=0)


def test_a_missing_file(tmp_path):
    with pytest.raises(ConfigError) as caught:
        load_experiment(tmp_path / "none.toml")
    assert caught.value.subject == str(tmp_path / "none.toml")
    assert caught.value.got == "no such file"


@pytest.mark.parametrize(
    ("content", "place"),
    [(b'name = "a"\ntitle = \n', "line 2"), (b"a = 1\na = 2\n", "line 2"), (b"name = '\xff'", "position 8")],
)
def test_what_is_no_toml_says_where(tmp_path, content, place):
    path = tmp_path / "broken.toml"
    path.write_bytes(content)
    with pytest.raises(ConfigError) as caught:
        load_experiment(path)
    assert caught.value.subject == str(path)
    assert place in caught.value.got


def test_an_empty_file_names_every_key_that_is_due(tmp_path):
    path = tmp_path / "empty.toml"
    path.write_text("")
    with pytest.raises(ConfigError) as caught:
        load_experiment(path)
    for key in ("name", "dataset", "protocol", "models"):
        assert f"\n  {key}: got nothing" in caught.value.remedy


def test_every_mistake_is_in_one_error(file):
    changes = ["models.sasrec.dmi=3", "models.sknn.name=sknm", "models.sasrec_lsa.dim=wide", "seeds=[1, 1.5]"]
    with pytest.raises(ConfigError) as caught:
        load_experiment(file, changes)
    assert caught.value.subject == str(file)
    assert caught.value.got == "4 mistakes"
    remedy = caught.value.remedy
    assert "models.sasrec.dmi: got an unknown key" in remedy
    assert "Did you mean 'dim'?" in remedy
    assert "models.sknn.name: got 'sknm'" in remedy
    assert "Did you mean 'sknn'?" in remedy
    assert "models.sasrec_lsa.dim: got 'wide'; expected a valid integer" in remedy
    assert "seeds[1]: got 1.5; expected a valid integer" in remedy


def test_settings_deep_inside_unions_keep_the_users_keys(file):
    with pytest.raises(ConfigError) as caught:
        load_experiment(file, ["models.sasrec_lsa.item_init.source.reducer.dim=-1"])
    assert caught.value.subject == f"{file}: models.sasrec_lsa.item_init.source.reducer.dim"
    assert caught.value.got == "-1"


def test_parts_that_do_not_fit_are_reported_without_traces_of_the_validator(file):
    with pytest.raises(ConfigError) as caught:
        load_experiment(file, ["models.sasrec_lsa.dim=16"])
    assert caught.value.subject == str(file)
    assert caught.value.got == "models.sasrec_lsa.dim is 16; the vectors of its item_init are 32 wide"


def test_the_resolved_experiment_holds_every_default_and_reads_back(file):
    experiment = load_experiment(file)
    text = experiment.model_dump_json()
    assert (
        json.loads(text)["models"]["sasrec"]["training"]["max_epochs"]
        == experiment.models["sasrec"].training.max_epochs
    )
    assert Experiment.model_validate_json(text) == experiment


def test_the_shipped_experiments_are_valid():
    shipped = sorted((Path(__file__).parents[2] / "deployments" / "experiments").glob("*.toml"))
    assert shipped
    for path in shipped:
        assert load_experiment(path).name == path.stem


def test_a_dataset_by_name():
    assert load_dataset("demo").name == "demo"
    assert load_dataset("amazon_2014", ["category=Beauty"]).category == "Beauty"


def test_an_unknown_dataset():
    with pytest.raises(ConfigError) as caught:
        load_dataset("steem")
    assert caught.value.subject == "dataset 'steem'"
    assert caught.value.remedy == "Did you mean 'steam'?"


def test_a_wrong_setting_of_a_dataset():
    with pytest.raises(ConfigError) as caught:
        load_dataset("amazon_2014", ["category=Beauty", "categroy=x"])
    assert caught.value.subject == "dataset 'amazon_2014': categroy"
    assert caught.value.remedy == "Did you mean 'category'?"


def test_a_folder_is_no_experiment(tmp_path):
    (tmp_path / "folder.toml").mkdir()
    with pytest.raises(ConfigError) as caught:
        load_experiment(tmp_path / "folder.toml")
    assert caught.value.subject == str(tmp_path / "folder.toml")
    assert caught.value.got.startswith("a file that can't be read")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le-mark"])
def test_whatever_wrote_the_file(tmp_path, encoding):
    text = TINY.replace("Tiny", "Tïny").replace("\n", "\r\n")
    raw = ("\ufeff" + text).encode("utf-16-le") if encoding == "utf-16-le-mark" else text.encode(encoding)
    (tmp_path / "tiny.toml").write_bytes(raw)
    assert load_experiment(tmp_path / "tiny.toml").title == "Tïny"


def test_a_file_that_is_no_text(tmp_path):
    (tmp_path / "tiny.toml").write_bytes(b"\xff\xfen\x00a")
    with pytest.raises(ConfigError, match="invalid TOML"):
        load_experiment(tmp_path / "tiny.toml")
