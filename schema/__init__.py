"""The graph, two doors of one house: translates what is asked into the business, no more."""

import strawberry
from graphql import GraphQLInputObjectType, GraphQLSchema
from strawberry.schema.config import StrawberryConfig
from strawberry.schema.schema_converter import GraphQLCoreConverter

from schema.doors import (
    AppMutation,
    AppQuery,
    AppSubscription,
    StaffMutation,
    StaffQuery,
    StaffSubscription,
)
from schema.refusals import APP_REFUSALS, STAFF_REFUSALS
from schema.scalars import SCALARS

# Not sorted: sorting loses how strawberry reads enums.
_CONFIG = StrawberryConfig(scalar_map=SCALARS)

app_schema = strawberry.Schema(
    AppQuery, AppMutation, AppSubscription, types=APP_REFUSALS, config=_CONFIG
)
staff_schema = strawberry.Schema(
    StaffQuery, StaffMutation, StaffSubscription, types=STAFF_REFUSALS, config=_CONFIG
)


def _tell_one_of(schema: strawberry.Schema) -> None:
    """Tell graphql-core of inputs with exactly one field, which strawberry keeps to itself."""
    for kind in core_schema(schema).type_map.values():
        if isinstance(kind, GraphQLInputObjectType):
            definition = kind.extensions[GraphQLCoreConverter.DEFINITION_BACKREF]
            kind.is_one_of = bool(getattr(definition, "is_one_of", False))


def core_schema(schema: strawberry.Schema) -> GraphQLSchema:
    """Give the graphql-core schema that a strawberry schema stands for."""
    return schema._schema  # noqa: SLF001 - documents are prepared and executed by graphql-core


_tell_one_of(app_schema)
_tell_one_of(staff_schema)
