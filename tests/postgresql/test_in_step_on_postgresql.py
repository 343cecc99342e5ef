"""The tests of communes in step, once more with each commune on PostgreSQL."""

from tests.unit.services import test_in_step

globals().update({name: test for name, test in vars(test_in_step).items() if name.startswith("test_")})
