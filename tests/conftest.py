"""What every test shares: property tests try the same examples in every run, however slow the machine is.

Warnings are errors; the one of a library that is let through is listed in setup.cfg (`filterwarnings`).
"""

from hypothesis import settings

settings.register_profile("house", max_examples=50, derandomize=True, deadline=None, database=None)
settings.load_profile("house")
