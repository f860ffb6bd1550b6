"""Puts the compiled kernel into a wheel; pyproject.toml says everything else."""

import runpy

from setuptools import Distribution, setup
from setuptools.command.bdist_wheel import bdist_wheel
from setuptools.command.build_py import build_py

BUILD = "resize_core/formats/jpeg/coefficients/build.py"


class WithKernel(build_py):
    """Builds the kernel before files are gathered; of an editable installation, `make` does."""

    def run(self) -> None:
        """Say in one line how it went: without a compiler the wheel is one without the kernel."""
        if not self.editable_mode:
            runpy.run_path(BUILD)["report"]()
        super().run()


class OfOnePlatform(bdist_wheel):
    """A wheel for every Python of one platform: the kernel knows nothing of Python."""

    def get_tag(self) -> tuple[str, str, str]:
        """Return the tags of the wheel's name."""
        return "py3", "none", super().get_tag()[2]


class Native(Distribution):
    """A distribution that is not the same for every platform."""

    def has_ext_modules(self) -> bool:
        """Whether it holds compiled code."""
        return True


setup(
    cmdclass={"build_py": WithKernel, "bdist_wheel": OfOnePlatform},
    distclass=Native,
)
