"""The outside world: clock and entropy, safe HTTP, keys on disk, broker, queue, processes."""
