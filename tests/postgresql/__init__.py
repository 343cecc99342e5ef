"""What must hold on PostgreSQL as on SQLite, on a real server from its wheel."""
