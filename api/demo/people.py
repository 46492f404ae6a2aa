"""The people of the demo: made up, the same at every start, with names of their countries."""

import random
from dataclasses import dataclass
from datetime import date, timedelta

from loyalty.members import ProfileInput
from loyalty.push import DeviceInput, Platform, TokenKind

# Locale, time zone, first names, last names; common ones, so that they are nobody's in particular.
COUNTRIES = (
    (
        "da-DK", "Europe/Copenhagen",
        ("Freja", "Ida", "Clara", "Emma", "Sofie", "William", "Noah", "Oscar", "Anton", "Malthe"),
        ("Jensen", "Nielsen", "Hansen", "Pedersen", "Andersen", "Christensen", "Larsen"),
    ),
    (
        "sv-SE", "Europe/Stockholm",
        ("Alice", "Maja", "Elsa", "Astrid", "Wilma", "Hugo", "Liam", "Elias", "Nils", "Åke"),
        ("Andersson", "Johansson", "Karlsson", "Nilsson", "Eriksson", "Lindström", "Öberg"),
    ),
    (
        "nb-NO", "Europe/Oslo",
        ("Nora", "Ingrid", "Sofia", "Solveig", "Thea", "Jakob", "Lukas", "Håkon", "Sander", "Odin"),
        ("Hansen", "Johansen", "Olsen", "Larsen", "Berg", "Haugen", "Bakke", "Ødegård"),
    ),
    (
        "fi-FI", "Europe/Helsinki",
        ("Aino", "Helmi", "Eevi", "Lilja", "Sofia", "Eino", "Väinö", "Onni", "Leo", "Eetu"),
        ("Korhonen", "Virtanen", "Mäkinen", "Nieminen", "Hämäläinen", "Laine", "Heikkinen"),
    ),
    (
        "en-GB", "Europe/London",
        ("Amelia", "Isla", "Grace", "Ruby", "Freya", "Oliver", "Arthur", "George", "Harry", "Jack"),
        ("Smith", "Jones", "Taylor", "Brown", "Wilson", "Evans", "Walker"),
    ),
)  # fmt: skip
LONGEST_DAYS, SHORTEST_DAYS = 365, 30
SHOWCASE_DAYS = 340


@dataclass(frozen=True, slots=True)
class Person:
    """A made-up member, a member for so many days; `chance` is theirs alone."""

    external_id: str
    profile: ProfileInput
    member_for: timedelta
    wants_marketing: bool
    devices: tuple[DeviceInput, ...]
    chance: random.Random


def person(number: int) -> Person:
    """Make up the person of a number, from 1; the first is the one to show."""
    chance = random.Random(f"stamkund demo {number}")  # noqa: S311 - to be the same every time
    locale, zone, first_names, last_names = COUNTRIES[(number - 1) % len(COUNTRIES)]
    first, last = chance.choice(first_names), chance.choice(last_names)
    profile = ProfileInput(
        locale=locale,
        time_zone=zone,
        first_name=first,
        last_name=last,
        email=f"member{number}@shop.example",
        birth_date=date(1950, 1, 1) + timedelta(days=chance.randrange(55 * 365)),
    )
    showcase = number == 1
    days = SHOWCASE_DAYS if showcase else chance.randint(SHORTEST_DAYS, LONGEST_DAYS)
    platforms = _SHOWCASE_PLATFORMS if showcase else chance.choice(_PLATFORMS)
    return Person(
        external_id=f"demo-{number:05}",
        profile=profile,
        member_for=timedelta(days=days),
        wants_marketing=showcase or chance.randrange(100) < 75,
        devices=tuple(_device(number, platform) for platform in platforms),
        chance=chance,
    )


_SHOWCASE_PLATFORMS = (Platform.IOS, Platform.ANDROID)
_PLATFORMS = ((Platform.IOS,), (Platform.ANDROID,), (Platform.IOS,), (Platform.ANDROID,), ())


def _device(number: int, platform: Platform) -> DeviceInput:
    """Make up a device whose token says whose it is, to be found again in the stand-in's log."""
    token = f"demo-{number:05}-{platform.value.lower()}"
    return DeviceInput(token, TokenKind.TOKEN, platform, "1.0.0")
