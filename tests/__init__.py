"""The tests of pop_forum."""
