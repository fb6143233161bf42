"""How an interface class declares attributes and methods, and how classes are found.

A class is a file in ``classes/``: its id, its versions, its attributes and methods in the order of
the standard (IEC 62056-6-2, clause 4). A class that nobody wrote a file for is a generic one, whose
attributes have numbers for names: nothing a meter has is out of reach.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar, TypeVar

from dlmslite.cosem import meaning
from dlmslite.errors import ConfigurationError
from dlmslite.records import frozen
from dlmslite.registry import Registry
from dlmslite.values.time_policy import TimePolicy

Meaning = Callable[[Any, TimePolicy], Any]
"""From the plain form of an attribute, and the meter's clock, to what it means."""


@frozen
class Attribute:
    """One attribute of an interface class.

    Attributes:
        number: Its number; 1 is the logical name, negative ones are the manufacturer's.
        name: Its name in the standard, in snake case.
        meaning: What its plain value means; a DecodeError where it means nothing.
        scaled_by: The number of the attribute that holds its scaler and unit; None for none.
        since: The first version of the class that has it.
    """

    number: int
    name: str
    meaning: Meaning = meaning.anything
    scaled_by: int | None = None
    since: int = 0


@frozen
class Method:
    """One method of an interface class.

    Attributes:
        number: Its number.
        name: Its name in the standard, in snake case.
        since: The first version of the class that has it.
    """

    number: int
    name: str
    since: int = 0


LOGICAL_NAME = Attribute(1, "logical_name", meaning.obis)


@frozen
class InterfaceClass:
    """An interface class in one version; subclasses say which.

    Attributes:
        version: The version that an object declares.
    """

    CLASS_ID: ClassVar[int]
    NAME: ClassVar[str]
    VERSIONS: ClassVar[range]  # those whose layout the file knows
    ATTRIBUTES: ClassVar[tuple[Attribute, ...]] = ()  # from number 2 on
    METHODS: ClassVar[tuple[Method, ...]] = ()

    version: int = 0

    @property
    def class_id(self) -> int:
        """The number of the class."""
        return self.CLASS_ID

    @property
    def name(self) -> str:
        """The name of the class in the standard."""
        return self.NAME

    @property
    def attributes(self) -> tuple[Attribute, ...]:
        """The attributes that this version has, the logical name first."""
        own = (attribute for attribute in self.ATTRIBUTES if attribute.since <= self.version)
        return (LOGICAL_NAME, *own)

    @property
    def methods(self) -> tuple[Method, ...]:
        """The methods that this version has."""
        return tuple(method for method in self.METHODS if method.since <= self.version)

    def attribute(self, key: int | str) -> Attribute:
        """An attribute by number or name; a number that is not declared has no special meaning.

        Raises:
            ConfigurationError: There is no attribute of that name.
        """
        for attribute in self.attributes:
            if key in {attribute.number, attribute.name}:
                return attribute
        if isinstance(key, int):
            return Attribute(key, f"attribute_{key}")
        raise self._unknown("attribute", key, self.attributes)

    def method(self, key: int | str) -> Method:
        """A method by number or name; a number that is not declared is a method all the same.

        Raises:
            ConfigurationError: There is no method of that name.
        """
        for method in self.methods:
            if key in {method.number, method.name}:
                return method
        if isinstance(key, int):
            return Method(key, f"method_{key}")
        raise self._unknown("method", key, self.methods)

    def interpret(self, key: int | str, plain: Any, policy: TimePolicy | None = None) -> Any:
        """What the plain value of an attribute means.

        Args:
            key: The attribute, by number or name.
            plain: The plain form of its Data.
            policy: The meter's clock; None is that of the standard, without a zone.

        Raises:
            DecodeError: The value is none that the attribute can have.
            ConfigurationError: There is no attribute of that name.
        """
        return self.attribute(key).meaning(plain, policy or TimePolicy())

    def _unknown(
        self, what: str, key: str, known: tuple[Attribute | Method, ...]
    ) -> ConfigurationError:
        names = ", ".join(one.name for one in known)
        return ConfigurationError(
            f"{self.name} version {self.version} has no {what} {key!r}", hint=f"it has: {names}"
        )


@frozen
class GenericClass(InterfaceClass):
    """A class that no file describes.

    Attributes:
        number: The number of the class.
    """

    number: int = 0

    @property
    def class_id(self) -> int:
        """The number of the class."""
        return self.number

    @property
    def name(self) -> str:
        """The number as text: nothing else is known."""
        return f"class {self.number}"


CLASSES: Registry[int, type[InterfaceClass]] = Registry("dlmslite.cosem.classes")

C = TypeVar("C", bound=type[InterfaceClass])


def interface_class(kind: C) -> C:
    """Enter a class into the registry; stands above each class of the folder."""
    CLASSES.add(kind.CLASS_ID, kind)
    return kind


def find_class(class_id: int, version: int | None = None) -> InterfaceClass:
    """The class with this number, in the version asked for.

    A version newer than the file knows has the layout of the newest one that it knows: later
    versions have added attributes, as a rule, and left the numbers of the others as they were.

    Args:
        class_id: The number of the class.
        version: The version that the object declares; None is the newest known.
    """
    kind = CLASSES.get(class_id)
    if kind is None:
        return GenericClass(version or 0, class_id)
    return kind(kind.VERSIONS[-1] if version is None else version)
