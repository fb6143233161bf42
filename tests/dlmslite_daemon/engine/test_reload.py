from __future__ import annotations

from structlog.testing import capture_logs

from dlmslite_daemon.clock import FakeClock
from dlmslite_daemon.engine.reload import Reload
from dlmslite_daemon.errors import ConfigError


def test_it_takes_the_configuration_once_for_each_time_it_is_asked() -> None:
    taken: list[int] = []
    reload = Reload(FakeClock(), lambda: taken.append(1))
    reload.turn(0.0)
    assert taken == []
    reload.ask()
    reload.wait(1e9)  # ends at once: it was asked
    reload.turn(1.0)
    reload.turn(2.0)
    assert taken == [1]


def test_a_configuration_that_is_wrong_is_told_and_the_old_one_stays() -> None:
    def take() -> None:
        raise ConfigError("there is no such key", key="polcies", hint="policies?")

    reload = Reload(FakeClock(), take)
    reload.ask()
    with capture_logs() as lines:
        reload.turn(0.0)
    assert lines[0]["event"] == "the configuration is not taken: the old one stays"
    assert lines[0]["code"].startswith("E-CONFIG")
    assert "polcies" in lines[0]["reason"]
