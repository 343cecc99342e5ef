"""Tests of the outside world's adapters, against small servers in the tests' own process."""
