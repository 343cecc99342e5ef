"""The command line's mapper of errors: one sentence on stderr, exit status 2, no traceback."""

import logging
import socket
import sqlite3
import sys
from collections.abc import Sequence
from typing import Any

import click
from sqlalchemy.exc import DatabaseError

from pop_forum.cli.help import FrenchCommand, FrenchHelp
from pop_forum.errors import ForumError, SettingsError, Unavailable, system_reason

REFUSED = 2
_log = logging.getLogger(__name__)
DATABASES = {
    "file is not a database": "le fichier n’est pas une base SQLite ; restaurez une sauvegarde",
    "disk image is malformed": "le fichier est abîmé ; restaurez une sauvegarde",
    "unable to open database file": "le fichier ne s’ouvre pas ; vérifiez le dossier et ses droits",
    "readonly database": "le fichier ou son dossier est en lecture seule ; vérifiez ses droits",
    "disk is full": "le disque est plein",
    "disk I/O error": "le disque est plein, ou ne répond pas comme il faut",
    "database is locked": "un autre programme y écrit",
    "Connection refused": "aucun serveur PostgreSQL n’écoute à cette adresse ; vérifiez qu’il tourne",
    "No such file or directory": "aucun serveur PostgreSQL n’écoute à cette adresse ; vérifiez qu’il tourne",
    "could not translate host name": "le nom de son serveur est inconnu ; vérifiez database_url",
    "failed to resolve host": "le nom de son serveur est inconnu ; vérifiez database_url",
    "password authentication failed": "son serveur refuse ce mot de passe",
    "Peer authentication failed": "son serveur refuse cette personne ; lancez la commande sous son nom",
    "does not exist": "ce que nomme database_url n’existe pas sur son serveur",
    "timeout expired": "son serveur ne répond pas à temps",
}
OTHERWISE = "elle a refusé, et son journal dit pourquoi"
INTERRUPTED = 130  # 128 + SIGINT, as shells have it


class Commands(FrenchHelp, click.Group):
    """A group of commands that answers errors and wrong arguments with one French sentence and exit status 2."""

    command_class = FrenchCommand

    def main(
        self,
        args: Sequence[str] | None = None,
        prog_name: str | None = None,
        complete_var: str | None = None,
        standalone_mode: bool = True,
        **extra: Any,
    ) -> Any:
        """Run the command and exit; with `standalone_mode=False` the caller gets the exception instead."""
        if not standalone_mode:
            return super().main(args, prog_name, complete_var, False, **extra)
        try:
            status = super().main(args, prog_name, complete_var, False, **extra)
        except click.Abort:
            sys.exit(INTERRUPTED)
        except (ForumError, click.ClickException, OSError, DatabaseError, sqlite3.Error) as error:
            click.echo(sentence(error), err=True)
            sys.exit(REFUSED)
        sys.exit(status if isinstance(status, int) else 0)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The command that the first argument names; an unknown one is refused in French."""
        if args and not args[0].startswith("-") and self.get_command(ctx, args[0]) is None:
            known = ", ".join(self.list_commands(ctx))
            raise click.UsageError(f"Commande inconnue « {args[0]} ». Il y a : {known}.", ctx)
        return super().resolve_command(ctx, args)


def sentence(error: ForumError | click.ClickException | OSError | DatabaseError | sqlite3.Error) -> str:
    """What a person at the terminal reads: settings name the file themselves, other errors add their cause."""
    match error:
        case SettingsError():
            return error.public if "public" in vars(error) else str(error)
        case Unavailable():
            return f"La base de données ne peut pas écrire pour le moment ({error}). Rien n’a été changé."
        case ForumError():
            return error.public
        case click.ClickException():
            return _usage(error)
        case DatabaseError() | sqlite3.Error():
            return f"La base de données ne répond pas : {database_reason(error)}. Rien n’a été changé."
        case _:
            where = f" ({error.filename})" if error.filename else ""
            return f"Le système a refusé : {reason(error)}{where}."


def reason(error: OSError) -> str:
    """Why the system refuses, in French where it is known."""
    if isinstance(error, socket.gaierror):
        return "cette machine ne connaît pas ce nom"
    return system_reason(error)


def database_reason(error: DatabaseError | sqlite3.Error) -> str:
    """What the database refuses, in French where it is known."""
    said = str(error.orig if isinstance(error, DatabaseError) else error)
    known = next((words for mark, words in DATABASES.items() if mark in said), None)
    if known is None:
        _log.info("database: %s", said)
    return known or OTHERWISE


def _usage(error: click.ClickException) -> str:
    match error:
        case click.exceptions.NoArgsIsHelpError():
            return error.format_message()
        case click.NoSuchOption():
            nearest = f" Vouliez-vous « {error.possibilities[0]} » ?" if error.possibilities else ""
            text = f"Option inconnue « {error.option_name} ».{nearest}"
        case click.MissingParameter():
            text = f"Il manque {_parameter(error)}."
        case click.BadOptionUsage():
            text = f"L’option « {error.option_name} » est mal employée."
        case click.BadParameter():
            text = f"Valeur refusée pour {_parameter(error)}.{_choices(error.param)}"
        case _ if error.message.startswith("Got unexpected extra argument"):
            text = "Il y a un argument de trop."
        case _:
            text = error.format_message()
    context = error.ctx if isinstance(error, click.UsageError) else None
    return f"{text} Voir « {context.command_path} --help »." if context else text


def _parameter(error: click.BadParameter) -> str:
    if error.param is None:
        return "un argument"
    if isinstance(error.param, click.Option):
        return f"l’option « {error.param.opts[0]} »"
    return f"l’argument « {error.param.make_metavar(error.ctx or click.Context(click.Command('')))} »"


def _choices(parameter: click.Parameter | None) -> str:
    if parameter is not None and isinstance(parameter.type, click.IntRange):
        least, most = parameter.type.min, parameter.type.max
        return f" Il faut un nombre de {least} à {most}." if None not in (least, most) else ""
    if parameter is None or not isinstance(parameter.type, click.Choice):
        return ""
    return f" Choix possibles : {', '.join(str(choice) for choice in parameter.type.choices)}."
