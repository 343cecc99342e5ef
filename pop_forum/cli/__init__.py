"""The command line: one file per group of commands; each opens a transaction or starts a process."""
