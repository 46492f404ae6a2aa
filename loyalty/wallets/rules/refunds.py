"""What a refund does to value: takes back what was earned, gives back what was spent."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from loyalty.errors import BadInput
from loyalty.program import terms
from loyalty.wallets.rules.accounts import (
    PAID,
    Account,
    Allocation,
    EntryKind,
    LedgerEntry,
    Life,
    Lot,
    Movement,
    Wallet,
)
from loyalty.wallets.rules.moves import Credit, Debit, credit, portions, take_bonus, take_out


@dataclass(frozen=True, slots=True)
class Clawback:
    """Points to be taken back, and the lot that their accrual went to (its entry's `lot`)."""

    currency: str
    points: int
    lot: str | None = None


@dataclass(frozen=True, slots=True)
class Clawed:
    """What became of a clawback: what was `taken` and is owed (`arrears`), what is let go."""

    taken: int = 0
    arrears: int = 0
    written_off: int = 0


def clawback(
    wallet: Wallet,
    wanted: Clawback,
    currency: terms.PointsCurrency,
    now: datetime,
    why: Mapping[str, object],
) -> tuple[Movement, Clawed]:
    """Take from the accrual's own lot, then pending, then available, then arrears by policy.

    What is set aside or paid for is left alone. Where nothing is taken there is no entry.
    """
    if wanted.points <= 0:
        raise BadInput("a clawback is at least 1 point", ("points",))
    account = wallet.account(currency.id)
    policy = currency.negative_balance
    taken = portions(account, _in_turn(account, wanted, policy, now), wanted.points)
    missing = wanted.points - sum(taken.values())
    owed = missing if policy is terms.NegativeBalance.ALLOW_NEGATIVE else 0
    clawed = Clawed(wanted.points - missing, owed, missing - owed)
    if missing == wanted.points and not owed:
        return Movement(wallet, ()), clawed
    facts = {"arrears": owed, "written_off": clawed.written_off}
    explanation = {**why, **{name: points for name, points in facts.items() if points}}
    taking = Debit(EntryKind.CLAWBACK, clawed.taken + owed, explanation)
    account = replace(account, arrears=account.arrears + owed)
    return take_out(wallet, account, taking, taken, now), clawed


def _in_turn(
    account: Account, wanted: Clawback, policy: terms.NegativeBalance, now: datetime
) -> Iterable[Lot]:
    only_pending = policy is terms.NegativeBalance.ONLY_PENDING
    lots = [
        lot
        for lot in account.lots
        if not (lot.part or "").startswith(PAID) and (lot.is_pending(now) or not only_pending)
    ]
    return sorted(
        lots,
        key=lambda lot: (
            lot.id != wanted.lot,
            not lot.is_pending(now),
            account.end_of(lot) or datetime.max,
        ),
    )


@dataclass(frozen=True, slots=True)
class Reinstatement:
    """Points to be given back to the lots they were taken from, as a debit's entry names them."""

    currency: str
    taken: Sequence[Allocation]
    kind: EntryKind = EntryKind.REINSTATEMENT

    @classmethod
    def of(
        cls, currency: str, taken: Sequence[Allocation], points: int, returned: int = 0
    ) -> "Reinstatement":
        """Choose points of a debit: what ends last first, after what was `returned` before."""
        return cls(currency, tuple(_parts(reversed(taken), points, returned)))


def _parts(taken: Iterable[Allocation], points: int, skip: int) -> Iterator[Allocation]:
    for allocation in taken:
        passed = min(skip, allocation.amount)
        skip -= passed
        amount = min(points, allocation.amount - passed)
        points -= amount
        if amount:
            yield Allocation(allocation.lot, amount)


@dataclass(frozen=True, slots=True)
class SecondLife:
    """Until when what expired meanwhile, and what ends by inactivity, lives at least.

    Without `ends_at` nothing lives again: what expired meanwhile goes back to be expired.
    """

    ends_at: datetime | None = None
    idle_until: datetime | None = None


def reinstate(
    wallet: Wallet,
    wanted: Reinstatement,
    second: SecondLife,
    now: datetime,
    why: Mapping[str, object],
) -> Movement:
    """Give points back to their lots; those whose lot ended meanwhile begin a short second life.

    There is no third. The bonus of a top-up that was paid back is taken again at once.
    """
    entries: list[LedgerEntry] = []
    for part in wanted.taken:
        life = Life.of(part.lot)
        explanation = dict(why)
        is_over = life.expires_at is not None and life.expires_at <= now
        if is_over and second.ends_at is not None and not life.again:
            life = Life(None, second.ends_at, life.part, again=True)
            explanation["expired_meanwhile"] = True
        giving = Credit(
            wanted.kind,
            part.amount,
            now,
            life.available_at,
            life.expires_at,
            explanation,
            life.part,
            second.idle_until,
            life.again,
        )
        moved = credit(wallet, wanted.currency, giving)
        account = moved.wallet.account(wanted.currency)
        owed = wallet.account(wanted.currency).arrears - account.arrears
        is_gone = life.part in account.gone
        account, taken = take_bonus(account, now, owed=owed) if is_gone else (account, [])
        wallet = moved.wallet.with_account(account)
        entries += [*moved.entries, *taken]
    return Movement(wallet, tuple(entries))
