"""What is asked: valid at Octopus, and nothing that is none of our business."""

from pathlib import Path

from graphql import build_schema, parse, validate
import pytest

from custom_components.octopus_powerwall.octopus import queries
from custom_components.octopus_powerwall.octopus.queries import Query

SCHEMA = build_schema((Path(__file__).parents[1] / "simulators/octopus/schema.graphql").read_text())

QUERIES = [
    queries.make_key_query("key"),
    queries.make_refresh_query("refresh"),
    queries.make_account_query("A-12A34A99"),
    queries.make_poll_query("A-12A34A99", []),
    queries.make_poll_query("A-12A34A99", ["a", "b", "c", "d"]),
    queries.make_plans_query(["a"]),
    queries.make_plans_query(["a", "b", "c"]),
]
IDS = [f"{query.name}-{len(query.variables)}" for query in QUERIES]


@pytest.mark.parametrize("query", QUERIES, ids=IDS)
def test_octopus_accepts_every_query(query: Query) -> None:
    assert validate(SCHEMA, parse(query.document)) == []


@pytest.mark.parametrize("query", QUERIES, ids=IDS)
def test_every_variable_is_declared_and_every_declared_one_is_given(query: Query) -> None:
    operation = parse(query.document).definitions[0]
    declared = {definition.variable.name.value for definition in operation.variable_definitions}  # type: ignore[attr-defined]
    assert declared == set(query.variables)


@pytest.mark.parametrize("query", QUERIES, ids=IDS)
def test_what_identifies_the_owner_is_neither_asked_for_nor_written_into_the_document(query: Query) -> None:
    document = query.document.lower()
    for word in ("mpan", "serial", "integrationdeviceid", "a-12a34a99"):
        assert word not in document


def test_a_query_shows_no_variables() -> None:
    assert "A-12A34A99" not in repr(queries.make_account_query("A-12A34A99"))
