"""What is said no to about plans and passes."""

from datetime import datetime

import strawberry

from loyalty import plans
from schema.enums import PlanStatus
from schema.refusals.kinds import UserError


@strawberry.type(description="The active program declares no such plan.")
class PlanUnknown(UserError):
    """No such plan."""

    of = plans.PlanUnknown
    at = ("input", "plan")
    plan: strawberry.ID = strawberry.field(description="The id of the plan.")


@strawberry.type(description="The active program declares no such pass.")
class PassUnknown(UserError):
    """No such pass."""

    of = plans.PassUnknown
    at = ("input", "passId")
    pass_id: strawberry.ID = strawberry.field(description="The id of the pass.")


@strawberry.type(description="The plan has not lapsed: a payment renews it.")
class PlanAlreadyActive(UserError):
    """Not over yet."""

    of = plans.PlanAlreadyActive
    at = ("input", "plan")
    plan: strawberry.ID = strawberry.field(description="The id of the plan.")
    active_until: datetime = strawberry.field(description="When what is paid for is over.")


@strawberry.type(description="The member never had the plan, or it is over.")
class PlanNotActive(UserError):
    """Not active."""

    of = plans.PlanNotActive
    at = ("input", "plan")
    plan: strawberry.ID = strawberry.field(description="The id of the plan.")
    status: PlanStatus | None = strawberry.field(
        description="Where it stands; null for a plan they never had."
    )


@strawberry.type(description="The plan is cancelled already, and ends with what is paid for.")
class PlanAlreadyCancelled(UserError):
    """Cancelled before."""

    of = plans.PlanAlreadyCancelled
    at = ("input", "plan")
    plan: strawberry.ID = strawberry.field(description="The id of the plan.")
    active_until: datetime = strawberry.field(description="When what is paid for is over.")


@strawberry.type(description="The plan is not cancelled: there is nothing to resume.")
class PlanNotCancelled(UserError):
    """Nothing to resume."""

    of = plans.PlanNotCancelled
    at = ("input", "plan")
    plan: strawberry.ID = strawberry.field(description="The id of the plan.")


@strawberry.type(description="The member has no such pass that was paid and not given back.")
class PassNotRefundable(UserError):
    """Nothing to give back."""

    of = plans.PassNotRefundable
    at = ("input", "passId")
    pass_id: strawberry.ID = strawberry.field(description="The id of the pass.")


APP: list[type[UserError]] = []
STAFF: list[type[UserError]] = [
    PlanUnknown,
    PassUnknown,
    PlanAlreadyActive,
    PlanNotActive,
    PlanAlreadyCancelled,
    PlanNotCancelled,
    PassNotRefundable,
]
