"""Plans, passes and punch cards in the graph: what members have of them, what billing tells."""

from schema.plans.standings import (
    MemberCard,
    MemberPass,
    MemberPlan,
    show_cards,
    show_passes,
    show_plans,
)

__all__ = ["MemberCard", "MemberPass", "MemberPlan", "show_cards", "show_passes", "show_plans"]
