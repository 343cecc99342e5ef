"""The measurements behind `pop_forum bench`: real processes and real services, on loopback, bounded in time."""
