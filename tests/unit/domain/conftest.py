"""Properties of the pure rules: fifty examples each, the same ones in every run."""

from hypothesis import settings

settings.register_profile("domain", max_examples=50, derandomize=True, deadline=None, database=None)
settings.load_profile("domain")
