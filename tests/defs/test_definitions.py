"""The definitions as a whole: they load, say what they are, and show no secret."""

import re
from pathlib import Path

import dagster as dg
import pytest
from dagster._core.definitions.freshness import TimeWindowFreshnessPolicy

from orchestration import bootstrap
from orchestration.definitions import defs
from orchestration.defs.jobs import FoldersConfig
from orchestration.defs.resources import ContainersResource, EngineResource, RecipeResource
from orchestration.setting_values import SettingError, Settings, variable
from orchestration.settings import MODELS, RecipeSettings
from orchestration.settings_from_environment import read_settings


def loaded() -> dg.Definitions:
    return defs()


def test_the_definitions_load() -> None:
    dg.Definitions.validate_loadable(loaded())


def test_the_assets_stand_in_line() -> None:
    graph = loaded().resolve_asset_graph()
    keys = {key.to_user_string() for key in graph.get_all_asset_keys()}
    assert keys == {
        "raw_photos",
        "resized_photos",
        "refused_photos",
        "photo_counts",
        "rendition_manifest",
        "labels_on_raw",
    }
    parents = {
        child: {key.to_user_string() for key in graph.get(dg.AssetKey(child)).parent_keys}
        for child in keys
    }
    assert parents == {
        "raw_photos": set(),
        "resized_photos": {"raw_photos"},
        "refused_photos": {"resized_photos"},
        "photo_counts": {"resized_photos"},
        "rendition_manifest": {"resized_photos"},
        "labels_on_raw": {"resized_photos"},
    }
    for key in ("raw_photos", "resized_photos"):
        assert graph.get(dg.AssetKey(key)).partitions_def == dg.DynamicPartitionsDefinition(
            name="photo_mirror_folders"
        )


def test_jobs_sensor_and_schedule_bear_their_names() -> None:
    found = loaded()
    assert {"mirror_folder", "mirror_folders"} <= {
        job.name for job in found.get_repository_def().get_all_jobs()
    }
    assert [sensor.name for sensor in found.sensors or ()] == ["new_photos", "run_failures"]
    assert [schedule.name for schedule in found.schedules or ()] == ["nightly"]


def test_only_renditions_over_the_budget_block_what_depends_on_them() -> None:
    graph = loaded().resolve_asset_graph()
    blocking = {key.name for key in graph.asset_check_keys if graph.get(key).blocking}
    assert blocking == {"within_budget"}


def test_the_summary_has_a_freshness_policy() -> None:
    policy = loaded().resolve_asset_graph().get(dg.AssetKey("photo_counts")).freshness_policy
    assert isinstance(policy, TimeWindowFreshnessPolicy)


def test_the_recipe_is_the_code_version() -> None:
    asset = loaded().resolve_asset_graph().get(dg.AssetKey("resized_photos"))
    assert asset.code_version is not None
    assert asset.code_version.startswith("v1 budget=6000000 ")


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.resource)
def test_every_setting_is_a_config_field_of_its_resource(model: type[Settings]) -> None:
    resource = (loaded().resources or {})[model.resource]
    assert isinstance(resource, model)
    fields = type(resource).model_fields
    assert {name: fields[name].description for name in model.model_fields} == {
        name: field.description for name, field in model.model_fields.items()
    }


@pytest.mark.parametrize(
    ("resource", "field", "value"),
    [
        ("recipe", "effort", "max"),
        ("recipe", "strategy", "seed"),
        ("recipe", "orientation", "left"),
        ("engine", "engine", "spark"),
        ("engine", "workers", "many"),
    ],
)
def test_a_run_with_a_value_that_is_no_choice_is_refused_before_it_starts(
    resource: str, field: str, value: str
) -> None:
    config = {"resources": {resource: {"config": {field: value}}}}
    known = {"resources": {"recipe": {"config": {"effort": "best", "strategy": "keep-pixels"}}}}
    for name in ("mirror_folders", "rebuild_stale", "mirror_folder"):
        job = loaded().resolve_job_def(name)
        with pytest.raises(dg.DagsterInvalidConfigError, match=field):
            dg.validate_run_config(job, config)
        dg.validate_run_config(job, known)


@pytest.mark.parametrize(
    ("job", "op", "config"),
    [
        ("mirror_folders", "mirror_folders_op", {"folders": "2024/a"}),
        ("mirror_folders", "mirror_folders_op", {"rebuild_stale": "sometimes"}),
        ("mirror_folder", "resized_photos", {"folders": ["2024/a"]}),
        ("__ASSET_JOB", "labels_on_raw", {"form": "shapes"}),
        ("__ASSET_JOB", "labels_on_raw", {"frame": "as drawn"}),
    ],
)
def test_a_run_of_an_op_with_an_invalid_value_is_refused_before_it_starts(
    job: str, op: str, config: dict[str, object]
) -> None:
    definition = loaded().resolve_job_def(job)
    with pytest.raises(dg.DagsterInvalidConfigError, match=next(iter(config))):
        dg.validate_run_config(definition, {"ops": {op: {"config": config}}})


def test_the_launchpad_scaffolds_folders() -> None:
    job = loaded().resolve_job_def("mirror_folders")
    filled = dg.validate_run_config(job, {})
    assert filled["ops"]["mirror_folders_op"]["config"]["folders"] == []


def test_a_setting_comes_from_the_environment() -> None:
    given = read_settings(
        RecipeSettings, {"PHOTO_MIRROR_BUDGET": " 4MB ", "PHOTO_MIRROR_MAX_SIDE": "99"}
    )
    assert (given.budget, given.max_side, given.effort) == ("4MB", 99, "balanced")


def test_an_invalid_number_is_reported_with_its_variable() -> None:
    with pytest.raises(SettingError, match="PHOTO_MIRROR_MAX_SIDE: 'wide' is not a whole number"):
        read_settings(RecipeSettings, {"PHOTO_MIRROR_MAX_SIDE": "wide"})


@pytest.mark.parametrize(
    ("name", "text", "least"),
    [
        ("WORKERS", "-1", "0"),
        ("PHOTO_SECONDS", "0", "1"),
        ("PHOTO_SECONDS", "nan", "1"),
        ("WORKER_MEMORY", "50000000", "500,000,000"),
        ("PARTITION_DEPTH", "-1", "0"),
    ],
)
def test_a_number_out_of_bounds_is_reported_with_its_variable(
    name: str, text: str, least: str
) -> None:
    environment = {f"PHOTO_MIRROR_{name}": text}
    with pytest.raises(SettingError, match=f"PHOTO_MIRROR_{name}: .*at least {re.escape(least)}"):
        [read_settings(model, environment) for model in MODELS]


def test_a_run_cannot_be_configured_to_what_nothing_could_work_with() -> None:
    with pytest.raises(ValueError, match="PHOTO_MIRROR_WORKERS: -1 is too little; give at least 0"):
        EngineResource(workers=-1)


def test_definitions_load_also_when_a_recipe_makes_no_sense(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PHOTO_MIRROR_BUDGET", "lots")
    dg.Definitions.validate_loadable(loaded())


@pytest.mark.parametrize(
    ("field", "value", "problem"),
    [
        ("effort", "max", "effort is 'max'; it is one of balanced, best"),
        ("max_side", 0, "0 is too little; give at least 1"),
        ("accepts", "png", "it must name jpeg"),
        ("budget", "six", "'six' is not a valid budget"),
    ],
)
def test_an_invalid_choice_is_reported_with_its_variable(
    field: str, value: str | int, problem: str
) -> None:
    with pytest.raises(SettingError) as refused:
        bootstrap.read_recipe(read_settings(RecipeSettings, {}).replaced({field: value}))
    assert refused.value.variable == variable(field)
    assert problem in refused.value.problem


def test_a_run_that_overrides_one_field_keeps_the_environment_s_other_values(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PHOTO_MIRROR_RAW", str(tmp_path / "raw"))
    monkeypatch.setenv("PHOTO_MIRROR_RESIZED", str(tmp_path / "resized"))
    monkeypatch.setenv("PHOTO_MIRROR_MAX_SIDE", "1234")
    monkeypatch.setenv("PHOTO_MIRROR_WORKERS", "3")
    found: dict[str, object] = {}

    @dg.op
    def look(
        containers: ContainersResource, recipe: RecipeResource, engine: EngineResource
    ) -> None:
        found.update(containers.model_dump() | recipe.model_dump() | engine.model_dump())

    @dg.job
    def look_job() -> None:
        look()

    definitions = dg.Definitions(jobs=[look_job], resources=loaded().resources)
    other = {"raw": str(tmp_path / "other")}
    config = {
        "containers": {"config": other},
        "recipe": {"config": {"budget": "5MB"}},
        "engine": {"config": {"pictures": 1}},
    }
    job = definitions.resolve_job_def("look_job")
    assert job.execute_in_process(run_config={"resources": config}).success
    assert found["raw"] == str(tmp_path / "other")
    assert found["resized"] == str(tmp_path / "resized")
    assert (found["budget"], found["max_side"]) == ("5MB", 1234)
    assert (found["pictures"], found["workers"]) == (1, 3)


def test_folders_that_are_null_are_the_whole_container() -> None:
    assert FoldersConfig(folders=None).folders == []  # type: ignore[arg-type] # as YAML has it
