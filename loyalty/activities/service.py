"""Record what members did: a purchase earns, moves tiers and tells of it in one commit."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from fractions import Fraction

from loyalty import members, program, tiers, wallets
from loyalty.activities import rules, store
from loyalty.activities.rules import Circumstances, Earning, MoneyMismatch
from loyalty.commands import Command, Outcome
from loyalty.engine import Engine
from loyalty.errors import BadInput, Refused, Unavailable
from loyalty.program import Event, Program, Purchase, Version, Who
from loyalty.states import Change, Fact, State
from loyalty.turns import Turn
from loyalty.wallets import EntryKind, LedgerEntry

FUTURE_ALLOWED = timedelta(hours=24)
EARLIEST = datetime(1970, 1, 1)
OPEN_SECONDS = 30


async def prepare(engine: Engine) -> None:
    """Create the indexes."""
    await store.prepare(engine.mongo)


async def record_purchase(engine: Engine, purchase: Purchase) -> Outcome:
    """Record a paid purchase, once for its source and id, and everything it brings about.

    Raises BadInput; Refused with MemberUnknown, MemberNotActive, MoneyMismatch, ProgramMissing, or
    KeyReused when the id was used for another member or content; Unavailable.
    """
    version = await program.active(engine)
    rules.check(purchase)
    return await _record(engine, version, purchase)


async def record_event(engine: Engine, event: Event) -> Outcome:
    """Record something else a member did, once for its source and id. Raises as a purchase."""
    version = await program.active(engine)
    rules.check_identity(event.source, event.id)
    rules.check_circumstances(event.store, event.channel)
    if not event.kind or len(event.kind) > rules.TEXT_LIMIT:
        raise BadInput(f"1 to {rules.TEXT_LIMIT} characters", ("type",))
    return await _record(engine, version, event)


async def _record(engine: Engine, version: Version, activity: Purchase | Event) -> Outcome:
    now = engine.clock()
    activity = _to_the_millisecond(activity)
    if not EARLIEST <= activity.occurred_at <= now + FUTURE_ALLOWED:
        raise BadInput("before 1970, or more than a day in the future", ("occurredAt",))
    document = store.to_document(activity)
    fingerprint = wallets.hash_input(**document)
    key = engine.new_id()

    def decide(state: State, now: datetime) -> Change:
        if isinstance(activity, Purchase) and activity.money != version.program.money:
            raise Refused(MoneyMismatch(activity.money, version.program.money))
        return decide_activity(state, activity, version, now)

    claim = store.claim(document, fingerprint, key, now)
    return await engine.commits.submit(Command(activity.member_id, decide, key, fingerprint, claim))


def _to_the_millisecond(activity: Purchase | Event) -> Purchase | Event:
    """Cut off what is not stored of its instant, so that it is the same when it is read again."""
    at = activity.occurred_at
    rest = at.microsecond % 1_000
    return replace(activity, occurred_at=at - timedelta(microseconds=rest)) if rest else activity


def decide_activity(
    state: State, activity: Purchase | Event, version: Version, now: datetime
) -> Change:
    """Work out everything one activity does to its member. Raises Refused(MemberNotActive)."""
    members.must_be_active(state)
    turn = Turn(state, now)
    wallets.settle(turn)
    terms = version.program
    circumstances = _circumstances(turn, terms)
    if isinstance(activity, Purchase):
        bases = program.line_bases(activity, terms)
        earnings = rules.earn(activity, terms, circumstances, bases)
        spent = rules.total_base(bases)
        turn.put(store.COUNTERS, store.counters_after(turn.of(store.COUNTERS), activity, spent))
        tally = tiers.Tally(spend=spent, purchases=1)
    else:
        earnings = rules.earn_event(activity, terms, circumstances)
        tally = tiers.Tally()
    earned = _book(turn, earnings, activity, version)
    _tell_earned(turn, earned, activity)
    tiers.advance(turn, terms, activity.occurred_at, tally, earned)
    return turn.change()


_NOTHING_SPECIAL = Circumstances()


def _circumstances(turn: Turn, terms: Program) -> Circumstances:
    accounts = turn.of(wallets.WALLET).accounts
    if not terms.ladders and not any(a.carry for a in accounts.values()):
        return _NOTHING_SPECIAL
    carry = {
        (account.currency, rule): Fraction(part)
        for account in accounts.values()
        for rule, part in account.carry.items()
    }
    standing = tiers.current_tiers(turn.state, terms)
    return Circumstances(
        Who(frozenset(tier.id for tier in standing.values())),
        tiers.factors(standing, terms),
        carry,
    )


def _book(
    turn: Turn, earnings: Sequence[Earning], activity: Purchase | Event, version: Version
) -> dict[str, int]:
    """Credit what was earned, one entry for each rule that gave at least a point.

    Returns the points by currency.
    """
    wallet = turn.of(wallets.WALLET)
    entries: list[LedgerEntry] = []
    earned: dict[str, int] = {}
    reference = store.activity_id(activity)
    for earning in earnings:
        currency = version.program.currency(earning.rule.currency)
        if currency is None:
            continue
        if earning.carry is not None:
            carry = {earning.rule.id: str(earning.carry)}
            wallet = wallets.with_carry(wallet, currency.id, carry)
        if not earning.points:
            continue
        at = activity.occurred_at
        credit = wallets.Credit(
            EntryKind.ACCRUAL,
            earning.points,
            at,
            available_at=wallets.available_at(currency, at, version.program.zone),
            expires_at=wallets.expires_at(currency.expiry, at, version.program.zone),
            explanation={
                "rule": earning.rule.id,
                "version": version.number,
                "activity": reference,
                **earning.explanation,
            },
        )
        moved = wallets.credit(wallet, currency.id, credit)
        wallet = moved.wallet
        entries += moved.entries
        earned[currency.id] = earned.get(currency.id, 0) + earning.points
    wallets.move(turn, wallets.Movement(wallet, tuple(entries)))
    return earned


def _tell_earned(turn: Turn, earned: Mapping[str, int], activity: Purchase | Event) -> None:
    """Tell of points earned, one fact for each currency."""
    told = {
        "activity": "purchase" if isinstance(activity, Purchase) else "event",
        "occurred_at": activity.occurred_at,
    }
    for currency, points in earned.items():
        turn.tell(Fact("PointsEarned", {"currency": currency, "points": points, **told}))


async def finish_open(engine: Engine, limit: int = 200) -> int:
    """Finish activities whose recorder died between claiming the id and the commit.

    Safe to run at any time: an activity that was committed is found by its key and only noted.
    One that cannot be finished is set aside with its reason; the shop may send it again. Returns
    how many were looked at.
    """
    before = engine.clock() - timedelta(seconds=OPEN_SECONDS)
    left = await store.left_open(engine.mongo, before, limit)
    version = await program.find_active(engine)
    if version is None:
        return 0
    for document in left:
        try:
            await _record(engine, version, store.from_document(document))
        except Unavailable:
            break
        except Exception as error:  # noqa: BLE001 - one that is damaged must not stop the others
            await store.set_aside(engine.mongo, [document["_id"]], _reason(error))
    return len(left)


def _reason(error: Exception) -> str:
    match error:
        case Refused():
            return type(error.refusal).__name__
        case BadInput():
            return error.message
        case _:
            return type(error).__name__
