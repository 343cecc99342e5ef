"""Tests of the outside world's adapters, against small real servers."""
