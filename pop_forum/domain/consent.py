"""What people agree to before they write here: each text with its version, and the declared age.

Political opinions are sensitive data: the law asks for an explicit consent, apart from everything else, that can be
proved and withdrawn (GDPR, articles 7 and 9.2.a). A text that changes gets a new version; the old ones stay readable.
"""

import hashlib
from dataclasses import dataclass

MINIMUM_AGE = 15  # below it a parent must consent too: loi Informatique et Libertés, article 45, under GDPR article 8
OPINIONS = "opinions"  # the subject of the consent, in its rows


@dataclass(frozen=True, slots=True)
class ConsentText:
    """One version of the text, in Markdown; the French one is what is agreed to."""

    version: str
    text: str

    @property
    def digest(self) -> str:
        """The SHA-256 of the text: shows later which words were agreed to."""
        return hashlib.sha256(self.text.encode()).hexdigest()


_FIRST = """\
Sur ce site, on parle de la commune et de ce que des équipes proposent pour elle. Vos messages peuvent dire vos
**opinions politiques**. La loi les protège tout particulièrement : pour les publier, il nous faut votre accord exprès
(règlement général sur la protection des données, article 9).

## Ce que vous acceptez

- Vos messages paraissent sous votre nom affiché. Tout le monde peut les lire, sans compte.
- Ceux que vous partagez avec le réseau sont copiés sur les sites des autres communes : votre nom affiché, vos textes et
  leurs dates, rien d’autre. Votre adresse électronique ne quitte jamais ce site.

## Ce que nous ne faisons pas

- Vos soutiens et vos votes ne montrent pas votre nom, sauf si vous le demandez.
- Personne n’est noté, classé ni étiqueté d’après ses opinions.
- Rien n’est vendu, et rien ne sert à de la publicité.

## Changer d’avis

Vous pouvez modifier ou retirer chaque message. Vous pouvez retirer votre accord à tout moment en supprimant votre
compte : vos messages disparaissent, ou restent sans votre nom, comme vous le choisissez. Les autres communes du réseau
en sont averties. Cela ne change rien à ce qui était permis avant.

Votre accord est gardé avec sa date et la version de ce texte, pour pouvoir le prouver, puis effacé avec votre compte.
"""

# What changes is how one withdraws: nothing more is agreed to, so an agreement to the first version stays in force.
_SECOND = (
    _FIRST.partition("## Changer d’avis")[0]
    + """\
## Changer d’avis

Vous pouvez modifier ou retirer chaque message. Vous pouvez retirer votre accord à tout moment, d’un bouton, sur la page
de votre compte. Ensuite vous lisez toujours, mais vous n’écrivez plus, ne soutenez plus rien et ne votez plus, sauf à
redonner votre accord. Vous choisissez ce que deviennent les messages déjà publiés : ils restent lisibles sous votre
nom, ou nous les retirons avec vos soutiens et vos votes en cours. Vous pouvez aussi supprimer votre compte : vos
messages disparaissent alors, ou restent sans votre nom. Les autres communes du réseau en sont averties. Cela ne change
rien à ce qui était permis avant.

Votre accord et son retrait sont gardés avec leur date et la version de ce texte, pour pouvoir les prouver, puis effacés
avec votre compte.
"""
)

# What travels is named in full: the second text said « rien d’autre », and pictures and badges travel too.
_THIRD = _SECOND.replace(
    """\
- Ceux que vous partagez avec le réseau sont copiés sur les sites des autres communes : votre nom affiché, vos textes et
  leurs dates, rien d’autre. Votre adresse électronique ne quitte jamais ce site.
""",
    """\
- Ceux que vous partagez avec le réseau sont copiés sur les sites des autres communes : votre nom affiché, votre
  fonction si elle s’affiche (élue ou élu, candidate ou candidat, modération), vos textes, vos images avec leurs
  descriptions, et leurs dates. Votre adresse électronique ne quitte jamais ce site.
""",
).replace(
    "- Vos soutiens et vos votes ne montrent pas votre nom, sauf si vous le demandez.\n",
    "- Vos soutiens et vos votes ne montrent jamais votre nom. Un soutien voyage sans lui ; un vote\n"
    "  reste sur ce site.\n",
)

TEXTS = {"1": ConsentText("1", _FIRST), "2": ConsentText("2", _SECOND), "3": ConsentText("3", _THIRD)}
CURRENT = TEXTS["3"]
_NAME_ALL_THAT_TRAVELS = frozenset({"3"})


def covers_sharing(version: str | None) -> bool:
    """Whether who agreed to this version was told of all that a shared message takes along; None: to no version."""
    return version in _NAME_ALL_THAT_TRAVELS
