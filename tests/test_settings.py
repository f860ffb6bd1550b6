"""What people mistype in settings gets a sentence that names the variable, and changes nothing."""

from typing import get_args

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from orchestration import bootstrap
from orchestration.cli import main
from orchestration.mirror.selection import PatternError, parse_patterns
from orchestration.setting_values import (
    SettingError,
    Settings,
    bounds_of,
    choices_of,
    kind_of,
    variable,
)
from orchestration.settings import MODELS, EngineSettings, ProcessSettings, RecipeSettings
from orchestration.settings_from_environment import read_settings, unknown_settings
from resize_core import (
    FORMATS,
    PRESETS,
    ChoiceError,
    PresetName,
    parse_accepts,
    parse_preset,
)

ALL_MODELS: list[type[Settings]] = [*MODELS, ProcessSettings]
FIELDS = [(model, name) for model in ALL_MODELS for name in model.model_fields]
NUMBERS = [
    (model, name) for model, name in FIELDS if kind_of(model.model_fields[name]) in {int, float}
]
CHOICES = [(model, name) for model, name in FIELDS if choices_of(model.model_fields[name])]


def recipe(**given: str | int) -> str:
    return bootstrap.read_recipe(RecipeSettings.checked(given)).text


@pytest.mark.parametrize(("model", "name"), NUMBERS)
@pytest.mark.parametrize(
    "text", ["inf", "-inf", "nan", "-5", "1" + "0" * 30, "9" * 400, "9" * 5_000, "1e400"]
)
def test_every_number_is_within_bounds(model: type[Settings], name: str, text: str) -> None:
    with pytest.raises(SettingError) as refused:
        read_settings(model, {variable(name): text})
    assert refused.value.variable == variable(name)


@pytest.mark.parametrize(("model", "name"), NUMBERS)
def test_every_number_has_bounds_and_a_default_within_them(
    model: type[Settings], name: str
) -> None:
    field = model.model_fields[name]
    least, most = bounds_of(field)
    if field.default is not None:
        assert least <= float(field.default) <= most
        read = read_settings(model, {variable(name): str(field.default)})
        assert getattr(read, name) == field.default
    for wrong in (least - 1, most + 1):
        with pytest.raises(SettingError, match=f"{variable(name)}: .*; give at "):
            model.checked({name: int(wrong)})


def test_too_many_workers_cause_a_message() -> None:
    with pytest.raises(SettingError, match=r"PHOTO_MIRROR_WORKERS: 5000 is too much; .* 2,000"):
        read_settings(EngineSettings, {"PHOTO_MIRROR_WORKERS": "5000"})


@pytest.mark.parametrize(("model", "name"), CHOICES)
def test_every_choice_is_read_in_any_case_and_a_near_miss_is_asked_about(
    model: type[Settings], name: str
) -> None:
    choices = choices_of(model.model_fields[name])
    for one in choices:
        assert getattr(model.checked({name: one.upper()}), name) == one
        assert getattr(read_settings(model, {variable(name): one.upper()}), name) == one
    with pytest.raises(SettingError, match=f"{variable(name)}: .*did you mean {choices[-1]}"):
        model.checked({name: f"{choices[-1]}x"})
    with pytest.raises(SettingError, match=f"{variable(name)}: .* is one of {choices[0]}"):
        read_settings(model, {variable(name): "0123"})


@pytest.mark.parametrize(("field", "value"), [("effort", "Fast"), ("strategy", "seed")])
def test_a_removed_choice_is_refused_with_the_one_to_set_instead(field: str, value: str) -> None:
    with pytest.raises(SettingError, match=f"PHOTO_MIRROR_{field.upper()}: .*removed.*: set b"):
        RecipeSettings.checked({field: value})


@pytest.mark.parametrize("text", ["png, jpeg", "png,jpeg", "PNG  JPEG", "png;jpeg png"])
def test_accepted_formats_are_read_as_people_write_them(text: str) -> None:
    assert parse_accepts(text) == ("png", "jpeg")
    assert " accepts=png jpeg " in f"{recipe(accepts=text)} "


def test_accepted_formats_are_those_there_are() -> None:
    names = {row.name.lower() for row in FORMATS}
    assert set(parse_accepts(" ".join(names))) == names


@pytest.mark.parametrize(
    ("text", "meant"),
    [("jpeg pngg", "png"), ("jpg png", "jpeg"), ("jpeg, tif", "tiff"), ("jpeg wepb", "webp")],
)
def test_a_format_there_is_not_is_refused(text: str, meant: str) -> None:
    with pytest.raises(SettingError, match=f"PHOTO_MIRROR_ACCEPTS: .*did you mean {meant}"):
        recipe(accepts=text)


@given(st.text(st.characters(categories=["Ll", "Lu", "Nd", "P", "Zs"]), max_size=12))
def test_any_text_for_accepts_is_formats_or_refused(text: str) -> None:
    known = {row.name.lower() for row in FORMATS}
    try:
        assert set(parse_accepts(text)) <= known
    except ChoiceError as refused:
        assert refused.choice == "accepts"


@pytest.mark.parametrize("text", ["6", "0.5kB", "999", "6 B", "9" * 400 + "MB", "2000 GB"])
def test_a_budget_that_nobody_means_is_refused(text: str) -> None:
    with pytest.raises(ChoiceError):
        parse_preset(text)
    with pytest.raises(SettingError, match="PHOTO_MIRROR_BUDGET"):
        recipe(budget=text)


def test_six_alone_is_asked_about() -> None:
    with pytest.raises(SettingError, match=r"'1' means 1 byte, .*write 1MB"):
        recipe(budget="1")
    with pytest.raises(SettingError, match=r"'6' means 6 bytes.*write 6MB"):
        recipe(budget="6")
    with pytest.raises(SettingError, match="did you mean custom-vision-training"):
        recipe(budget="custom-vison-training")


@pytest.mark.parametrize(
    "text",
    ["jpg", ".PNG", "*.jpg;*.png", "*.{jpg,png}", '"*.jpg"', "'*.jpg *.png'", "!*.png", "/a/*.jpg"],
)
@pytest.mark.parametrize("field", ["include", "exclude"])
def test_a_pattern_of_another_program_is_refused(
    field: str, text: str, monkeypatch: pytest.MonkeyPatch, tmp_path: object
) -> None:
    with pytest.raises(PatternError):
        parse_patterns(text)
    for name, value in {
        "RAW": tmp_path,
        "RESIZED": f"{tmp_path}-small",
        field.upper(): text,
    }.items():
        monkeypatch.setenv(f"PHOTO_MIRROR_{name}", str(value))
    ran = CliRunner().invoke(main, ["plan"])
    assert ran.exit_code == 2
    assert ran.stderr.startswith(f"Error: {variable(field)}: ")
    assert ran.stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("PHOTO_MIRROR_BUGDET", "PHOTO_MIRROR_BUDGET"),
        ("PHOTO_MIRROR_budget", "PHOTO_MIRROR_BUDGET"),
        ("PHOTO_MIRROR_MAXSIDE", "PHOTO_MIRROR_MAX_SIDE"),
        ("PHOTO_MIRROR_COLOR", "PHOTO_MIRROR_COLOUR"),
        ("PHOTO_MIRROR_RESIZE", "PHOTO_MIRROR_RESIZED"),
        ("PHOTO_MIRROR_PATIENT", "PHOTO_MIRROR_PATIENCE"),
    ],
)
@pytest.mark.parametrize("verb", ["plan", "run", "verify", "refused", "reports", "shrink"])
def test_a_variable_that_is_almost_a_setting_stops_every_verb(
    monkeypatch: pytest.MonkeyPatch, name: str, meant: str, verb: str
) -> None:
    monkeypatch.setenv(name, "4MB")
    more = [__file__, "-o", "/dev/null"] if verb == "shrink" else []
    ran = CliRunner().invoke(main, [verb, *more])
    assert ran.exit_code == 2
    assert f"{name}: there is no such setting; did you mean {meant}?" in ran.stderr


def test_unknown_variables_cause_a_warning_those_of_kubernetes_do_not(
    monkeypatch: pytest.MonkeyPatch, tmp_path: object
) -> None:
    of_a_service = {
        "PHOTO_MIRROR_SERVICE_HOST": "10.0.0.1",
        "PHOTO_MIRROR_SERVICE_PORT": "80",
        "PHOTO_MIRROR_SERVICE_PORT_HTTP": "80",
        "PHOTO_MIRROR_PORT": "tcp://10.0.0.1:80",
        "PHOTO_MIRROR_PORT_80_TCP_ADDR": "10.0.0.1",
        "PHOTO_MIRROR_DAGSTER_WEBSERVER_PORT_80_TCP": "tcp://10.0.0.1:80",
    }
    assert unknown_settings(of_a_service) == []
    read_settings(RecipeSettings, of_a_service)
    monkeypatch.setenv("PHOTO_MIRROR_SHARPNESS_OF_EDGES", "1")
    monkeypatch.setenv("PHOTO_MIRROR_RAW", str(tmp_path))
    monkeypatch.setenv("PHOTO_MIRROR_RESIZED", f"{tmp_path}-small")
    ran = CliRunner().invoke(main, ["plan"])
    assert ran.exit_code == 0
    assert "PHOTO_MIRROR_SHARPNESS_OF_EDGES is set, but there is no such setting" in ran.stderr


def test_every_setting_may_be_set() -> None:
    assert unknown_settings({variable(name): "" for _, name in FIELDS}) == []


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_is_for_settings_that_have_their_default(name: str) -> None:
    preset = PRESETS[name]
    settings = RecipeSettings.checked({"preset": name})
    made = bootstrap.read_recipe(settings)
    assert made.budget == (preset.budget.size if preset.budget else 6_000_000)
    assert {key: getattr(made.options, key) for key in preset.options} == preset.options
    more = {"budget": "5MB", "accepts": "jpeg webp", "max_side": 3_000}
    made = bootstrap.read_recipe(settings.replaced(more))
    assert (made.budget, made.options.max_side) == (5_000_000, 3_000)
    assert made.options.accepts == ("jpeg", "webp")
    assert made.options.orientation == preset.options.get("orientation", "tag")


def test_presets_for_labelling_and_training_are_upright_and_all_are_choices() -> None:
    assert get_args(PresetName) == ("none", *PRESETS)
    is_upright = {name for name, one in PRESETS.items() if one.options.get("orientation")}
    assert is_upright == {"cvat", "label-studio", "roboflow", "automl-images"}
    assert all(preset.source for preset in PRESETS.values())
    assert recipe(preset="none") == recipe()


def test_a_preset_without_a_limit_of_bytes_is_no_budget() -> None:
    with pytest.raises(SettingError, match="PHOTO_MIRROR_BUDGET: cvat has no limit of bytes"):
        recipe(budget="cvat")
    with pytest.raises(SettingError, match=r"PHOTO_MIRROR_PRESET: .*did you mean label-studio"):
        recipe(preset="labelstudio")
