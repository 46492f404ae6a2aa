"""What the people of the demo bought in a year: plausible, the same at every start; a pure plan."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from api.demo.people import Person
from loyalty.activities import Event, Line, Purchase

SOURCE = "demo-shop"
MONEY = "DKK"
QUIET = timedelta(days=2)  # nothing so late that a phone would still be told of it


@dataclass(frozen=True, slots=True)
class Product:
    """Something the shop sells; the price is in øre."""

    id: str
    name: str
    category: str
    price: int


PRODUCTS = (
    Product("C-100", "Ethiopia Guji, 250 g", "coffee", 95_00),
    Product("C-110", "Colombia Huila, 250 g", "coffee", 89_00),
    Product("C-120", "House espresso, 1 kg", "coffee", 219_00),
    Product("T-200", "Earl Grey, 100 g", "tea", 65_00),
    Product("T-210", "Sencha, 100 g", "tea", 79_00),
    Product("K-300", "Stoneware mug", "ceramics", 149_00),
    Product("K-310", "Stoneware bowl", "ceramics", 189_00),
    Product("B-400", "Pour-over brewer", "brewing", 285_00),
    Product("B-410", "Paper filters, 100", "brewing", 49_00),
    Product("B-420", "Hand grinder", "brewing", 649_00),
    Product("G-500", "Oat biscuits", "food", 42_00),
    Product("G-510", "Dark chocolate 70 %", "food", 55_00),
)
STORES = ("copenhagen", "aarhus", "stockholm", "oslo", "helsinki", None)
PAYMENT_METHODS = ("card", "card", "card", "mobile", "club-card", "cash")
# How often somebody comes in a year, from the many who come rarely to the few who come weekly.
VISITS = ((45, 2, 6), (35, 6, 16), (15, 16, 32), (5, 32, 52))
SHOWCASE_VISITS = 16
SHOWCASE_BASKET = ("C-100", "C-100", "B-400")  # 475.00: 16 of them are 400 short of gold


def purchases(person: Person, number: int, anchor: datetime) -> list[Purchase]:
    """Plan a person's purchases up to two days before `anchor`; they name no member yet."""
    days = person.member_for.days
    chance = person.chance
    if number == 1:
        moments = [anchor - timedelta(days=days - 20 * n - 5) for n in range(SHOWCASE_VISITS)]
        return [_showcase(moment, n) for n, moment in enumerate(moments, 1)]
    share = chance.choices(VISITS, weights=[weight for weight, _, _ in VISITS])[0]
    visits = max(1, chance.randint(share[1], share[2]) * days // 365)
    minutes = (person.member_for - QUIET) // timedelta(minutes=1)
    moments = sorted(
        anchor - person.member_for + timedelta(minutes=chance.randrange(minutes))
        for _ in range(visits)
    )
    return [_visit(person, moment, n) for n, moment in enumerate(moments, 1)]


def _showcase(moment: datetime, n: int) -> Purchase:
    """Plan a visit of the member to show: silver, and one purchase away from gold."""
    bought = [next(p for p in PRODUCTS if p.id == wanted) for wanted in SHOWCASE_BASKET]
    lines = tuple(_line(product, 1) for product in bought)
    method = "club-card" if n % 3 == 0 else "card"
    return _purchase(f"demo-00001-{n}", moment, lines, (STORES[n % 2], method))


def _visit(person: Person, moment: datetime, n: int) -> Purchase:
    chance = person.chance
    bought = chance.sample(PRODUCTS, chance.randint(1, 4))
    lines = tuple(_line(product, chance.choice((1, 1, 1, 2, 3))) for product in bought)
    where = (chance.choice(STORES), chance.choice(PAYMENT_METHODS))
    return _purchase(f"{person.external_id}-{n}", moment, lines, where)


def _line(product: Product, quantity: int) -> Line:
    return Line(product.price * quantity, quantity, product.id, product.name, product.category)


def _purchase(
    order: str, moment: datetime, lines: tuple[Line, ...], where: tuple[str | None, str]
) -> Purchase:
    store, method = where
    return Purchase(
        source=SOURCE,
        id=order,
        member_id="",
        occurred_at=moment,
        money=MONEY,
        total=sum(line.amount for line in lines),
        lines=lines,
        store=store,
        channel="store" if store else "web",
        payment_method=method,
    )


def reviews(person: Person, member_id: str, anchor: datetime) -> Iterator[Event]:
    """Plan the reviews that a person wrote: one of every four writes one."""
    if person.external_id == "demo-00001" or person.chance.randrange(4) == 0:
        at = anchor - timedelta(days=10)
        yield Event(SOURCE, f"{person.external_id}-review", member_id, at, "review")
