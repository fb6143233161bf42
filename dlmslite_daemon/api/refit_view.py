"""What the API shows of a change to a meter, of its policies and of the load of lines."""

from __future__ import annotations

from typing import Any

from attrs import asdict

from dlmslite_daemon.api.views import fault_view, series_view, three_digits
from dlmslite_daemon.engine.load import LineLoad
from dlmslite_daemon.engine.refit import PolicyState, Refitted
from dlmslite_daemon.engine.tuning import Knob


def refitted_view(result: Refitted) -> dict[str, Any]:
    """What became of a change: the trial, whether it is saved, identity, load, warnings."""
    trial = result.trial
    view: dict[str, Any] = {
        "ok": trial is None or trial.fault is None,
        "tried": trial is not None,
        "seconds": three_digits(trial.seconds) if trial else None,
        "association": trial.association if trial else "",
        "values": [asdict(value) for value in trial.values] if trial else [],
        "offer": [series_view(series) for series in trial.offers] if trial else [],
        "fault": fault_view(trial.fault) if trial else None,
        "serial": trial.serial if trial else "",
        "serial_known": result.known,
        "saved": result.saved,
        "poll_seconds": three_digits(trial.poll_seconds) if trial else None,
        "load": load_view(result.load),
        "warnings": [asdict(warning) for warning in result.warnings],
    }
    if result.record is not None:
        view["meter_id"] = result.record.id
    return view


def load_view(load: LineLoad) -> dict[str, Any]:
    """Which part of a line's time its polls take."""
    return {
        "line": load.line,
        "share": three_digits(load.share),
        "unmeasured": list(load.unmeasured),
        "meters": [
            {
                "meter": pace.meter,
                "every": pace.every,
                "seconds": three_digits(pace.seconds),
                "share": three_digits(pace.share),
            }
            for pace in load.paces
        ],
        "warnings": [asdict(warning) for warning in load.warnings()],
    }


def knob_view(knob: Knob) -> dict[str, Any]:
    """One number of a policy, by the name that ``--policy`` takes."""
    return {
        "name": f"{knob.policy}.{knob.name}",
        "policy": knob.policy,
        "value": knob.value,
        "source": knob.source,
    }


def state_view(state: PolicyState) -> dict[str, Any]:
    """How one policy of a meter stands."""
    return {
        "policy": state.policy,
        "action": state.action,
        "reason": state.reason,
        "until": state.until_ms,
        "alarms": list(state.conditions),
        "state": state.state,
    }
