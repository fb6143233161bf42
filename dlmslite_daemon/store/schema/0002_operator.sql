-- Schema 2: what an operator's bridge counts, rolls up, finds out and is told.

-- One row per meter per 5 minutes says now how long its polls took, and what went wrong by kind.
ALTER TABLE meter_metrics ADD COLUMN running_seconds REAL NOT NULL DEFAULT 0;
ALTER TABLE meter_metrics ADD COLUMN polls_partial INTEGER NOT NULL DEFAULT 0;
ALTER TABLE meter_metrics ADD COLUMN polls_empty INTEGER NOT NULL DEFAULT 0;
ALTER TABLE meter_metrics ADD COLUMN polls_failed INTEGER NOT NULL DEFAULT 0;
ALTER TABLE meter_metrics ADD COLUMN refused INTEGER NOT NULL DEFAULT 0;
-- Counts by kind, as a JSON object: discarded frames, and failed attempts by their error code.
ALTER TABLE meter_metrics ADD COLUMN errors_by_kind TEXT NOT NULL DEFAULT '{}'
    CHECK (json_valid(errors_by_kind));
ALTER TABLE meter_metrics ADD COLUMN failures TEXT NOT NULL DEFAULT '{}'
    CHECK (json_valid(failures));
-- Counts of a histogram, as a JSON array: first request to last response; measured to acknowledged.
ALTER TABLE meter_metrics ADD COLUMN latency TEXT NOT NULL DEFAULT '[]'
    CHECK (json_valid(latency));
ALTER TABLE meter_metrics ADD COLUMN end_to_end TEXT NOT NULL DEFAULT '[]'
    CHECK (json_valid(end_to_end));
CREATE INDEX meter_metrics_span ON meter_metrics (timestamp);

ALTER TABLE network_metrics ADD COLUMN round_trips INTEGER NOT NULL DEFAULT 0;
ALTER TABLE network_metrics ADD COLUMN octets_discarded INTEGER NOT NULL DEFAULT 0;
CREATE INDEX network_metrics_span ON network_metrics (timestamp);

-- The bridge as a whole, one row per 5 minutes while it runs.
CREATE TABLE service_metrics (
    id INTEGER PRIMARY KEY,
    timestamp INTEGER NOT NULL,
    seconds REAL NOT NULL,
    ready_seconds REAL NOT NULL,
    mqtt_disconnects INTEGER NOT NULL,
    readings INTEGER NOT NULL,
    readings_duplicate INTEGER NOT NULL,
    readings_lost INTEGER NOT NULL,
    thread_restarts INTEGER NOT NULL,
    store_failures INTEGER NOT NULL
) STRICT;
CREATE INDEX service_metrics_span ON service_metrics (timestamp);

CREATE TABLE sink_metrics (
    id INTEGER PRIMARY KEY,
    sink_id INTEGER NOT NULL REFERENCES sinks (id) ON DELETE CASCADE,
    timestamp INTEGER NOT NULL,
    seconds REAL NOT NULL,
    connected_seconds REAL NOT NULL,
    sent INTEGER NOT NULL,
    acknowledged INTEGER NOT NULL,
    readings_acknowledged INTEGER NOT NULL,
    refused INTEGER NOT NULL,
    disconnects INTEGER NOT NULL,
    pending INTEGER NOT NULL,
    oldest_pending_ms INTEGER -- how old the oldest unacknowledged reading is
) STRICT;
CREATE INDEX sink_metrics_span ON sink_metrics (timestamp);

-- Readings by the quarter of an hour, and by the day of the meter's zone. Each reading is merged
-- into them once, before it may be removed. Values are exact decimal text; those of a series that
-- is no number have a first and a last one only.
CREATE TABLE readings_15min (
    measurement_id INTEGER NOT NULL REFERENCES measurements (id) ON DELETE CASCADE,
    start_ms INTEGER NOT NULL,
    lane INTEGER NOT NULL CHECK (lane IN (0, 1)),
    unit TEXT NOT NULL,
    count INTEGER NOT NULL,
    suspect INTEGER NOT NULL,
    first_ms INTEGER NOT NULL,
    first TEXT NOT NULL,
    last_ms INTEGER NOT NULL,
    last TEXT NOT NULL,
    lowest TEXT,
    highest TEXT,
    total TEXT,
    PRIMARY KEY (measurement_id, start_ms, lane)
) STRICT, WITHOUT ROWID;

CREATE TABLE readings_daily (
    measurement_id INTEGER NOT NULL REFERENCES measurements (id) ON DELETE CASCADE,
    start_ms INTEGER NOT NULL,
    lane INTEGER NOT NULL CHECK (lane IN (0, 1)),
    unit TEXT NOT NULL,
    count INTEGER NOT NULL,
    suspect INTEGER NOT NULL,
    first_ms INTEGER NOT NULL,
    first TEXT NOT NULL,
    last_ms INTEGER NOT NULL,
    last TEXT NOT NULL,
    lowest TEXT,
    highest TEXT,
    total TEXT,
    PRIMARY KEY (measurement_id, start_ms, lane)
) STRICT, WITHOUT ROWID;

-- How far the bridge's own work over the readings has come: the number up to which it is done.
CREATE TABLE marks (
    name TEXT PRIMARY KEY,
    number INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Settings of the whole fleet that operators changed while the bridge ran.
CREATE TABLE settings (
    key TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- What tests, diagnoses and commissionings found.
CREATE TABLE findings (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    meter_id INTEGER NOT NULL REFERENCES meters (id) ON DELETE CASCADE,
    ts_ms INTEGER NOT NULL,
    kind TEXT NOT NULL, -- test, diagnose or commission
    cause TEXT NOT NULL,
    confidence TEXT NOT NULL,
    json TEXT NOT NULL CHECK (json_valid(json)), -- the whole finding
    page TEXT NOT NULL DEFAULT '' -- the Markdown page of a commissioning
) STRICT;
CREATE INDEX findings_meter ON findings (meter_id, ts_ms);

ALTER TABLE alarms ADD COLUMN muted INTEGER NOT NULL DEFAULT 0;
ALTER TABLE alarms ADD COLUMN told INTEGER NOT NULL DEFAULT 0; -- sinks were told that it is open
ALTER TABLE alarms ADD COLUMN flaps INTEGER NOT NULL DEFAULT 0; -- returns while it was held open
ALTER TABLE alarms ADD COLUMN cleared_by TEXT NOT NULL DEFAULT '';

CREATE TABLE alarm_mutes (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    code TEXT NOT NULL,    -- empty: any
    subject TEXT NOT NULL, -- empty: any
    until_ms INTEGER,      -- NULL: for good
    created_ms INTEGER NOT NULL,
    created_by TEXT NOT NULL,
    UNIQUE (code, subject)
) STRICT;

-- What sinks are told of alarms, in order; each has its cursor.
CREATE TABLE alarm_events (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    alarm_id INTEGER NOT NULL REFERENCES alarms (id) ON DELETE CASCADE,
    ts_ms INTEGER NOT NULL,
    change TEXT NOT NULL CHECK (change IN ('raised', 'acknowledged', 'cleared')),
    alarm TEXT NOT NULL CHECK (json_valid(alarm)) -- as it was then
) STRICT;
CREATE INDEX alarm_events_alarm ON alarm_events (alarm_id);

CREATE TABLE alarm_cursors (
    sink_id INTEGER PRIMARY KEY REFERENCES sinks (id) ON DELETE CASCADE,
    number INTEGER NOT NULL
) STRICT;

CREATE INDEX audit_time ON audit (ts_ms);
