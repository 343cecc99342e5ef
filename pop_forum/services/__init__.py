"""Use cases: one file per noun, one function per use case; each takes a `Site` first and never commits."""
