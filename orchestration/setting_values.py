"""Checks the value of one setting, from any source: type, bounds and choices."""

from collections.abc import Mapping
from math import isnan
from types import NoneType
from typing import Any, ClassVar, Literal, Self, cast, get_args, get_origin

from annotated_types import Ge, Le
from pydantic import BaseModel, ValidationError, ValidationInfo, field_validator
from pydantic.fields import FieldInfo

from resize_core.options import what_instead

PREFIX = "PHOTO_MIRROR_"


class SettingError(ValueError):
    """A setting has an invalid value; `problem` says what to write instead."""

    def __init__(self, variable: str, problem: str) -> None:
        super().__init__(f"{variable}: {problem}")
        self.variable = variable
        self.problem = problem

    def __reduce__(self) -> tuple[type["SettingError"], tuple[str, str]]:
        return type(self), (self.variable, self.problem)


def variable(field: str) -> str:
    """Return the environment variable that sets a field."""
    return PREFIX + field.upper()


class Settings(BaseModel):
    """Settings that belong together: fields of a Dagster resource, and environment variables.

    A value that is out of bounds or not a choice raises pydantic's ValidationError, which contains
    a SettingError.
    """

    resource: ClassVar[str] = ""

    @field_validator("*", mode="before")
    @classmethod
    def _check(cls, value: object, info: ValidationInfo) -> object:
        name = cast("str", info.field_name)
        return check_value(name, cls.model_fields[name], value)

    @classmethod
    def checked(cls, values: Mapping[str, object]) -> Self:
        """Return settings with these values; the others are defaults. Raises SettingError."""
        try:
            return cls(**values)
        except ValidationError as error:
            for one in error.errors():
                cause = one.get("ctx", {}).get("error")
                if isinstance(cause, SettingError):
                    raise cause from None
            raise

    def replaced(self, values: Mapping[str, object]) -> Self:
        """Return these settings with some values replaced. Raises SettingError."""
        return self.checked({**self.model_dump(), **values})


def check_value(name: str, field: FieldInfo, value: object) -> object:
    """Return the value of a field; a text from the environment becomes a number.

    Raises SettingError.
    """
    if value is None:
        return None
    if choices := choices_of(field):
        return _choice(name, choices, str(value))
    kind = kind_of(field)
    if kind is str:
        return value
    if isinstance(value, str):
        try:
            value = kind(value)
        except ValueError:
            expected = "a whole number" if kind is int else "a number"
            raise SettingError(variable(name), f"{value!r} is not {expected}") from None
    if isinstance(value, int | float):
        _check_bounds(name, field, value)
    return value


def kind_of(field: FieldInfo) -> Any:
    """Return the type of a field's value, without None."""
    kinds = [kind for kind in get_args(field.annotation) if kind is not NoneType]
    return kinds[0] if kinds and not choices_of(field) else field.annotation


def choices_of(field: FieldInfo) -> tuple[str, ...]:
    """Return the values that a field may have; () if they are not limited to a few."""
    return get_args(field.annotation) if get_origin(field.annotation) is Literal else ()


def bounds_of(field: FieldInfo) -> tuple[float, float]:
    """Return the least and the greatest value of a number."""
    (least,) = (one.ge for one in field.metadata if isinstance(one, Ge))
    (most,) = (one.le for one in field.metadata if isinstance(one, Le))
    return cast("float", least), cast("float", most)


def _choice(name: str, choices: tuple[str, ...], text: str) -> str:
    folded = text.strip().casefold()
    if folded in choices:
        return folded
    problem = f"{name} is {text!r}; it is one of {', '.join(choices)}"
    raise SettingError(variable(name), problem + what_instead(folded, choices))


def _check_bounds(name: str, field: FieldInfo, value: float) -> None:
    least, most = bounds_of(field)
    if isinstance(value, float) and isnan(value):
        raise SettingError(variable(name), f"nan is not a number; give at least {least:,.15g}")
    if value < least:
        raise SettingError(variable(name), f"{value} is too little; give at least {least:,.15g}")
    if value > most:
        raise SettingError(variable(name), f"{value} is too much; give at most {most:,.15g}")
