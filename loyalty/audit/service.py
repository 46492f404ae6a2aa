"""Recompute what members hold and have reached, and list every broken promise; changes nothing.

Reads documents as they are stored, not through the code that wrote them. May run while the engine
works: a member's document is read before the program, the activities and the ledger, and a record
is in the ledger before it leaves the document. Memory depends on the batch and on the longest
history of one member.

Not checked: whether the earning rules gave the right points (each entry explains itself), nor
whether a refund took back the right ones.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from loyalty import program, states, tiers
from loyalty.audit import units
from loyalty.audit.books import Books, Sources
from loyalty.audit.report import Report
from loyalty.audit.rules import Finding
from loyalty.engine import Engine
from loyalty.mongo import Document
from loyalty.states import LEDGER, STATES, State

ACTIVITIES, IDENTITIES, ACTIVATIONS = "activities", "identities", "program_active"
PLAN_EVENTS = "plan_events"

MEMBERS_AT_ONCE = 500
LINES_AT_ONCE = 1_000
OPEN_AT_MOST = timedelta(minutes=10)
AFTER_ALL_IDS = "~"
OF_A_CLAIM = (
    *("member", "kind", "key", "open_since", "refused", "occurred_at"),
    *("plan", "total", "shipping", "points_payment", "lines.amount", "lines.tax", "purchase"),
)

Progress = Callable[[int, int], None]


async def verify(engine: Engine, on_progress: Progress | None = None) -> Report:
    """Read every member, activity and ledger line, and report what does not hold.

    `on_progress` is told how many members are done, and of how many. Raises Unavailable.
    """
    report = Report()
    total = await engine.mongo.count(STATES, {})
    published = _Published()
    last = ""
    async for documents in engine.mongo.scan(STATES, {}, batch=MEMBERS_AT_ONCE):
        found = [states.from_document(document) for document in documents]
        span = (last, found[-1].member_id)
        await published.refresh(engine)
        claims = await _read_claims(engine, report, found, span)
        known = (published.programs, engine.clock())
        books = {
            state.member_id: Books(state, Sources(claims[state.member_id], *known))
            for state in found
        }
        await _read_ledger(engine, report, books, span)
        await _check_identities(engine, report, found)
        await units.check_members(engine, report, found)
        for member_id, book in books.items():
            _close(report, member_id, book)
            report.add(member_id, await _unrecorded(engine, book))
            if len(published.programs) == 1:
                [terms] = published.programs.values()
                report.add(member_id, _promotions(book, terms, engine.clock()))
        last = span[1]
        if on_progress is not None:
            on_progress(report.members, total)
    await _read_claims(engine, report, [], (last, AFTER_ALL_IDS))
    await _read_ledger(engine, report, {}, (last, AFTER_ALL_IDS))
    await units.check_stocks(engine, report, published.programs.values())
    return report


@dataclass(slots=True)
class _Published:
    """Every program that was ever published, by the number of its version."""

    programs: dict[int, program.Program] = field(default_factory=dict)
    _activations: Document | None = None

    async def refresh(self, engine: Engine) -> None:
        """Read the versions where any was published since they were last read."""
        activations = await engine.mongo.find_one(ACTIVATIONS, {})
        if activations != self._activations:
            found = await program.versions(engine)
            self.programs = {v.number: v.program for v in found if v.published_at is not None}
            self._activations = activations


async def _check_identities(engine: Engine, report: Report, found: Sequence[State]) -> None:
    """Check that the shop's number on every profile leads to its member."""
    shown = {
        state.member_id: f"external:{number}"
        for state in found
        if (number := state.document["profile"].get("external_id")) is not None
    }
    wanted = {"_id": {"$in": list(shown.values())}}
    held = await engine.mongo.find(IDENTITIES, wanted, {"member": 1})
    leads_to = {identity["_id"]: identity["member"] for identity in held}
    for member_id, identity in shown.items():
        if leads_to.get(identity) != member_id:
            why = "the one on the profile leads to nobody, or to another"
            report.add(member_id, [("external_ids_lead_to_their_member", why)])


async def _read_claims(
    engine: Engine, report: Report, found: Sequence[State], span: tuple[str, str]
) -> dict[str, dict[str, Document]]:
    """Read what members did and what billing told of them, from after one to another.

    They are read after the states.
    """
    claims: dict[str, dict[str, Document]] = {state.member_id: {} for state in found}
    names = dict.fromkeys(OF_A_CLAIM, 1)
    within = {"member": {"$gt": span[0], "$lte": span[1]}}
    strays: set[str] = set()
    for collection in (ACTIVITIES, PLAN_EVENTS):
        for claim in await engine.mongo.find(collection, within, names):
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
