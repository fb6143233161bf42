"""Known departures of real meters from the standard, one field each; the defaults are the standard.

A quirk is data: a field here, and one line at the place where it bites. Nothing else in the
package knows the name of a manufacturer.
"""

from __future__ import annotations

from dlmslite.records import frozen


@frozen(kw_only=True)
class Quirks:
    """What one meter does differently. Every default is what the standard says.

    Attributes:
        no_release: The meter knows no RLRQ; the association ends with DISC or with the connection.
        no_snrm_parameters: The meter does not answer an SNRM that proposes parameters.
        inverted_deviation: The deviation of its date-times has the sign of ISO 8601 (UTC + x),
            not that of the standard (minutes from local time to UTC).
        with_list_limit: At most so many attributes in one GET with list; 0 means that only the
            PDU size limits it.
        no_with_list: The meter offers multiple references in its conformance, but fails on them.
        bare_conformance_tag: The conformance block is sent without its ``5F 1F 04 00`` prefix's
            second tag octet (old meters: ``5F 04 00``).
        request_pause: Seconds to wait between a reply and the next request.
        address_octets: Force the server address to 1, 2 or 4 octets; 0 takes the shortest.
        inactivity: Seconds of silence after which the meter, or the converter before it, has ended
            the link: it is opened again before the next request; 0 means never.
        small_buffer: No frame longer than so many octets, both ways; 0 means no such limit.
        mode_e_wait: Seconds between the acknowledgement of a mode E sign-on and the change of
            speed; 0 takes 0.3, which some meters need and others do not mind.
    """

    no_release: bool = False
    no_snrm_parameters: bool = False
    inverted_deviation: bool = False
    with_list_limit: int = 0
    no_with_list: bool = False
    bare_conformance_tag: bool = False
    request_pause: float = 0.0
    address_octets: int = 0
    inactivity: float = 0.0
    small_buffer: int = 0
    mode_e_wait: float = 0.0


STANDARD = Quirks()
"""A meter that does what the standard says."""
