"""Messages of a mode E sign-on."""

from __future__ import annotations

import string

from hypothesis import strategies as st

from dlmslite.link.mode_e.messages import (
    ADDRESS_MAX,
    BAUDS,
    Acknowledgement,
    Identification,
    Message,
    Request,
)

ADDRESS = st.text(string.ascii_letters + string.digits + " .-", max_size=ADDRESS_MAX)
TEXT = st.text(string.ascii_letters + string.digits + " .-_@()", max_size=16)
BAUD_CHAR = st.sampled_from(sorted(BAUDS))
DIGIT = st.sampled_from(string.digits)
MANUFACTURER = st.text(string.ascii_letters, min_size=3, max_size=3)


def messages() -> st.SearchStrategy[Message]:
    """A request, an identification or an acknowledgement."""
    return st.one_of(
        st.builds(Request, ADDRESS),
        st.builds(
            Identification,
            manufacturer=MANUFACTURER,
            baud_char=BAUD_CHAR,
            identification=TEXT,
            mode_e=st.booleans(),
        ),
        st.builds(Acknowledgement, protocol=DIGIT, baud_char=BAUD_CHAR, mode=DIGIT),
    )
