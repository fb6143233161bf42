"""What every example asks for: a URL and the usual options, or else a simulated meter.

The password comes from the environment variable METER_PASSWORD, never from the command line.
"""

from __future__ import annotations

import argparse
import contextlib
import os
from collections.abc import Iterator

import dlmslite
from dlmslite.simulator.models.single_phase import single_phase
from dlmslite.simulator.serve import serve


def arguments(*names: str, framing: str = "hdlc") -> argparse.Namespace:
    """The options of the command line; ``names`` are the OBIS codes when none are given."""
    parser = argparse.ArgumentParser(epilog=__doc__)
    parser.add_argument("url", nargs="?", help="tcp+hdlc://host:port or tcp://host:port")
    parser.add_argument("obis", nargs="*", default=names, help="OBIS codes")
    parser.add_argument("--client", type=int, default=16, help="client address")
    parser.add_argument("--server", type=int, default=1, help="server address")
    parser.add_argument("--framing", default=framing, help="of the simulated meter")
    return parser.parse_args()


@contextlib.contextmanager
def meter_or_simulator(*names: str) -> Iterator[tuple[dlmslite.Client, list[str]]]:
    """A client of the meter that the options name, or of a simulated one."""
    options = arguments(*names)
    password = os.environ.get("METER_PASSWORD")
    with contextlib.ExitStack() as stack:
        url = options.url
        if url is None:
            running = serve(single_phase(days=2), framing=options.framing)
            url = stack.enter_context(running).url
        meter = dlmslite.connect(
            url,
            client=options.client,
            server=options.server,
            auth=dlmslite.Lls(password) if password else None,
        )
        yield stack.enter_context(meter), list(options.obis)
