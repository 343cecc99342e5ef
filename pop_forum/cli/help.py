"""`--help` in French: what click writes around our own sentences."""

import click

# click's own words in the notes after an option, and ours.
NOTES = (("default: ", "par défaut\u00a0: "), ("required]", "obligatoire]"), ("; ", "\u202f; "))
KINDS = ((" INTEGER RANGE", " NOMBRE"), (" INTEGER", " NOMBRE"), (" TEXT", " TEXTE"))
HELP = "Affiche cette aide."


class FrenchHelp(click.Command):
    """What commands and groups share."""

    def format_usage(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The first line."""
        pieces = " ".join(self.collect_usage_pieces(ctx)).replace("COMMAND [ARGS]...", "COMMANDE [ARGUMENTS]…")
        formatter.write_usage(ctx.command_path, pieces, prefix="Usage\u00a0: ")

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The options, then the commands of a group."""
        options = [each for each in self.get_params(ctx) if isinstance(each, click.Option)]
        records = [record for each in options if (record := each.get_help_record(ctx))]
        with formatter.section("Options\u00a0"):
            formatter.write_dl([(_in_french(name, KINDS), _note_in_french(text)) for name, text in records])
        if isinstance(self, click.Group):
            commands = [(name, self.get_command(ctx, name)) for name in self.list_commands(ctx)]
            with formatter.section("Commandes\u00a0"):
                formatter.write_dl([(name, one.get_short_help_str(200)) for name, one in commands if one])

    def get_help_option(self, ctx: click.Context) -> click.Option | None:
        """`--help`, described in French."""
        option = super().get_help_option(ctx)
        if option is not None:
            option.help = HELP
        return option


class FrenchCommand(FrenchHelp):
    """A command whose help is in French."""


def _note_in_french(text: str) -> str:
    """The help of an option with click's note at its end, in brackets, in French; our own sentence stays as it is."""
    sentence, _, note = text.rpartition("[")
    return f"{sentence}[{_in_french(note, NOTES)}" if text.endswith("]") else text


def _in_french(text: str, pairs: tuple[tuple[str, str], ...]) -> str:
    for words, ours in pairs:
        text = text.replace(words, ours)
    return text
