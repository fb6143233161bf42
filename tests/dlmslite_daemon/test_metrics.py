"""Metrics are rendered in the conventions of Prometheus."""

from __future__ import annotations

from prometheus_client.parser import text_string_to_metric_families

from dlmslite_daemon.metrics import Metrics


def test_every_name_has_the_prefix_and_a_help_text() -> None:
    families = list(text_string_to_metric_families(Metrics().render().decode()))
    assert len(families) > 20
    assert all(f.name.startswith("dlmslite_") for f in families)
    assert all(f.documentation for f in families)


def test_two_daemons_in_one_process_do_not_share() -> None:
    one, other = Metrics(), Metrics()
    one.readings_stored.inc(5)
    assert "dlmslite_readings_stored_total 5.0" in one.render().decode()
    assert "dlmslite_readings_stored_total 0.0" in other.render().decode()


def test_a_removed_meter_is_forgotten() -> None:
    metrics = Metrics()
    for meter in ("kitchen", "attic"):
        metrics.polls.labels(meter, "complete").inc()
        metrics.protocol_errors.labels(meter, "fcs").inc()
        metrics.connects.labels(meter, "failed").inc()
        metrics.reassociations.labels(meter).inc()
    metrics.forget_meter("kitchen")
    text = metrics.render().decode()
    assert 'meter="kitchen"' not in text
    assert text.count('meter="attic"') == 4


def test_the_total_of_a_counter_is_over_all_its_labels() -> None:
    metrics = Metrics()
    assert metrics.total(metrics.store_failures) == 0
    metrics.store_failures.labels("E-STORE-FULL").inc(2)
    metrics.store_failures.labels("E-STORE-IO").inc()
    metrics.readings_lost.inc(5)
    assert (metrics.total(metrics.store_failures), metrics.total(metrics.readings_lost)) == (3, 5)
