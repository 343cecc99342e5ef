"""Several processes and several communes at once."""
