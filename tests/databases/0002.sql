BEGIN TRANSACTION;
CREATE TABLE alarm_cursors (
    sink_id INTEGER PRIMARY KEY REFERENCES sinks (id) ON DELETE CASCADE,
    number INTEGER NOT NULL
) STRICT;
CREATE TABLE alarm_events (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    alarm_id INTEGER NOT NULL REFERENCES alarms (id) ON DELETE CASCADE,
    ts_ms INTEGER NOT NULL,
    change TEXT NOT NULL CHECK (change IN ('raised', 'acknowledged', 'cleared')),
    alarm TEXT NOT NULL CHECK (json_valid(alarm)) -- as it was then
) STRICT;
CREATE TABLE alarm_mutes (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    code TEXT NOT NULL,    -- empty: any
    subject TEXT NOT NULL, -- empty: any
    until_ms INTEGER,      -- NULL: for good
    created_ms INTEGER NOT NULL,
    created_by TEXT NOT NULL,
    UNIQUE (code, subject)
) STRICT;
CREATE TABLE alarms (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    meter_id INTEGER REFERENCES meters (id) ON DELETE SET NULL, -- NULL: a sink or the bridge
    subject TEXT NOT NULL,
    code TEXT NOT NULL,
    severity TEXT NOT NULL,
    category TEXT NOT NULL,
    message TEXT NOT NULL,
    details TEXT NOT NULL,
    timestamp INTEGER NOT NULL,
    last_ms INTEGER NOT NULL,
    count INTEGER NOT NULL,
    acknowledged_at INTEGER,
    acknowledged_by TEXT NOT NULL,
    cleared_ms INTEGER
, muted INTEGER NOT NULL DEFAULT 0, told INTEGER NOT NULL DEFAULT 0, flaps INTEGER NOT NULL DEFAULT 0, cleared_by TEXT NOT NULL DEFAULT '') STRICT;
INSERT INTO "alarms" VALUES(1,1,'kitchen','silence','warning','connection','quiet','',1,1,1,NULL,'',NULL,0,0,0,'');
CREATE TABLE audit (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    ts_ms INTEGER NOT NULL,
    actor TEXT NOT NULL,
    action TEXT NOT NULL,
    target TEXT NOT NULL,
    detail TEXT NOT NULL
) STRICT;
INSERT INTO "audit" VALUES(1,1,'ann','meter.add','kitchen','');
CREATE TABLE counters (
    scope TEXT NOT NULL,
    name TEXT NOT NULL,
    value INTEGER NOT NULL,
    PRIMARY KEY (scope, name)
) STRICT, WITHOUT ROWID;
INSERT INTO "counters" VALUES('sink/tb','acknowledged',1);
CREATE TABLE cursors (
    sink_id INTEGER NOT NULL REFERENCES sinks (id) ON DELETE CASCADE,
    lane INTEGER NOT NULL CHECK (lane IN (0, 1)),
    connection TEXT NOT NULL,
    number INTEGER NOT NULL,
    PRIMARY KEY (sink_id, lane, connection)
) STRICT, WITHOUT ROWID;
INSERT INTO "cursors" VALUES(1,0,'',1);
CREATE TABLE dead_letters (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    sink_id INTEGER NOT NULL REFERENCES sinks (id) ON DELETE CASCADE,
    lane INTEGER NOT NULL CHECK (lane IN (0, 1)),
    first INTEGER NOT NULL,
    last INTEGER NOT NULL,
    topic TEXT NOT NULL,
    payload BLOB NOT NULL,
    reason TEXT NOT NULL,
    ts_ms INTEGER NOT NULL
) STRICT;
INSERT INTO "dead_letters" VALUES(1,1,0,1,1,'t',X'7B7D','too long',1);
CREATE TABLE dlms_diagnostics (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    meter_id INTEGER NOT NULL REFERENCES meters (id) ON DELETE CASCADE,
    timestamp INTEGER NOT NULL,
    severity TEXT NOT NULL,
    category TEXT NOT NULL,
    message TEXT NOT NULL,
    raw_frame BLOB NOT NULL
) STRICT;
INSERT INTO "dlms_diagnostics" VALUES(1,1,1,'error','hdlc','bad FCS',X'7E');
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
CREATE TABLE guards (
    key TEXT PRIMARY KEY,
    state TEXT NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO "guards" VALUES('guard','closed');
CREATE TABLE marks (
    name TEXT PRIMARY KEY,
    number INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO "marks" VALUES('rolled',3);
CREATE TABLE measurements (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    meter_id INTEGER NOT NULL REFERENCES meters (id) ON DELETE CASCADE,
    key TEXT NOT NULL,
    obis TEXT NOT NULL,
    class_id INTEGER,
    attribute INTEGER NOT NULL,
    unit TEXT NOT NULL,
    enabled INTEGER NOT NULL CHECK (enabled IN (0, 1)),
    position INTEGER NOT NULL,
    removed_ms INTEGER,
    UNIQUE (meter_id, key)
) STRICT;
INSERT INTO "measurements" VALUES(1,1,'voltage','1.1.32.7.0.255',NULL,2,'',1,0,NULL);
INSERT INTO "measurements" VALUES(2,1,'energy','1.0.1.8.0.255',NULL,2,'',1,1,NULL);
CREATE TABLE meter_metrics (
    id INTEGER PRIMARY KEY,
    meter_id INTEGER NOT NULL REFERENCES meters (id) ON DELETE CASCADE,
    timestamp INTEGER NOT NULL,
    seconds REAL NOT NULL,
    polls_due INTEGER NOT NULL,
    polls_complete INTEGER NOT NULL,
    readings INTEGER NOT NULL,
    reads_failed INTEGER NOT NULL,
    avg_read_time REAL,
    min_read_time REAL,
    max_read_time REAL,
    acknowledged INTEGER NOT NULL,
    reassociations INTEGER NOT NULL,
    protocol_errors INTEGER NOT NULL,
    overruns INTEGER NOT NULL
, running_seconds REAL NOT NULL DEFAULT 0, polls_partial INTEGER NOT NULL DEFAULT 0, polls_empty INTEGER NOT NULL DEFAULT 0, polls_failed INTEGER NOT NULL DEFAULT 0, refused INTEGER NOT NULL DEFAULT 0, errors_by_kind TEXT NOT NULL DEFAULT '{}'
    CHECK (json_valid(errors_by_kind)), failures TEXT NOT NULL DEFAULT '{}'
    CHECK (json_valid(failures)), latency TEXT NOT NULL DEFAULT '[]'
    CHECK (json_valid(latency)), end_to_end TEXT NOT NULL DEFAULT '[]'
    CHECK (json_valid(end_to_end))) STRICT;
INSERT INTO "meter_metrics" VALUES(1,1,300000,300.0,30,29,0,0,NULL,NULL,NULL,0,0,0,0,0.0,0,0,0,0,'{}','{}','[29]','[]');
CREATE TABLE meters (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL,
    -- All settings but the series, as JSON: what it leaves out has its default.
    settings TEXT NOT NULL CHECK (json_valid(settings)),
    status TEXT NOT NULL CHECK (status IN ('running', 'paused')),
    created_ms INTEGER NOT NULL,
    updated_ms INTEGER NOT NULL,
    -- A removed meter stays until its readings are delivered; its name is free again.
    removed_ms INTEGER,
    url TEXT AS (json_extract(settings, '$.url')),
    client_id INTEGER AS (coalesce(json_extract(settings, '$.client'), 16)),
    server_id INTEGER AS (coalesce(json_extract(settings, '$.server'), 1)),
    sampling_interval REAL AS (coalesce(json_extract(settings, '$.every'), 60.0))
) STRICT;
INSERT INTO "meters" VALUES(1,'kitchen','{"name": "kitchen", "url": "tcp://10.0.0.5:3333"}','running',1700000000000,1700000000000,NULL);
INSERT INTO "meters" VALUES(2,'attic','{"name": "attic", "url": "tcp://10.0.0.6:3333"}','running',1700000000000,1700000000000,NULL);
CREATE TABLE network_metrics (
    id INTEGER PRIMARY KEY,
    meter_id INTEGER NOT NULL REFERENCES meters (id) ON DELETE CASCADE,
    timestamp INTEGER NOT NULL,
    seconds REAL NOT NULL,
    dlms_bytes_sent INTEGER NOT NULL,
    dlms_bytes_recv INTEGER NOT NULL,
    dlms_frames_sent INTEGER NOT NULL,
    dlms_frames_recv INTEGER NOT NULL,
    round_trip_avg REAL,
    connects INTEGER NOT NULL
, round_trips INTEGER NOT NULL DEFAULT 0, octets_discarded INTEGER NOT NULL DEFAULT 0) STRICT;
INSERT INTO "network_metrics" VALUES(1,1,300000,300.0,9,10,0,0,NULL,0,0,0);
CREATE TABLE notebook (
    meter_id INTEGER NOT NULL REFERENCES meters (id) ON DELETE CASCADE,
    key TEXT NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (meter_id, key)
) STRICT, WITHOUT ROWID;
INSERT INTO "notebook" VALUES(1,'scaler','-1');
CREATE TABLE readings (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    measurement_id INTEGER NOT NULL REFERENCES measurements (id) ON DELETE CASCADE,
    ts_ms INTEGER NOT NULL,
    lane INTEGER NOT NULL CHECK (lane IN (0, 1)), -- 0 live, 1 history
    kind TEXT NOT NULL,
    raw INTEGER,          -- the integer; NULL when it has more than 64 bits or is none
    scaler INTEGER NOT NULL,
    text TEXT,            -- the integer in decimal when it has more than 64 bits; other kinds
    unit TEXT NOT NULL,
    meter_ts_ms INTEGER,
    host_ts_ms INTEGER NOT NULL,
    source TEXT NOT NULL,
    quality TEXT NOT NULL,
    CHECK ((raw IS NULL) <> (text IS NULL)),
    UNIQUE (measurement_id, ts_ms, lane)
) STRICT;
INSERT INTO "readings" VALUES(1,1,1,0,'integer',2301,-1,NULL,'V',NULL,0,'live','good');
INSERT INTO "readings" VALUES(2,2,1,0,'integer',NULL,0,'18446744073709551616','',NULL,0,'live','good');
INSERT INTO "readings" VALUES(3,1,0,1,'integer',2300,-1,NULL,'',NULL,0,'profile','good');
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
INSERT INTO "service_metrics" VALUES(1,300000,300.0,300.0,0,0,0,0,0,0);
CREATE TABLE settings (
    key TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO "settings" VALUES('policies.breaker','{}');
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
INSERT INTO "sink_metrics" VALUES(1,1,300000,300.0,0.0,0,0,0,0,0,0,NULL);
CREATE TABLE sinks (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL UNIQUE,
    kind TEXT NOT NULL,
    enabled INTEGER NOT NULL CHECK (enabled IN (0, 1)),
    options TEXT NOT NULL CHECK (json_valid(options)),
    since INTEGER NOT NULL,
    created_ms INTEGER NOT NULL
) STRICT;
INSERT INTO "sinks" VALUES(1,'tb','thingsboard',1,'{}',0,1700000000000);
CREATE TABLE tokens (
    name TEXT PRIMARY KEY,
    role TEXT NOT NULL CHECK (role IN ('viewer', 'operator', 'admin')),
    digest TEXT NOT NULL UNIQUE,
    created_ms INTEGER NOT NULL,
    expires_ms INTEGER
) STRICT;
INSERT INTO "tokens" VALUES('first','admin','abababababababababababababababababababababababababababababababab',1,NULL);
CREATE UNIQUE INDEX meters_name ON meters (name) WHERE removed_ms IS NULL;
CREATE INDEX readings_lane ON readings (lane, number);
CREATE INDEX dead_letters_sink ON dead_letters (sink_id, id);
CREATE INDEX alarms_open ON alarms (subject, code) WHERE cleared_ms IS NULL;
CREATE INDEX meter_metrics_time ON meter_metrics (meter_id, timestamp);
CREATE INDEX network_metrics_time ON network_metrics (meter_id, timestamp);
CREATE INDEX dlms_diagnostics_meter ON dlms_diagnostics (meter_id, id);
CREATE INDEX meter_metrics_span ON meter_metrics (timestamp);
CREATE INDEX network_metrics_span ON network_metrics (timestamp);
CREATE INDEX service_metrics_span ON service_metrics (timestamp);
CREATE INDEX sink_metrics_span ON sink_metrics (timestamp);
CREATE INDEX findings_meter ON findings (meter_id, ts_ms);
CREATE INDEX alarm_events_alarm ON alarm_events (alarm_id);
CREATE INDEX audit_time ON audit (ts_ms);
COMMIT;
