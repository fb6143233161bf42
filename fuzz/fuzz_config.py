"""Invariant: any octets as a configuration file give a configuration or ConfigError, never another.

What was accepted survives being written as tables and read again, and no error repeats a secret
that stands in the open.
"""

from harness import run

from dlmslite_daemon.config.load import meter, meter_table, parse
from dlmslite_daemon.errors import ConfigError

ALLOWED = (ConfigError,)  # when: it is no TOML, or says what makes no sense

PLANTED = "hunter2-planted"  # seeds put it where a secret must not stand


def test_one_input(data: bytes) -> None:
    """As the text of a file; what is not UTF-8 is refused before it gets here."""
    text = data.decode(errors="replace")
    refusal, meters = "", ()
    try:
        meters = parse(text).meters
    except ALLOWED as error:
        refusal = str(error)
    assert not (f'password = "{PLANTED}"' in text and PLANTED in refusal)
    for settings in meters:
        assert meter(settings.name, meter_table(settings)) == settings


if __name__ == "__main__":
    run("fuzz_config", test_one_input)
