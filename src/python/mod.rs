//! The Python face of the crate: the only code that knows `PyO3`. It converts values, lends calls to
//! Python in two endings, and knows nothing of HTTP, retries or wire names.

mod apply;
mod arguments;
mod awaiting;
mod blocking;
mod bridge;
mod client;
mod columns;
mod completions;
mod convert;
mod credential;
mod dataclass;
mod decode;
mod delegate;
mod emulator;
mod errors;
mod event_loop;
mod exit;
mod generation;
mod handle;
mod keeper;
mod ledger;
mod observer;
mod process;
mod streams;
mod sweep;
mod table;
mod wake;
mod watch;

#[pyo3::pymodule(gil_used = false)]
mod _core {
    #[pymodule_export]
    use super::apply::{Apply, check_requests};
    #[pymodule_export]
    use super::bridge::Call;
    #[pymodule_export]
    use super::client::Client;
    #[pymodule_export]
    use super::credential::Credential;
    #[pymodule_export]
    use super::decode::{decode_qualifications, decode_table};
    #[pymodule_export]
    use super::delegate::Reply;
    #[pymodule_export]
    use super::emulator::Emulator;
    #[pymodule_export]
    use super::ledger::Ledger;
    #[pymodule_export]
    use super::observer::{Followed, Observer};
    #[pymodule_export]
    use super::streams::{Pages, Vetting};
    #[pymodule_export]
    use super::sweep::Sweep;
    #[pymodule_export]
    use super::table::Table;
    #[pymodule_export]
    use super::watch::Watch;

    /// Whether the extension was built without optimisation: then figures mean nothing.
    #[pymodule_export]
    const DEBUG_BUILD: bool = cfg!(debug_assertions);

    #[pymodule_init]
    fn init(module: &pyo3::Bound<'_, pyo3::types::PyModule>) -> pyo3::PyResult<()> {
        super::generation::register(module.py())?;
        super::exit::register(module.py())
    }
}
