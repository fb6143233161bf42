"""What every encoder must do, whatever its format: the suite that each sink's test calls."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

from dlmslite_daemon.alarm import Alarm, AlarmEvent, Change, Condition
from dlmslite_daemon.reading import Lane, Reading
from dlmslite_daemon.sinks.base import Encoder, Message, MeterCard, Refusal, SeriesCard

CARD = MeterCard("kitchen", online=True, series=(SeriesCard("voltage", "1.1.32.7.0.255", "V"),))


def check_encoding(encoder: Encoder, readings: Sequence[Reading], lane: Lane) -> None:
    """Every reading appears once, in rising order for each meter, and the same each time."""
    products = encoder.encode(readings, lane)
    numbers = [number for product in products for number in product.numbers]
    assert sorted(numbers) == [reading.number for reading in readings]
    owner = {reading.number: (reading.meter, reading.ts_ms) for reading in readings}
    for product in products:
        if isinstance(product, Message):
            assert product.qos == 1
            assert product.numbers
            assert not set("+#") & set(product.topic)
    # A later poll of a meter never goes before an earlier one.
    first_seen: dict[str, list[int]] = {}
    for number in numbers:
        meter, ts_ms = owner[number]
        first_seen.setdefault(meter, []).append(ts_ms)
    for meter, times in first_seen.items():
        polls = list(dict.fromkeys(times))
        expected = list(dict.fromkeys(r.ts_ms for r in readings if r.meter == meter))
        assert polls == expected
    assert encoder.encode(readings, lane) == products


def check_words(encoder: Encoder) -> None:
    """Announcements are messages without readings; a sink finds out whether somebody listens."""
    spoken: list[Message | Refusal] = [
        *encoder.hello((CARD,)),
        *encoder.announce(CARD),
        *encoder.withdraw(CARD),
        *encoder.goodbye((CARD,)),
        encoder.listening().message,
    ]
    for message in spoken:
        assert isinstance(message, Message)
        assert message.numbers == ()
        assert message.topic


def check_alarms(encoder: Encoder, device: str) -> None:
    """An alarm is one message of its subject, the same each time; it carries no reading."""
    for number, (subject, change) in enumerate(itertools.product((device, "bridge"), Change), 1):
        alarm = Alarm(subject, Condition("silence", "nothing heard"), 1, 2, number=7)
        if change is Change.CLEARED:
            alarm = alarm.cleared(5)
        event = AlarmEvent(number, 5, change, alarm)
        message = encoder.alarm(event)
        assert (message.qos, message.retain, message.numbers) == (1, False, ())
        assert encoder.alarm(event) == message
        text = message.topic + message.payload.decode()
        assert (device in text) is (subject == device)
        assert '"silence"' in text
