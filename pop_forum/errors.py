"""The tree of errors: a cause for the log, a safe sentence for the person, an HTTP status, retry or not.

Three mappers turn it into answers: web/errors.py (pages and ActivityPub), tasks (retry or not), cli (exit status).
"""

import errno

SYSTEM = {  # the system itself says these in English
    errno.EACCES: "accès interdit",
    errno.EPERM: "opération interdite",
    errno.EEXIST: "un fichier porte déjà ce nom",
    errno.ENOENT: "ce fichier ou ce dossier n’existe pas",
    errno.ENOTDIR: "ce n’est pas un dossier",
    errno.EISDIR: "c’est un dossier",
    errno.ENOSPC: "le disque est plein",
    errno.EDQUOT: "le quota de disque est atteint",
    errno.EROFS: "le disque est en lecture seule",
    errno.EIO: "le disque ne répond pas comme il faut",
    errno.ENAMETOOLONG: "ce nom est trop long",
    errno.ENOTEMPTY: "ce dossier n’est pas vide",
    errno.EADDRNOTAVAIL: "cette machine n’a pas cette adresse",
    errno.EADDRINUSE: "un autre programme a pris cette adresse",
    errno.ECONNREFUSED: "personne ne répond à cette adresse",
    errno.EMFILE: "trop de fichiers sont ouverts",
}


class ForumError(Exception):
    """The root: `str(error)` is the cause, for the log; `public` may be shown to anybody."""

    status = 500
    retry = False
    code = "erreur"
    public = "Une erreur est survenue de notre côté. Réessayez dans quelques minutes."

    def __init__(self, cause: str, public: str | None = None) -> None:
        super().__init__(cause)
        if public is not None:
            self.public = public


class InvalidInput(ForumError):
    """Something that was sent to us is malformed; sending it again changes nothing."""

    status = 400
    code = "saisie-invalide"
    public = "Cette demande n’est pas lisible. Vérifiez ce que vous avez saisi, puis réessayez."


class Unauthenticated(ForumError):
    """Nobody is signed in, or a signature is missing or wrong."""

    status = 401
    code = "identification-requise"
    public = "Connectez-vous pour continuer."


class BadSignature(Unauthenticated):
    """What another site signed is unsigned, badly signed, or signed by a key that is not its own here."""

    code = "signature-refusee"
    public = "Aucune clé que nous connaissons ne va avec cette signature. Comparez les empreintes des deux sites."


class ClockSkew(BadSignature):
    """A request of another day: two clocks differ, or somebody sends it a second time."""

    code = "horloge-decalee"
    public = (
        "La date de cette requête s’écarte trop de notre horloge. "
        "Réglez l’heure de votre serveur, puis envoyez une nouvelle requête."
    )


class Forbidden(ForumError):
    """The person or the peer is known and may not do this."""

    status = 403
    code = "interdit"
    public = "Vous n’avez pas le droit de faire cela. Si c’est une erreur, écrivez-nous."


class Suspended(Forbidden):
    """The person may write nothing for some days, as the moderation decided."""

    code = "compte-suspendu"
    public = "Votre compte est suspendu : vous pouvez lire, pas écrire."


class NoConsent(Forbidden):
    """The person withdrew their consent to publish opinions, or never gave it."""

    code = "accord-retire"
    public = (
        "Vous avez retiré votre accord pour publier des opinions, et nous ne publions rien sans lui. "
        "Vous pouvez le redonner sur la page « Mon compte »."
    )


class OldConsent(Forbidden):
    """The person agreed to a former text, which did not name all that a shared message takes along."""

    code = "accord-ancien"
    public = (
        "Le texte de votre accord a changé. Pour écrire dans une discussion partagée avec le réseau, lisez ce qui "
        "change, puis donnez de nouveau votre accord. Ce qui reste dans la commune n’attend rien."
    )


class NotFound(ForumError):
    """Nothing is here, or nothing that this viewer may know of."""

    status = 404
    code = "introuvable"
    public = "Cette page n’existe pas, ou n’existe plus à cette adresse."


class Gone(ForumError):
    """It was here and has been removed for good."""

    status = 410
    code = "retire"
    public = "Ce contenu a été retiré."


class Conflict(ForumError):
    """Somebody else changed the same thing meanwhile, or the position is not the expected one."""

    status = 409
    code = "conflit"
    public = "Quelqu’un a modifié ce texte entre-temps. Relisez la version actuelle avant d’enregistrer la vôtre."


class TooLarge(ForumError):
    """More bytes, blocks or characters than a named limit allows."""

    status = 413
    code = "trop-grand"
    public = "C’est trop long. Raccourcissez votre texte, puis réessayez."


class TooMany(ForumError):
    """A rate limit was reached; `retry_after` is in seconds."""

    status = 429
    retry = True
    code = "trop-de-demandes"
    public = "Trop de demandes en peu de temps. Attendez quelques minutes, puis réessayez."

    def __init__(self, cause: str, public: str | None = None, *, retry_after: int = 60) -> None:
        super().__init__(cause, public)
        self.retry_after = retry_after


class Unavailable(ForumError):
    """We cannot answer for the moment (database busy, writing paused)."""

    status = 503
    retry = True
    code = "indisponible"
    public = "Le site ne peut pas enregistrer pour le moment. Votre texte est toujours là : réessayez."


class RemoteFailure(ForumError):
    """A remote host did not answer, or answered something we cannot use; worth trying again later."""

    status = 502
    retry = True
    code = "site-distant"
    public = "L’autre site ne répond pas pour le moment. Nous réessayons automatiquement."


class SettingsError(ForumError):
    """A setting, a file or an argument is wrong: the command ends with exit status 2 and this sentence."""

    status = 500
    code = "reglage"
    public = "Un réglage de ce site est incorrect. La personne qui l’administre est prévenue."


def system_reason(error: OSError) -> str:
    """Why the system refuses, in French where it is known."""
    return SYSTEM.get(error.errno or 0) or error.strerror or str(error)
