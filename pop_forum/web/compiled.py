"""Templates and addresses compiled once per process: a host of fifty communes has them once, and one visitor waits."""

from types import CodeType

from flask import Flask
from jinja2 import BytecodeCache
from jinja2.bccache import Bucket
from werkzeug.routing import BaseConverter, Map, RuleFactory, ValidationError

MOST_ROWS = 2**31 - 1  # the greatest number of a row on PostgreSQL


class CompiledTemplates(BytecodeCache):
    """The code of every template shown so far, for all apps of a process; another source has code of its own."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, str], CodeType] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        """Nothing; the bucket has the code of its template when an app compiled it before."""
        bucket.code = self._known.get((bucket.key, bucket.checksum))

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Nothing; the next app finds the code of this template."""
        if bucket.code is not None:
            self._known[bucket.key, bucket.checksum] = bucket.code


class RowNumber(BaseConverter):
    """A number in an address, as our links write it; one that no row can have finds nothing, on any database."""

    regex = "[1-9][0-9]{0,9}"

    def to_python(self, value: str) -> int:
        """The number. Raises ValidationError: the address then is of no page."""
        number = int(value)
        if number > MOST_ROWS:
            raise ValidationError
        return number


class Addresses(Map):
    """The addresses of every commune's app: they are the same, so that the first app makes them for all."""

    def __init__(self) -> None:
        super().__init__()
        self.converters = {**self.converters, "int": RowNumber}
        self._known: set[tuple[str, str, frozenset[str]]] = set()

    def add(self, rulefactory: RuleFactory) -> None:
        """Nothing; an address that no app had yet is compiled."""
        for rule in rulefactory.get_rules(self):
            known = rule.rule, str(rule.endpoint), frozenset(rule.methods or ())
            if known not in self._known:
                super().add(rule)
                self._known.add(known)


TEMPLATES, ADDRESSES = CompiledTemplates(), Addresses()


def install(app: Flask) -> None:
    """What this app shows and where is compiled once for all; before its first address is registered."""
    app.jinja_env.bytecode_cache = TEMPLATES
    app.url_map = ADDRESSES
