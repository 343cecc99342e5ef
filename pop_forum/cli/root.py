"""`pop_forum`: the group of all commands. Each is imported when it is called: `--help` stays quick."""

from importlib import import_module

import click

from pop_forum import __version__
from pop_forum.cli.errors import Commands

COMMANDS = {
    "bench": "pop_forum.bench.command:command",
    "demo": "pop_forum.cli.demo:command",
    "federation": "pop_forum.cli.federation:group",
    "health": "pop_forum.cli.health:command",
    "index": "pop_forum.cli.index:group",
    "instance": "pop_forum.cli.instance:group",
    "mail": "pop_forum.cli.mail:group",
    "migrate": "pop_forum.cli.processes:migrate",
    "programme": "pop_forum.cli.programme:group",
    "serve": "pop_forum.cli.processes:serve",
    "sim": "pop_forum.sim.command:command",
    "user": "pop_forum.cli.user:group",
    "worker": "pop_forum.cli.processes:worker",
}


class LazyCommands(Commands):
    """A group whose commands are imported when they are called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        target = COMMANDS.get(cmd_name)
        if target is None:
            return None
        module, _, name = target.partition(":")
        command = getattr(import_module(module), name)
        assert isinstance(command, click.Command)
        return command


@click.group("pop_forum", cls=LazyCommands)
@click.version_option(__version__, prog_name="pop_forum", help="Affiche la version.")
def commands() -> None:
    """pop_forum : le forum fédéré des petites communes."""
