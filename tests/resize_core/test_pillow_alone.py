"""Pillow alone is enough: every other library may be absent."""

import subprocess
import sys

import pytest

_ALONE = """
import sys, warnings
warnings.simplefilter("ignore")
for absent in {absent!r}:
    sys.modules[absent] = None  # what an import of it raises ImportError for
from resize_core import ByteBudget, Options, ResizeError, shrink
from tests.resize_core.sample_files import DRONE, NAMES, sample
for name in (name for name in NAMES if name.startswith({only!r})):
    for effort in ("balanced", "best"):
        data = sample(name)
        try:
            made = shrink(data, ByteBudget(len(data) // 2), Options(effort=effort))
            assert len(made.data) <= len(data) // 2
        except ResizeError as refused:
            sys.exit(f"{{name}}: {{refused}}")
made = shrink(DRONE, ByteBudget(len(DRONE) // 3))
assert len(made.data) > 0.9 * (len(DRONE) // 3), made
assert not set({absent!r}) & {{name for name, module in sys.modules.items() if module}}
"""


@pytest.mark.parametrize(
    ("absent", "only"),
    [
        (("ajpegli",), "jpeg"),
        (("simplejpeg",), "jpeg"),
        (("cykooz_resizer",), "jpeg"),
        (("numpy", "ajpegli", "simplejpeg", "cykooz_resizer", "pillow_heif"), ""),
    ],
    ids=["ajpegli", "simplejpeg", "cykooz_resizer", "all"],
)
def test_every_format_is_shrunk_without(absent: tuple[str, ...], only: str) -> None:
    script = _ALONE.format(absent=absent, only=only)
    subprocess.run([sys.executable, "-c", script], check=True, timeout=240)
