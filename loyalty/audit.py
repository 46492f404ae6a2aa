"""Recompute what members hold from their entries, and list every broken promise; changes nothing.

Reads documents as they are stored, not through the code that wrote them. May run while the engine
works: a member's document is read before its ledger, and a record is in the ledger before it
leaves the document. Memory depends on the batch and on the longest history of one member.

Not checked: whether the earning rules gave the right points (each entry explains itself), and
tiers under a program that had several versions.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from loyalty import program, states, tiers
from loyalty.engine import Engine
from loyalty.mongo import Document
from loyalty.states import LEDGER, STATES, State

ACTIVITIES = "activities"

MEMBERS_AT_ONCE = 500
LINES_AT_ONCE = 1_000
VIOLATIONS_LISTED = 1_000
OPEN_AT_MOST = timedelta(minutes=10)
AFTER_ALL_IDS = "~"
NOT_OF_THE_RECORD = ("_id", "member")

Progress = Callable[[int, int], None]
Finding = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Violation:
    """One broken promise: whose, which, and where; member ids and numbers, no personal data."""

    member: str
    rule: str
    detail: str


@dataclass(slots=True)
class Report:
    """What the books add up to. `violations` lists the first thousand, `broken` counts all."""

    members: int = 0
    entries: int = 0
    purchases: int = 0
    balances: Counter[str] = field(default_factory=Counter)
    violations: list[Violation] = field(default_factory=list)
    broken: int = 0

    def add(self, member_id: str, findings: Iterable[Finding]) -> None:
        """Add what was found wrong with a member."""
        for rule, detail in findings:
            self.broken += 1
            if len(self.violations) < VIOLATIONS_LISTED:
                self.violations.append(Violation(member_id, rule, detail))

    def as_document(self) -> Document:
        """Give the report as plain values for JSON."""
        return {
            "members": self.members,
            "entries": self.entries,
            "purchases": self.purchases,
            "balances": dict(sorted(self.balances.items())),
            "violations": [
                {"member": v.member, "rule": v.rule, "detail": v.detail} for v in self.violations
            ],
        }


class Books:
    """One member's books, written again from the first record to the last."""

    def __init__(self, state: State, claims: Mapping[str, Document]) -> None:
        self.state = state
        self.claims = claims
        self.entries = 0
        self.seq = 0
        self.balances: Counter[str] = Counter()
        self.credited: Counter[str] = Counter()
        self.keys: set[str] = set()
        self.late: list[int] = []
        self._chain = b""
        self._lots: dict[str, Counter[str]] = {}
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
            self.keys.add(key)
        for index, entry in enumerate(record["entries"]):
            self.entries += 1
            for rule, detail in self._post_entry(entry, key):
                yield rule, f"entry {seq}.{index}: {detail}"

    def _post_entry(self, entry: Document, key: str | None) -> Iterator[Finding]:
        currency, points = entry["currency"], entry["points"]
        activity = entry.get("explanation", {}).get("activity")
        if activity is not None and self.claims.get(activity, {}).get("key") != key:
            yield "accruals_have_their_activity", f"no activity has the key {key}"
        lots = self._lots.setdefault(currency, Counter())
        if not isinstance(points, int) or points == 0:
            yield "entries_move_whole_points", f"moves {points}"
            return
        self.balances[currency] += points
        if points > 0:
            self.credited[currency] += points
            lots[entry["lot"]] += points
        else:
            yield from _take(lots, entry, -points)
        if entry["balance_after"] != self.balances[currency]:
            yield (
                "balance_after_is_the_running_sum",
                f"says {entry['balance_after']}, the sum is {self.balances[currency]}",
            )
        if self.balances[currency] < 0:
            yield "never_negative", f"leaves {self.balances[currency]} {currency}"

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
        ends = [lot["expires_at"] for a in accounts.values() for lot in a["lots"] if _ends(lot)]
        if wallet.get("expires_next_at") != min(ends, default=None):
            yield "next_expiry_is_known", "the wallet names another instant than its lots"
        yield from self._compare_purchases()

    def _compare(self, currency: str, account: Document) -> Iterator[Finding]:
        balance, lots = self.balances[currency], account["lots"]
        if account["balance"] != balance:
            yield (
                "balance_is_the_sum_of_entries",
                f"{currency}: {account['balance']}, entries give {balance}",
            )
        remaining = Counter({lot["id"]: lot["remaining"] for lot in lots})
        if len(remaining) != len(lots) or any(
            not 0 < lot["remaining"] <= lot["amount"] for lot in lots
        ):
            yield "lots_are_sound", f"{currency}: a lot is twice there, empty or overfull"
        if sum(remaining.values()) != account["balance"]:
            yield (
                "balance_is_the_sum_of_lots",
                f"{currency}: {account['balance']}, lots hold {sum(remaining.values())}",
            )
        if remaining != +self._lots.get(currency, Counter()):
            yield "lots_are_what_entries_left", f"{currency}: other lots than the entries left"

    def _compare_purchases(self) -> Iterator[Finding]:
        """Compare the counters with the purchases, and what counts for tiers with the counters."""
        counters = self.state.section("activity") or {}
        bought = sum(
            c["kind"] == "purchase" and c["key"] in self.keys for c in self.claims.values()
        )
        if counters.get("purchases", 0) != bought:
            yield (
                "purchases_are_counted_once",
                f"counts {counters.get('purchases', 0)}, has {bought}",
            )
        for ladder, standing in (self.state.section("tiers") or {}).items():
            tallies = list(standing["tallies"].values())
            for place, name in enumerate(("spend", "purchases")):
                counted = sum(tally[place] for tally in tallies)
                if counted > counters.get(name, 0):
                    yield (
                        "tiers_count_what_was_bought",
                        f"{ladder}: {counted} {name}, bought {counters.get(name, 0)}",
                    )


def _take(lots: Counter[str], entry: Document, points: int) -> Iterator[Finding]:
    """Take a debit from the lots it says it took from."""
    allocations = entry.get("allocations", [])
    if sum(a["amount"] for a in allocations) != points:
        yield "allocations_add_up", f"takes {points}, from lots another sum"
    for allocation in allocations:
        lot, amount = allocation["lot"], allocation["amount"]
        if amount <= 0 or lots[lot] < amount:
            yield "lots_are_never_overdrawn", f"takes {amount} from a lot of {lots[lot]}"
        lots[lot] -= amount
        if entry["kind"] == "EXPIRY" and lots[lot]:
            yield "expiry_closes_its_lot", f"leaves {lots[lot]} in an expired lot"


def _ends(lot: Document) -> bool:
    return lot.get("expires_at") is not None


async def verify(engine: Engine, on_progress: Progress | None = None) -> Report:
    """Read every member, activity and ledger line, and report what does not hold.

    `on_progress` is told how many members are done, and of how many. Raises Unavailable.
    """
    report = Report()
    total = await engine.mongo.count(STATES, {})
    terms = await _the_only_program(engine)
    last = ""
    async for documents in engine.mongo.scan(STATES, {}, batch=MEMBERS_AT_ONCE):
        found = [states.from_document(document) for document in documents]
        span = (last, found[-1].member_id)
        claims = await _read_claims(engine, report, found, span)
        books = {state.member_id: Books(state, claims[state.member_id]) for state in found}
        await _read_ledger(engine, report, books, span)
        for member_id, book in books.items():
            _close(report, member_id, book)
            report.add(member_id, await _unrecorded(engine, book))
            if terms is not None:
                report.add(member_id, _promotions(book, terms, engine.clock()))
        last = span[1]
        if on_progress is not None:
            on_progress(report.members, total)
    await _read_claims(engine, report, [], (last, AFTER_ALL_IDS))
    await _read_ledger(engine, report, {}, (last, AFTER_ALL_IDS))
    return report


async def _the_only_program(engine: Engine) -> program.Program | None:
    """Give the program where it has had one version only: thresholds never changed."""
    versions = await program.versions(engine)
    return versions[0].program if len(versions) == 1 else None


async def _read_claims(
    engine: Engine, report: Report, found: Sequence[State], span: tuple[str, str]
) -> dict[str, dict[str, Document]]:
    """Read the activities of members, from after one to another; after their states were read."""
    claims: dict[str, dict[str, Document]] = {state.member_id: {} for state in found}
    names = {"member": 1, "kind": 1, "key": 1, "open_since": 1, "refused": 1}
    within = {"member": {"$gt": span[0], "$lte": span[1]}}
    strays: set[str] = set()
    for claim in await engine.mongo.find(ACTIVITIES, within, names):
        if claim["member"] in claims:
            claims[claim["member"]][claim["_id"]] = claim
        else:
            strays.add(claim["member"])
    await _report_strays(engine, report, strays, "activities_belong_to_members")
    return claims


async def _read_ledger(
    engine: Engine, report: Report, books: Mapping[str, Books], span: tuple[str, str]
) -> None:
    """Read the ledger from after one member to another into their books."""
    within = {"_id": {"$gt": f"{span[0]};", "$lt": f"{span[1]};"}}
    strays: set[str] = set()
    async for lines in engine.mongo.scan(LEDGER, within, batch=LINES_AT_ONCE):
        for line in lines:
            book = books.get(line["member"])
            if book is None:
                strays.add(line["member"])
            else:
                report.add(line["member"], book.read_line(line))
    await _report_strays(engine, report, strays, "lines_belong_to_members")
    for member_id, book in books.items():
        if book.late:
            newer = await states.read_state(engine.mongo, member_id)
            if newer is None or newer.seq < max(book.late):
                finding = ("ledger_is_behind_the_state", f"ledger line {max(book.late)}")
                report.add(member_id, [finding])


async def _report_strays(engine: Engine, report: Report, ids: set[str], rule: str) -> None:
    """Report what is of no member, after those who enrolled during the audit are left out."""
    found = await engine.mongo.find(STATES, {"_id": {"$in": list(ids)}}, {"_id": 1}) if ids else []
    for member_id in sorted(ids - {document["_id"] for document in found}):
        report.add(member_id, [(rule, "there is no such member")])


def _close(report: Report, member_id: str, book: Books) -> None:
    report.add(member_id, book.close())
    report.members += 1
    report.entries += book.entries
    report.purchases += (book.state.section("activity") or {}).get("purchases", 0)
    report.balances.update(book.balances)


async def _unrecorded(engine: Engine, book: Books) -> list[Finding]:
    """Find activities nobody finished, and those noted as recorded that have no record."""
    limit = engine.clock() - OPEN_AT_MOST
    findings = []
    noted = []
    for claim in book.claims.values():
        if "open_since" in claim:
            if claim["open_since"] < limit:
                findings.append(("activities_are_finished", f"key {claim['key']} is still open"))
        elif "refused" not in claim and claim["key"] not in book.keys:
            noted.append(claim["key"])
    if noted:  # recorded after the state was read, or never
        newer = await states.read_state(engine.mongo, book.state.member_id)
        lines = await states.ledger_records(engine.mongo, book.state.member_id, noted)
        known = lines.keys() | (newer.by_key.keys() if newer else set())
        lost = (key for key in noted if key not in known)
        findings += [("noted_activities_have_their_record", f"key {key}") for key in lost]
    return findings


def _promotions(book: Books, terms: program.Program, now: datetime) -> Iterator[Finding]:
    """Find members who meet the threshold of the next tier and do not have it."""
    if not book.state.section("tiers"):
        return
    for status in tiers.statuses(book.state, terms, now):
        if status.progress is None:
            continue
        met = [criterion.missing == 0 for criterion in status.progress.criteria]
        if any(met) if status.progress.match == "ANY" else all(met):
            yield "a_met_threshold_promotes", f"{status.ladder.id}: {status.progress.tier.id}"
