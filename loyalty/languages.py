"""Which languages are read where one is missing: one chain, for the catalogue and the program."""

from functools import cache

_READ_ALIKE = {"nb": ("no", "nn"), "nn": ("nb", "no"), "no": ("nb", "nn")}
"""Languages whose readers read others as well, the nearest first: Norwegian by its three tags."""


@cache
def chain(locale: str) -> tuple[str, ...]:
    """Give what to look for in place of a BCP 47 locale: it, its language, those read alike."""
    language = locale.partition("-")[0]
    return tuple(dict.fromkeys((locale, language, *_READ_ALIKE.get(language, ()))))
