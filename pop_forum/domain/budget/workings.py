"""A net cost step by step, and who would pay: what a page shows beside a formula, as a table and as a chart."""

from dataclasses import dataclass
from typing import Literal

from pop_forum.domain.budget.amounts import NOTHING, Range
from pop_forum.domain.budget.formulas import Rate, hoped_aids, returned_vat, secured_aids
from pop_forum.domain.budget.sheet import SECURED, AidState, Sheet, Term

Kind = Literal["investment", "start", "running", "vat", "revenue", "savings", "aids"]


@dataclass(frozen=True, slots=True)
class Step:
    """What one line adds to the low and to the high end of a net cost; less than zero is taken off."""

    kind: Kind
    low: int
    high: int


@dataclass(frozen=True, slots=True)
class Payer:
    """Who pays a part of the high cost: `state` is that of an aid, `firm` whether it is ours or granted already."""

    kind: Literal["commune", "aid", "vat", "revenue", "savings"]
    amount: int
    name: str = ""
    state: AidState | None = None

    @property
    def firm(self) -> bool:
        """Whether nothing has to be granted any more."""
        return self.kind == "commune" or (self.state in SECURED)


def workings(sheet: Sheet, term: Term, rate: Rate | None) -> tuple[Step, ...]:
    """The lines of the net cost of this term, in order; their sums are its two ends. Nothing when unknown."""
    main = sheet.investment if term is Term.ONCE else sheet.running
    if main is None:
        return ()
    less = Step("aids", -hoped_aids(sheet, term), -secured_aids(sheet, term))
    if term is Term.ONCE:
        start, vat = sheet.start or NOTHING, returned_vat(sheet, rate) or NOTHING
        steps = [_added("investment", main), _added("start", start), Step("vat", -vat.low, -vat.high), less]
    else:
        revenue, savings = _taken("revenue", sheet.revenue), _taken("savings", sheet.savings)
        steps = [_added("running", main), revenue, savings, less]
    return tuple(step for place, step in enumerate(steps) if place == 0 or step.low or step.high)


def payers(sheet: Sheet, term: Term, rate: Rate | None) -> tuple[Payer, ...]:
    """Who would pay the high cost of this term, were every aid that nobody refused obtained; the commune comes first.

    Their amounts add up to that cost. Nothing when the cost is unknown or zero, or when others pay more than it.
    """
    steps = workings(sheet, term, rate)
    total = sum(step.high for step in steps if step.kind in ("investment", "start", "running"))
    others = [Payer("aid", aid.amount, aid.name, aid.state) for aid in sheet.aids if _counts(aid.term, aid.state, term)]
    for kind in ("vat", "revenue", "savings"):
        others += [Payer(kind, -step.high) for step in steps if step.kind == kind and step.high]
    own = total - sum(payer.amount for payer in others)
    return (Payer("commune", own), *others) if total and own >= 0 else ()


def _added(kind: Kind, amount: Range) -> Step:
    return Step(kind, amount.low, amount.high)


def _taken(kind: Kind, amount: Range | None) -> Step:
    """What comes in: its high end makes the low cost, its low end the high one."""
    return Step(kind, -amount.high, -amount.low) if amount is not None else Step(kind, 0, 0)


def _counts(of: Term, state: AidState, term: Term) -> bool:
    return of == term and state != AidState.REFUSED
