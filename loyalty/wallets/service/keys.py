"""What every verb of a wallet checks of what it is sent."""

from loyalty.commands import check_key, check_reason, hash_input
from loyalty.errors import BadInput
from loyalty.wallets.rules import POINTS_LIMIT

__all__ = ["check_key", "check_points", "check_reason", "hash_input"]


def check_points(points: int) -> None:
    """Refuse what is no number of points to be moved. Raises BadInput."""
    if not 0 < points <= POINTS_LIMIT:
        raise BadInput(f"1 to {POINTS_LIMIT} points", ("points",))
