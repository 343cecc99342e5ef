"""The command `pop_forum`, also as `python -m pop_forum`."""

from pop_forum.cli.root import commands


def main() -> None:
    """Run the command line."""
    commands.main(prog_name="pop_forum")


if __name__ == "__main__":
    main()
