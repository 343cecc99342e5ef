"""The French words for what is held about a person: sections, their purpose, and the fields of each."""

from flask_babel import gettext


def section_labels() -> dict[str, str]:
    """The title of each section, by its code."""
    return {
        "person": gettext("Ce que tout le monde voit de vous"),
        "account": gettext("Votre compte"),
        "sessions": gettext("Vos appareils connectés"),
        "consents": gettext("Vos accords"),
        "threads": gettext("Les discussions que vous avez ouvertes"),
        "messages": gettext("Vos messages"),
        "versions": gettext("Les textes successifs de vos messages"),
        "pictures": gettext("Vos images"),
        "ballots": gettext("Vos votes dans les sondages en cours"),
        "polls": gettext("Vos sondages"),
        "supports": gettext("Vos soutiens"),
        "deletions": gettext("Les messages que vous avez retirés"),
        "grants": gettext("Vos rôles, présents et passés"),
        "passkeys": gettext("Vos clés d’accès"),
        "follows": gettext("Les discussions que vous suivez"),
        "measure_follows": gettext("Les mesures que vous suivez"),
        "readings": gettext("Jusqu’où vous avez lu"),
        "notices": gettext("Vos notifications"),
        "improvements": gettext("Les améliorations que vous avez proposées"),
        "improvement_backers": gettext("Les améliorations que vous soutenez"),
        "opinions": gettext("Vos avis dans l’atelier de rédaction"),
        "version_notices": gettext("Vos notifications de nouvelles versions"),
        "acts": gettext("Ce que vous avez rangé, pour la modération"),
        "decisions": gettext("Ce que la modération a décidé sur vos messages"),
        "reports": gettext("Vos signalements"),
        "drafts": gettext("Vos brouillons"),
        "mails": gettext("Les courriers qui vous sont adressés"),
        "attempts": gettext("Vos connexions et envois récents"),
    }


def section_notes() -> dict[str, str]:
    """Why each is held, and who sees it."""
    return {
        "person": gettext("Public, ici et, dès votre premier message partagé, dans les autres communes du réseau."),
        "account": gettext("Privé : reste sur ce site. Votre adresse sert à vous reconnaître et à vous écrire."),
        "sessions": gettext("Privé. Chaque ligne est un appareil où vous êtes connectée ou connecté."),
        "consents": gettext("Privé. La loi nous demande de pouvoir prouver votre accord, et à quel texte."),
        "threads": gettext("Public."),
        "messages": gettext("Public, sauf ceux que vous avez retirés."),
        "versions": gettext("Public : l’historique d’un message montre ses anciens textes."),
        "pictures": gettext("Publiques avec leur message. Celles d’un brouillon ne se voient pas encore."),
        "ballots": gettext("Privé : gardé pour pouvoir en changer, compté puis effacé à la fin du sondage."),
        "polls": gettext("Public, sauf ceux que la modération a retirés."),
        "supports": gettext("Compté sans votre nom : seul ce site peut faire le lien avec vous."),
        "deletions": gettext("Gardé pour que le retrait tienne ici et dans les autres communes."),
        "grants": gettext("Public : se lit sur votre page."),
        "passkeys": gettext("Privé. La moitié secrète d’une clé ne quitte jamais votre appareil."),
        "follows": gettext("Privé : reste sur ce site, personne ne le voit."),
        "measure_follows": gettext("Privé : reste sur ce site, personne ne le voit."),
        "readings": gettext("Privé : sert à vous ramener à la première réponse non lue."),
        "notices": gettext("Privé. S’efface au bout de trois mois."),
        "version_notices": gettext("Privé. S’efface au bout de trois mois."),
        "improvement_backers": gettext("Votre soutien part sans votre nom ; seul ce site sait que c’était vous."),
        "opinions": gettext(
            "Publics, avec votre nom : ils restent, sous «\u202fCompte supprimé\u202f», si vous partez."
        ),
        "improvements": gettext("Public au nom de la commune\u202f; seul ce site sait que c’était vous."),
        "acts": gettext("Public : une ligne de la discussion, et une du journal de la modération, avec votre nom."),
        "decisions": gettext("Le journal public dit ce qui a été retiré, jamais qui a été averti ou suspendu."),
        "reports": gettext("Privé : seule la modération sait qu’il y a eu un signalement, pas qui l’a fait."),
        "drafts": gettext("Privé : ce que vous avez commencé d’écrire. S’efface au bout d’un mois."),
        "mails": gettext("Privé. Le texte d’un courrier s’efface un jour après son envoi."),
        "attempts": gettext("Privé, sans votre adresse réseau ; sert à freiner les abus, puis s’efface."),
    }


def _message_labels() -> dict[str, str]:
    return {
        "published": gettext("Publié le"),
        "source": gettext("Texte"),
        "edited_at": gettext("Modifié le"),
        "deleted_at": gettext("Retiré le"),
        "deleted_by": gettext("Retiré par"),
        "erased_at": gettext("Effacé le"),
        "opening": gettext("Message de départ"),
        "written_at": gettext("Écrit le"),
    }


def _thread_labels() -> dict[str, str]:
    """The fields of a discussion's place in its list, and those of few drafts."""
    return {
        "more": gettext("Descriptions d’images et autres textes"),
        "category": gettext("Rubrique"),
        "pinned_at": gettext("Épinglée le"),
        "pinned_until": gettext("Épinglée jusqu’au"),
        "closed_at": gettext("Close le"),
    }


def _picture_labels() -> dict[str, str]:
    return {
        "alt": gettext("Description"),
        "size": gettext("Poids, en octets"),
        "picture": gettext("Adresse de l’image"),
        "file": gettext("Fichier dans l’archive"),
        "replaced_at": gettext("Enlevée du message le"),
    }


def _poll_labels() -> dict[str, str]:
    """The fields of a poll and of a vote."""
    return {
        "question": gettext("Question"),
        "options": gettext("Réponses proposées"),
        "choices": gettext("Votre choix"),
        "multiple": gettext("Plusieurs réponses possibles"),
        "opened_at": gettext("Ouvert le"),
    }


def field_labels() -> dict[str, str]:
    """The name of each field, by its code."""
    return {
        "name": gettext("Nom affiché"),
        "role": gettext("Rôle"),
        "uri": gettext("Adresse permanente"),
        "shared": gettext("Partagé avec le réseau"),
        "created_at": gettext("Créé le"),
        "mail": gettext("Adresse électronique"),
        "language": gettext("Langue"),
        "age_declared_at": gettext("Âge minimal déclaré le"),
        "version": gettext("Version du texte accepté"),
        "digest": gettext("Empreinte de ce texte"),
        "withdrawn_at": gettext("Accord retiré le"),
        "device": gettext("Navigateur et système"),
        "method": gettext("Entrée"),
        "seen_at": gettext("Vu le"),
        "told_at": gettext("Nouvelle reçue le"),
        "outcome": gettext("Avis"),
        "since": gettext("Depuis le"),
        "made_at": gettext("Reçu le"),
        "messages": gettext("Nombre de messages"),
        "expires_at": gettext("Prend fin le"),
        "title": gettext("Titre"),
        "board": gettext("Espace"),
        "measure": gettext("Mesure"),
        "block": gettext("Passage"),
        **_message_labels(),
        "subject": gettext("Objet"),
        "place": gettext("Formulaire"),
        "text": gettext("Texte"),
        "reach": gettext("Qui la verra ?"),
        "saved_at": gettext("Enregistré le"),
        "sent_at": gettext("Envoyé le"),
        "grants": gettext("Rôles en vigueur"),
        "form": gettext("Forme"),
        "scope": gettext("Domaine"),
        "given_at": gettext("Donné le"),
        "ended_at": gettext("Retiré le"),
        "used_at": gettext("Dernière utilisation le"),
        "object": gettext("Message concerné"),
        "active": gettext("En vigueur"),
        "at": gettext("Le"),
        "kind": gettext("Nature"),
        "act": gettext("Décision"),
        "moved_to": gettext("Déplacée vers"),
        "reason": gettext("Raison"),
        "sentence": gettext("La raison, en une phrase"),
        "ends_at": gettext("Jusqu’au"),
        **_thread_labels(),
        **_poll_labels(),
        **_picture_labels(),
        "follows_own": gettext("Suivre les discussions où j’écris"),
        "suspended_until": gettext("Suspendu jusqu’au"),
        "receipt": gettext("Numéro"),
        "details": gettext("Précisions"),
        "succeeded": gettext("Réussi"),
    }
