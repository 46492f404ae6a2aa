"""Which part of a purchase counts: for points, for tiers, for challenges; the same for them all."""

from itertools import accumulate, pairwise

from loyalty.program.rules.activities import Purchase
from loyalty.program.rules.programs import Program


def line_bases(purchase: Purchase, program: Program) -> list[int]:
    """Give the part of each line that earns, in whole minor units.

    The part paid with points is spread over the lines by amount; rounding telescopes, so that the
    parts add up to what the whole would give.
    """
    taxed = program.earn_base.tax == "INCLUDED"
    bases = [line.amount if taxed else line.amount - line.tax for line in purchase.lines]
    if not purchase.points_payment:
        return bases
    sums = [0, *accumulate(bases)]
    paid = [purchase.points_payment * upto // purchase.total for upto in sums]
    return [
        base - (after - before) for base, (before, after) in zip(bases, pairwise(paid), strict=True)
    ]
