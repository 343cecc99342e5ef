"""What a budget sheet holds (docs/design/product.md, The budget sheet). « Je ne sais pas » is an answer."""

from dataclasses import dataclass
from enum import StrEnum

from pop_forum.domain.budget.amounts import MOST_EUROS, Range

AIDS_MOST = 8  # more than that on one measure is a financing plan, with a document of its own
NAME_CHARS = 80  # of an aid: two lines on a telephone
BY_CHARS = 120
TEXT_CHARS = 1_200  # hypotheses, sources: with four-byte letters the whole sheet stays under 16 KiB (FEDERATION.md)
YEARS_MOST = 60  # of use: the longest that a building is written off over
FIRST_YEAR, LAST_YEAR = 2020, 2100
MOST_INHABITANTS = 3_000_000  # as in the settings


class Competence(StrEnum):
    """Who may act by law."""

    COMMUNE = "commune"
    INTERCOMMUNALITY = "intercommunality"
    SHARED = "shared"
    DEPARTMENT = "department"
    REGION = "region"
    STATE = "state"


class Method(StrEnum):
    """How the amounts were found."""

    COMPARISON = "comparison"
    CALCULATION = "calculation"
    QUOTE = "quote"


class Confidence(StrEnum):
    """How far they may be trusted."""

    MAGNITUDE = "magnitude"
    ESTIMATE = "estimate"
    QUOTE = "quote"


class AidState(StrEnum):
    """How far an aid has come."""

    CONSIDERED = "considered"
    REQUESTED = "requested"
    GRANTED = "granted"
    PAID = "paid"
    REFUSED = "refused"


class Term(StrEnum):
    """What an aid pays for: the investment, once, or each year."""

    ONCE = "once"
    YEARLY = "yearly"


SECURED = frozenset({AidState.GRANTED, AidState.PAID})


@dataclass(frozen=True, slots=True)
class Aid:
    """Money of somebody else; `public` counts in the financing by public persons."""

    name: str
    amount: int
    term: Term
    state: AidState
    public: bool = True


@dataclass(frozen=True, slots=True)
class Sheet:
    """One estimate. An amount that is None is « je ne sais pas »; revenue, savings and start count only when told.

    `known` False: somebody looked, and the answer is « je ne sais pas » for the whole measure. Per section (M57):
    `investment` is the section of investment, once; `start` and `running` the section of operation, once and each
    year. `population` is that of the commune when the sheet was published. `others` are the members that this version
    does not know, or cannot read: kept and shown as they are.
    """

    known: bool = True
    investment: Range | None = None
    start: Range | None = None
    running: Range | None = None
    revenue: Range | None = None
    savings: Range | None = None
    aids: tuple[Aid, ...] = ()
    fctva: bool | None = None
    use_years: int | None = None
    launch_year: int | None = None
    population: int | None = None
    competence: Competence | None = None
    method: Method | None = None
    confidence: Confidence | None = None
    by: str = ""
    date: str = ""
    hypotheses: str = ""
    sources: str = ""
    others: tuple[tuple[str, int | str], ...] = ()

    @property
    def is_priced(self) -> bool:
        """Whether it says what the measure costs, were it in part."""
        return self.known and (self.investment is not None or self.running is not None)

    @property
    def is_partial(self) -> bool:
        """Whether one of the two costs of a priced measure is « je ne sais pas »."""
        return self.is_priced and (self.investment is None or self.running is None)


AMOUNTS = ("investment", "start", "running", "revenue", "savings")
NUMBERS = {
    "use_years": (1, YEARS_MOST),
    "launch_year": (FIRST_YEAR, LAST_YEAR),
    "population": (1, MOST_INHABITANTS),
}
TEXTS = {"by": BY_CHARS, "hypotheses": TEXT_CHARS, "sources": TEXT_CHARS}
CHOICES: dict[str, type[StrEnum]] = {"competence": Competence, "method": Method, "confidence": Confidence}
EUROS = (0, MOST_EUROS)
