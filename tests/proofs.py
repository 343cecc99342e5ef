"""Properties, tried on 50 examples in `make check`, proved on 200 in `make test` and on 10,000 in `make test-long`."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis.strategies import SearchStrategy

PROFILES = [
    pytest.param("house", id="50-examples"),
    pytest.param("proof", id="200-examples", marks=pytest.mark.proof),
    pytest.param("long-proof", id="10000-examples", marks=[pytest.mark.long, pytest.mark.timeout(1_800)]),
]


def proved(*strategies: SearchStrategy[Any]) -> Callable[[Callable[..., None]], Callable[[str], None]]:
    """The property as a test that runs once with each profile of tests/conftest.py."""

    def decorate(holds: Callable[..., None]) -> Callable[[str], None]:
        @pytest.mark.parametrize("profile", PROFILES)
        def test(profile: str) -> None:
            settings(settings.get_profile(profile))(given(*strategies)(holds))()

        test.__name__, test.__doc__ = holds.__name__, holds.__doc__
        return test

    return decorate
