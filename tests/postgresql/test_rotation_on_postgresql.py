"""A change of keys with each commune on PostgreSQL."""

from tests.network import Network
from tests.unit.services.test_in_step import digests
from tests.unit.services.test_rotation import drop, faults, last, numbers, rotate, signed_by, write


def test_a_change_of_keys_is_followed(trio: Network) -> None:
    commune, other = trio.communes["valombre"], trio.communes["pont-hervel"]
    write(commune, "Avant")
    rotate(commune)
    write(commune, "Pendant")
    trio.settle()
    assert numbers(other, commune.settings.host) == [1, 2]
    drop(trio, commune)
    write(commune, "Après")
    trio.settle()
    assert (numbers(other, commune.settings.host), signed_by(last(other, host=commune.settings.host))) == ([2], ["2"])
    assert len(digests(trio)) == 1
    assert faults(other) == faults(commune) == []
