"""Tests of the pure federation core, and the vectors that FEDERATION.md prints."""
