"""Budgets as people write them, presets, and the text of a setting."""

import pytest

from resize_core import PRESETS, ByteBudget, ChoiceError, ResizeError, Setting, parse_preset


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("6000000", 6_000_000),
        ("6_000_000", 6_000_000),
        ("6MB", 6_000_000),
        (" 6 mb ", 6_000_000),
        ("6M", 6_000_000),
        ("4 MiB", 4_194_304),
        ("1.5 MB", 1_500_000),
        ("500kB", 500_000),
        ("1 B", 1),
    ],
)
def test_a_budget_is_read_as_people_write_it(text: str, size: int) -> None:
    assert ByteBudget.parse(text) == ByteBudget(size)


@pytest.mark.parametrize("text", ["", "six", "6 XB", "-1", "0", "0.1", "MB", "6MB5", "nan", "1e6"])
def test_nonsense_is_no_budget_and_no_fact_about_a_photo(text: str) -> None:
    with pytest.raises(ChoiceError) as refused:
        ByteBudget.parse(text)
    assert isinstance(refused.value, ValueError)
    assert not isinstance(refused.value, ResizeError)


def test_a_preset_is_a_budget_with_limits() -> None:
    preset = parse_preset("custom-vision-training")
    assert preset is PRESETS["custom-vision-training"]
    assert preset.budget == ByteBudget(6_000_000)
    assert preset.options == {"max_side": 10_000, "min_side": 256, "max_aspect": 25}
    assert parse_preset("custom-vision-prediction").budget == ByteBudget(4_000_000)
    assert parse_preset("4 MiB").budget == ByteBudget(4 * 2**20)
    with pytest.raises(ChoiceError, match="custom-vision-training"):
        parse_preset("custom-vison")


@pytest.mark.parametrize(
    ("setting", "text"),
    [
        (Setting(1), "Setting(scale=1, quality=None, sampling=None, manner=None)"),
        (
            Setting(0.75, 83.5, "4:2:0", "uniform"),
            "Setting(scale=0.75, quality=83.5, sampling='4:2:0', manner='even')",
        ),
        (
            Setting(1, 90.0, "4:4:4", "adaptive"),
            "Setting(scale=1, quality=90.0, sampling='4:4:4', manner='adaptive')",
        ),
        (
            Setting(1, 98.0, None, "libjpeg"),
            "Setting(scale=1, quality=98.0, sampling=None, manner='plain')",
        ),
    ],
)
def test_a_setting_has_the_text_that_stamps_of_former_versions_store(
    setting: Setting, text: str
) -> None:
    assert str(setting) == text
