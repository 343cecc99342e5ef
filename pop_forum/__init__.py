"""pop_forum: a federated forum for small French towns, tied to a common programme of measures."""

__version__ = "0.1.0"
