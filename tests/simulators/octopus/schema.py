"""The schema, built once from ``schema.graphql``."""

from pathlib import Path

from graphql import GraphQLEnumType, GraphQLSchema, build_schema

SCHEMA: GraphQLSchema = build_schema((Path(__file__).parent / "schema.graphql").read_text(encoding="utf-8"))


def check_enum(type_name: str, value: str) -> None:
    """Raise ``ValueError`` unless a value belongs to an enum of the schema, which could not answer it otherwise."""
    enum = SCHEMA.type_map[type_name]
    if isinstance(enum, GraphQLEnumType) and value not in enum.values:
        raise ValueError(f"no {type_name} {value!r}; there are: {', '.join(enum.values)}")
