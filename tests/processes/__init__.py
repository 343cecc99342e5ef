"""What starts processes of its own: the supervisor, the broker, the web process, the index process, the wheel."""
