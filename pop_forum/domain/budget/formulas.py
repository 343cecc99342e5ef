"""The formulas of the budget page, each with its source; docs/guides/budget.md works cases of them by hand.

Rates and thresholds of the law: a rate that changes is a setting of the commune (`Rate`), never written here.
"""

from dataclasses import dataclass
from fractions import Fraction

from pop_forum.domain.budget.amounts import NOTHING, Range, rounded
from pop_forum.domain.budget.sheet import SECURED, AidState, Sheet, Term

# « Cette participation minimale du maître d'ouvrage est de 20 % du montant total des financements apportés par des
# personnes publiques à ce projet » (CGCT, article L.1111-10, III). There are exemptions: a page warns, and no more.
OWN_SHARE_PERCENT = 20

Rate = Fraction  # of the FCTVA: a share of an amount, between 0 and 1


@dataclass(frozen=True, slots=True)
class PerYear:
    """Euros a year, exact; `whole` says whether the investment is spread in it, or there is none."""

    low: Fraction
    high: Fraction
    whole: bool


def hoped_aids(sheet: Sheet, term: Term) -> int:
    """The sum of the aids of this term that nobody refused."""
    return sum(aid.amount for aid in sheet.aids if aid.term == term and aid.state != AidState.REFUSED)


def secured_aids(sheet: Sheet, term: Term) -> int:
    """The sum of the aids of this term that are granted or paid."""
    return sum(aid.amount for aid in sheet.aids if aid.term == term and aid.state in SECURED)


def fctva(investment: int, rate: Rate) -> int:
    """What the fund for VAT gives back on an investment with its VAT (CGCT, articles L.1615-1 and L.1615-6)."""
    return rounded(investment * rate)


def returned_vat(sheet: Sheet, rate: Rate | None) -> Range | None:
    """The same on both ends of the range; None when the sheet does not say that it is due, or no rate is set."""
    if not sheet.fctva or rate is None or sheet.investment is None:
        return None
    return Range(fctva(sheet.investment.low, rate), fctva(sheet.investment.high, rate))


def net_once(sheet: Sheet, rate: Rate | None) -> Range | None:
    """What the commune would pay once: low = low costs − every aid hoped for; high = high costs − secured aids.

    The VAT given back is taken off on both sides. None while the investment is « je ne sais pas ».
    """
    if sheet.investment is None:
        return None
    start, vat = sheet.start or NOTHING, returned_vat(sheet, rate) or NOTHING
    return Range(
        sheet.investment.low + start.low - vat.low - hoped_aids(sheet, Term.ONCE),
        sheet.investment.high + start.high - vat.high - secured_aids(sheet, Term.ONCE),
    )


def net_yearly(sheet: Sheet) -> Range | None:
    """What the commune would pay each year: low counts high revenue and savings and every aid, high the contrary."""
    if sheet.running is None:
        return None
    revenue, savings = sheet.revenue or NOTHING, sheet.savings or NOTHING
    return Range(
        sheet.running.low - revenue.high - savings.high - hoped_aids(sheet, Term.YEARLY),
        sheet.running.high - revenue.low - savings.low - secured_aids(sheet, Term.YEARLY),
    )


def per_year(sheet: Sheet, rate: Rate | None) -> PerYear | None:
    """The yearly net cost, with what is paid once spread over the years of use when these are known."""
    yearly, once = net_yearly(sheet), net_once(sheet, rate)
    if yearly is None:
        return None
    low, high = Fraction(yearly.low), Fraction(yearly.high)
    if once is None or (sheet.use_years is None and once != NOTHING):
        return PerYear(low, high, whole=False)
    years = sheet.use_years or 1
    return PerYear(low + Fraction(once.low, years), high + Fraction(once.high, years), whole=True)


def per_inhabitant(sheet: Sheet, rate: Rate | None) -> PerYear | None:
    """The same for one inhabitant, by the population that the sheet was made with."""
    year = per_year(sheet, rate)
    if year is None or sheet.population is None:
        return None
    return PerYear(year.low / sheet.population, year.high / sheet.population, year.whole)


def own_share(investment: int, public_aids: int, private_aids: int) -> Fraction | None:
    """The commune's share of what public persons pay for an investment; None when nobody pays anything.

    Share = own ÷ (own + public aids), own = investment − every aid (CGCT, article L.1111-10, III). The VAT given back
    is no aid, and stays in the own part. Aids beyond the cost leave no own part.
    """
    own = max(investment - public_aids - private_aids, 0)
    public = own + public_aids
    return Fraction(own, public) if public else None


def lowest_own_share(sheet: Sheet) -> Fraction | None:
    """The least share that the commune would pay were every aid granted; None without an investment or an aid."""
    once = [aid for aid in sheet.aids if aid.term == Term.ONCE and aid.state != AidState.REFUSED]
    if sheet.investment is None or not once:
        return None
    public = sum(aid.amount for aid in once if aid.public)
    return own_share(sheet.investment.low, public, sum(aid.amount for aid in once) - public)


def is_under_own_share(share: Fraction) -> bool:
    """Whether a share is below what the law asks for, exemptions apart."""
    return share * 100 < OWN_SHARE_PERCENT
