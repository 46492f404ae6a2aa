"""One member's books, written again from the first record to the last; reads no database."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from loyalty import states
from loyalty.audit.challenges import Rewards
from loyalty.audit.referrals import Friends
from loyalty.audit.rules import NEXT, Done, Finding, History
from loyalty.audit.statuses import Statuses
from loyalty.mongo import Document
from loyalty.program import Program
from loyalty.states import State

NOT_OF_THE_RECORD = ("_id", "member")


@dataclass(frozen=True, slots=True)
class Sources:
    """What books are checked against: a member's activities by id, every published program, now."""

    claims: Mapping[str, Document]
    programs: Mapping[int, Program]
    now: datetime


class Books:
    """What a member holds and has reached by the records, beside the state that says so."""

    def __init__(self, state: State, sources: Sources) -> None:
        self.state = state
        self.claims = sources.claims
        self.history = History(state.document["profile"]["enrolled_at"])
        self._friends = Friends()
        self._statuses = Statuses()
        self.entries = 0
        self.seq = 0
        self.balances: Counter[str] = Counter()
        self.keys: set[str] = set()
        self.late: list[int] = []
        self._chain = b""
        self._uses: dict[str, list[object]] = {}
        self._rewards = Rewards()
        self._programs = sources.programs
        self._now = sources.now
        self._claims_by_key = {claim["key"]: claim for claim in sources.claims.values()}
        self._lots: dict[str, Counter[str]] = {}
        self._amounts: dict[str, Counter[str]] = {}
        self._closed: dict[str, set[str]] = {}
        self._arrears: Counter[str] = Counter()
        self._gone: set[str] = set()  # bonuses whose top-up was paid back
        self._ring = {record["seq"]: record for record in state.recent}
        self._ring_begins = state.recent[0]["seq"] if state.recent else state.seq + 1

    def read_line(self, line: Document) -> Iterator[Finding]:
        """Read a line of the ledger, in order; lines that are also in the ring must equal it."""
        record = {name: line[name] for name in line if name not in NOT_OF_THE_RECORD}
        seq = record["seq"]
        if line["_id"] != states.ledger_id(line["member"], seq):
            yield "line_id_names_its_record", f"{line['_id']} holds record {seq}"
        if seq > self.state.seq:
            self.late.append(seq)
        elif seq in self._ring:
            if self._ring[seq] != record:
                yield "ring_equals_ledger", f"record {seq} differs"
        elif seq > self._ring_begins:
            yield "one_record_per_seq", f"ledger line {seq} is not in the ring around it"
        else:
            key = record["key"]
            if key and states.is_time_ordered(key) and key > self.state.watermark:
                yield "watermark_covers_the_ledger", f"record {seq} is newer than the watermark"
            yield from self.post(record)

    def post(self, record: Document) -> Iterator[Finding]:
        """Take in the next record."""
        seq, key = record["seq"], record["key"]
        if seq <= self.seq:
            yield "seq_ascends", f"record {seq} comes after {self.seq}"
        self.seq = max(self.seq, seq)
        if states.chain(self._chain, record) != record["chain"]:
            yield "chain_is_unbroken", f"record {seq} was changed, or the one before it"
        self._chain = record["chain"]
        if key is not None:
            if key in self.keys:
                yield "one_record_per_key", f"record {seq} has the key of an earlier one"
            elif key in self._claims_by_key:
                claim = self._claims_by_key[key]
                if "plan" not in claim:  # what billing tells counts for no tier
                    yield from self._count(claim, record)
            self.keys.add(key)
            self._friends.add(record)
        if "benefit" in record["result"] and record["result"]["used"] is not None:
            self._uses[record["result"]["benefit"]] = record["result"]["used"]
        yield from self._rewards.read(record)
        yield from self._statuses.read(record)
        for index, entry in enumerate(record["entries"]):
            self.entries += 1
            for rule, detail in self._post_entry(entry, key):
                yield rule, f"entry {seq}.{index}: {detail}"

    def _count(self, claim: Document, record: Document) -> Iterator[Finding]:
        """Count the activity of a record under the version of the program its entries name."""
        accruals = [entry for entry in record["entries"] if "rule" in _explained(entry)]
        earned: Counter[str] = Counter()
        for entry in accruals:
            earned[entry["currency"]] += entry["points"]
        result = record["result"]
        named = {entry["explanation"]["version"] for entry in accruals}
        named |= {result["version"]} if "version" in result else set()
        if not named <= self._programs.keys():
            yield "versions_are_kept", f"record {record['seq']} names a version that is not there"
        numbers = [n for n in self._programs if n in named] if named else self._programs
        programs = [self._programs[n] for n in numbers]
        self.history.add(Done(claim, record["at"], earned, programs, result))

    def _post_entry(self, entry: Document, key: str | None) -> Iterator[Finding]:
        currency, points = entry["currency"], entry["points"]
        activity = _explained(entry).get("activity") if entry["kind"] == "ACCRUAL" else None
        if activity is not None and self.claims.get(activity, {}).get("key") != key:
            yield "accruals_have_their_activity", f"no activity has the key {key}"
        recovered = _explained(entry).get("recovered", 0)
        if not isinstance(points, int) or (points == 0 and not recovered):
            yield "entries_move_whole_points", f"moves {points}"
            return
        self.balances[currency] += points
        self._arrears[currency] -= recovered
        if points > 0:
            yield from self._open(currency, entry, points)
        else:
            yield from self._take(currency, entry, -points)
        if entry["balance_after"] != self.balances[currency]:
            yield (
                "balance_after_is_the_running_sum",
                f"says {entry['balance_after']}, the sum is {self.balances[currency]}",
            )
        if self._arrears[currency] < 0 or self.balances[currency] < -self._arrears[currency]:
            yield "never_negative", f"leaves {self.balances[currency]} {currency}"

    def _open(self, currency: str, entry: Document, points: int) -> Iterator[Finding]:
        """Put a credit into its lot, after what it recovers of arrears."""
        recovered = _explained(entry).get("recovered", 0)
        if points == recovered:
            return
        lots = self._lots.setdefault(currency, Counter())
        amounts = self._amounts.setdefault(currency, Counter())
        lot, kept = entry["lot"], points - recovered
        amounts[lot] = kept + (amounts[lot] if lots[lot] else 0)  # emptied, it begins anew
        lots[lot] += kept
        self._closed.setdefault(currency, set()).discard(lot)
        if "/PAID" in lot and entry["kind"] not in ("TOP_UP", "REINSTATEMENT"):
            yield "paid_credit_was_paid_for", f"{entry['kind']} into {lot}"

    def _take(self, currency: str, entry: Document, points: int) -> Iterator[Finding]:
        """Take a debit from the lots it says it took from, and owe what it says is owed.

        One of no points pays from its lots what was owed before.
        """
        lots = self._lots.setdefault(currency, Counter())
        owed = _explained(entry).get("arrears", 0)
        self._arrears[currency] += owed
        allocations = entry.get("allocations", [])
        recovered = _explained(entry).get("recovered", 0)
        if sum(a["amount"] for a in allocations) + owed != points + recovered:
            yield "allocations_add_up", f"takes {points}, from lots another sum"
        for allocation in allocations:
            lot, amount = allocation["lot"], allocation["amount"]
            if amount <= 0 or lots[lot] < amount:
                yield "lots_are_never_overdrawn", f"takes {amount} from a lot of {lots[lot]}"
            lots[lot] -= amount
            if entry["kind"] == "EXPIRY":
                self._closed.setdefault(currency, set()).add(lot)
            elif entry["kind"] == "RELEASE":
                self._gone.add(lot.rpartition("/")[2].replace("PAID", "BONUS"))

    def close(self) -> Iterator[Finding]:
        """Read the ring, then compare what the records add up to with what the state says."""
        for record in self.state.recent:
            yield from self.post(record)
        if self.seq > self.state.seq:
            yield "state_is_newest", f"state {self.state.seq}, last record {self.seq}"
        wallet = self.state.section("wallet") or {"accounts": {}}
        accounts = wallet["accounts"]
        for currency in sorted(accounts.keys() | self.balances.keys()):
            account = accounts.get(currency, {"balance": 0, "lots": []})
            yield from self._compare(currency, account)
        ends = [end for account in accounts.values() for end in _ends(account)]
        if wallet.get("expires_next_at") != min(ends, default=None):
            yield "next_expiry_is_known", "the wallet names another instant than its lots"
        counters = self.state.section("activity") or {}
        standings = self.state.section("tiers") or {}
        yield from self.history.compare_counters(counters)
        yield from self.history.compare_refunds(self.state.section("refunds") or {}, self.claims)
        yield from self._compare_paid()
        yield from self.history.compare_standings(
            standings, list(self._programs.values()), self._now
        )
        yield from _compare_tiers(standings, counters)
        if (self.state.section("benefits") or {}) != self._uses:
            yield "uses_are_what_was_noted", "benefits were used another number of times"
        yield from self._rewards.compare(self.state.section("challenges") or {})
        yield from self._statuses.compare(self.state.document["profile"])
        yield from self._friends.compare(self.state.section("referral") or {})

    def _compare_paid(self) -> Iterator[Finding]:
        held = (self.state.section("plans") or {}).get("memberships", {})
        for plan, membership in held.items():
            for stretch in membership["paid"]:
                if self.claims.get(stretch["payment"], {}).get("key") not in self.keys:
                    yield "what_is_paid_for_has_its_payment", f"{plan}: {stretch['payment']}"

    def _compare(self, currency: str, account: Document) -> Iterator[Finding]:
        balance, lots = self.balances[currency], account["lots"]
        if account["balance"] != balance:
            yield (
                "balance_is_the_sum_of_entries",
                f"{currency}: {account['balance']}, entries give {balance}",
            )
        remaining = {lot["id"]: lot["remaining"] for lot in lots}
        amounts = {lot["id"]: lot["amount"] for lot in lots}
        if len(remaining) != len(lots) or any(
            not 0 < lot["remaining"] <= lot["amount"] for lot in lots
        ):
            yield "lots_are_sound", f"{currency}: a lot is twice there, empty or overfull"
        arrears = account.get("arrears", 0)
        if sum(remaining.values()) - arrears != account["balance"]:
            yield (
                "balance_is_the_sum_of_lots",
                f"{currency}: {account['balance']}, lots hold {sum(remaining.values())}",
            )
        if arrears != self._arrears[currency]:
            yield (
                "arrears_are_what_entries_owe",
                f"{currency}: {arrears}, entries give {self._arrears[currency]}",
            )
        yield from self._compare_holds(currency, account, remaining)
        left = +self._lots.get(currency, Counter())
        if remaining != left or amounts != {lot: self._amounts[currency][lot] for lot in left}:
            yield "lots_are_what_entries_left", f"{currency}: other lots than the entries left"
        if any(lot["id"] != _lot_name(lot) for lot in lots):
            yield "lots_keep_their_dates", f"{currency}: a lot has other dates than its name"

    def _compare_holds(
        self, currency: str, account: Document, remaining: Mapping[str, int]
    ) -> Iterator[Finding]:
        held = _held(account)
        for hold in account.get("holds", ()):
            if hold["points"] != sum(part["amount"] for part in hold["allocations"]):
                yield "holds_add_up", f"{currency}: {hold['id']} sets aside another sum"
        if any(points > remaining.get(lot, 0) for lot, points in held.items()):
            yield "holds_are_of_lots", f"{currency}: more is set aside than a lot has"
        gone = (lot for lot in account["lots"] if lot.get("part") in self._gone)
        if any(lot["remaining"] > held[lot["id"]] for lot in gone):
            yield "bonus_goes_with_its_top_up", f"{currency}: is left of one that was paid back"
        closed = self._closed.get(currency, set()) & remaining.keys()
        if any(held[lot] != remaining[lot] for lot in closed):
            yield "expiry_closes_its_lot", f"{currency}: leaves something in an expired lot"


def _compare_tiers(standings: Document, counters: Document) -> Iterator[Finding]:
    """Compare what counts for tiers with the counters; also where the history is not known."""
    for ladder in standings.keys() - {NEXT}:
        standing = standings[ladder]
        tallies = list(standing["tallies"].values())
        for place, name in enumerate(("spend", "purchases")):
            counted = sum(tally[place] for tally in tallies)
            if counted > counters.get(name, 0):
                yield (
                    "tiers_count_what_was_bought",
                    f"{ladder}: {counted} {name}, bought {counters.get(name, 0)}",
                )


def _explained(entry: Document) -> Document:
    explanation: Document = entry.get("explanation", {})
    return explanation


def _lot_name(lot: Document) -> str:
    """Give the id that a lot of these dates has."""
    available, expires = lot.get("available_at"), lot.get("expires_at")
    at_once = "again" if lot.get("again") else "now"
    names = [available.isoformat() if available else at_once]
    names += [
        expires.isoformat() if expires else "never",
        *([lot["part"]] if "part" in lot else []),
    ]
    return "/".join(names)


def _held(account: Document) -> Counter[str]:
    """Sum up what is set aside, by lot."""
    held: Counter[str] = Counter()
    for hold in account.get("holds", ()):
        for part in hold["allocations"]:
            held[part["lot"]] += part["amount"]
    return held


def _ends(account: Document) -> Iterator[datetime]:
    """Give when lots that are not set aside whole, and holds, are over."""
    held = _held(account)
    for lot in account["lots"]:
        end = lot.get("expires_at") or account.get("ends_at")
        if end is not None and lot["remaining"] > held[lot["id"]]:
            yield end
    yield from (hold["expires_at"] for hold in account.get("holds", ()))
