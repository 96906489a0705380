//! The integration tests, in one binary.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a helper that panics fails its test, as it should"
)]

mod check;
mod client;
mod client_support;
mod connections;
mod credentials;
mod emulator_admin;
mod emulator_admin_customers;
mod emulator_admin_state;
mod emulator_auth;
mod emulator_clock;
mod emulator_entra;
mod emulator_entra_assertions;
mod emulator_entra_device;
mod emulator_entra_discovery;
mod emulator_entra_refresh;
mod emulator_entra_support;
mod emulator_faults;
mod emulator_faults_answers;
mod emulator_faults_delivery;
mod emulator_faults_gzip;
mod emulator_faults_rules;
mod emulator_faults_support;
mod emulator_faults_tls;
mod emulator_journal;
mod emulator_lists;
mod emulator_lists_seek;
mod emulator_qualifications;
mod emulator_qualifications_retired;
mod emulator_seeding;
mod emulator_server;
mod emulator_snapshot;
mod emulator_support;
mod emulator_throttle;
mod emulator_tls;
mod emulator_vetting;
mod emulator_vetting_callback;
mod emulator_wire;
mod emulator_wire_client;
mod emulator_wire_errors;
mod learning;
mod ledger;
mod limits;
mod retries;
mod samples;
mod scripted;
mod sweep;
mod sweep_collecting;
mod table;
mod transport;
mod vetting;
mod wire_form;
