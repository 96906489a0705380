//! The Python face of the crate: the only code that knows PyO3.

#[pyo3::pymodule(gil_used = false)]
mod _core {}
