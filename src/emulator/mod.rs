//! An emulator of the Partner Center API.
