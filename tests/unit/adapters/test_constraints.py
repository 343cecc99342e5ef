"""constraints.txt pins what setup.cfg asks for."""

import configparser
import re
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

ROOT = Path(__file__).resolve().parents[3]


def pins() -> dict[str, Version]:
    """Every pinned package and its version."""
    lines = [line for line in (ROOT / "constraints.txt").read_text().splitlines() if not line.startswith("#")]
    pairs = (re.fullmatch(r"([A-Za-z0-9._-]+)==([0-9A-Za-z.+!]+)", line) for line in lines)
    return {canonicalize_name(pair[1]): Version(pair[2]) for pair in pairs if pair}


def requirements() -> list[Requirement]:
    """Everything that setup.cfg asks for, the test tools included."""
    settings = configparser.ConfigParser()
    settings.read(ROOT / "setup.cfg", "utf-8")
    texts = settings["options"]["install_requires"] + settings["options.extras_require"]["test"]
    return [Requirement(line) for line in texts.splitlines() if line.strip()]


@pytest.mark.parametrize("requirement", requirements(), ids=str)
def test_every_requirement_has_a_pin_inside_its_range(requirement: Requirement) -> None:
    version = pins()[canonicalize_name(requirement.name)]
    assert requirement.specifier.contains(version)


def test_every_line_is_an_exact_version_and_no_address() -> None:
    lines = [line for line in (ROOT / "constraints.txt").read_text().splitlines() if not line.startswith("#")]
    assert len(pins()) == len(lines)
    assert not {"pip", "setuptools", "pop-forum"} & set(pins())
