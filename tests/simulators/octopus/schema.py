"""The schema, built once from ``schema.graphql``, and what is left of it when fields leave it."""

from functools import lru_cache
from pathlib import Path
from typing import Any

from graphql import (
    REMOVE,
    GraphQLEnumType,
    GraphQLSchema,
    Visitor,
    build_schema,
    parse,
    print_ast,
    print_schema,
    visit,
)

SCHEMA: GraphQLSchema = build_schema((Path(__file__).parent / "schema.graphql").read_text(encoding="utf-8"))


def check_enum(type_name: str, value: str) -> None:
    """Raise ``ValueError`` unless a value belongs to an enum of the schema, which could not answer it otherwise."""
    enum = SCHEMA.type_map[type_name]
    if isinstance(enum, GraphQLEnumType) and value not in enum.values:
        raise ValueError(f"no {type_name} {value!r}; there are: {', '.join(enum.values)}")


@lru_cache(maxsize=16)
def schema_without(schema: GraphQLSchema, gone: frozenset[str]) -> GraphQLSchema:
    """A schema without some fields, each named ``field`` (of every type) or ``Type.field``."""
    if not gone:
        return schema

    class Remover(Visitor):
        def __init__(self) -> None:
            super().__init__()
            self.type_name = ""

        def enter_object_type_definition(self, node: Any, *_: Any) -> None:
            self.type_name = node.name.value

        enter_interface_type_definition = enter_object_type_definition

        def enter_field_definition(self, node: Any, *_: Any) -> Any:
            name = node.name.value
            return REMOVE if {name, f"{self.type_name}.{name}"} & gone else None

    return build_schema(print_ast(visit(parse(print_schema(schema)), Remover())))


def check_field(name: str) -> None:
    """Raise ``ValueError`` unless ``field`` or ``Type.field`` is in the schema."""
    type_name, _, field_name = name.rpartition(".")
    types = [SCHEMA.type_map.get(type_name)] if type_name else list(SCHEMA.type_map.values())
    if not any(field_name in getattr(found, "fields", {}) for found in types):
        raise ValueError(f"the schema has no field {name!r}")
