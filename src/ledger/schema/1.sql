-- What this ledger is, in its one row.
CREATE TABLE ledger (
    id BIGINT NOT NULL PRIMARY KEY CHECK (id = 1),
    version BIGINT NOT NULL,          -- of this schema
    tenant_id TEXT,                   -- the partner's tenant; none until a client has used the ledger
    created_at TEXT NOT NULL
);

-- One row for each request that was or will be sent.
CREATE TABLE submissions (
    {id},
    request_id TEXT NOT NULL UNIQUE,  -- MS-RequestId, the same for ever
    correlation_id TEXT NOT NULL,     -- MS-CorrelationId, the same for ever
    customer_id TEXT NOT NULL,
    qualification TEXT NOT NULL,
    number BIGINT NOT NULL,           -- 1 for the first request of this qualification, 2 after a denial
    body TEXT NOT NULL,               -- the JSON body
    state TEXT NOT NULL CHECK (state IN ('intended', 'sending', 'answered', 'refused', 'unknown')),
    attempts BIGINT NOT NULL DEFAULT 0,
    answer TEXT,                      -- the qualification as it was answered or read back, JSON
    answer_status TEXT,               -- its vettingStatus
    error_status BIGINT,              -- HTTP status of the last refusal or failure
    error_code TEXT,
    error_message TEXT,
    worker TEXT,                      -- who is sending it
    lease_until TEXT,                 -- until when nobody else may
    needs_look BIGINT NOT NULL DEFAULT 0, -- 1: it may have been sent before, so the customer is read first
    created_at TEXT NOT NULL,
    claimed_at TEXT,                  -- when somebody last began to send it
    sent_at TEXT,                     -- when somebody first did
    answered_at TEXT,
    UNIQUE (customer_id, qualification, number)
){fill 40};

-- Each status ever seen, from when it was first seen until another took its place.
CREATE TABLE observations (
    {id},
    customer_id TEXT NOT NULL,
    qualification TEXT NOT NULL,      -- 'None' says that the customer was looked at and has none
    vetting_status TEXT,              -- none for kinds that are not vetted
    vetting_reason TEXT,
    vetting_created_date TEXT,
    is_gone BIGINT NOT NULL,          -- 1: the customer had it and has it no more
    is_change BIGINT NOT NULL,        -- 0: the customer had never been looked at before
    old_status TEXT,                  -- what vetting_status was before
    source TEXT NOT NULL,             -- apply, sweep or watch
    observed_at TEXT NOT NULL,        -- when it was first seen
    confirmed_at TEXT NOT NULL,       -- when it was last seen
    superseded_at TEXT                -- when another was seen in its place; none for what is so now
){fill 50};
CREATE INDEX observations_history ON observations (customer_id, id);
CREATE INDEX observations_in_review ON observations (id)
    WHERE vetting_status = 'InReview'; -- not by superseded_at: that is what changes
CREATE INDEX observations_changes ON observations (id) WHERE is_change = 1;

-- Sweeps that recorded what they saw here.
CREATE TABLE sweeps (
    sweep_id TEXT NOT NULL PRIMARY KEY,
    source TEXT NOT NULL,             -- sweep or watch
    started_at TEXT NOT NULL,
    finished_at TEXT                  -- none while it goes on, or was interrupted
);

-- Which customers a sweep that is not finished has begun with.
CREATE TABLE sweep_customers (
    sweep_id TEXT NOT NULL,
    customer_id TEXT NOT NULL,
    worker TEXT NOT NULL,
    lease_until TEXT NOT NULL,        -- until when nobody else does
    read_at TEXT,                     -- when the customer was read
    PRIMARY KEY (sweep_id, customer_id)
);

-- How far the watch has come, in its one row.
CREATE TABLE watch (
    id BIGINT NOT NULL PRIMARY KEY CHECK (id = 1),
    taken BIGINT NOT NULL,            -- id of the last observation that its consumer has done with
    swept_at TEXT,                    -- when it last looked at all customers
    audited_at TEXT,                  -- up to when it has read the audit records
    worker TEXT,                      -- who watches
    lease_until TEXT                  -- until when nobody else may
);
