//! How a loop is told that calls are complete.

use std::sync::Arc;

use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyWeakrefMethods, PyWeakrefReference};

use super::completions::Completions;
use super::exit::Gate;
use super::process::{existing, gate};

/// Wakes one loop, from any thread.
pub(super) enum Waker {
    /// By a byte in a socket that the loop watches, which takes no GIL.
    #[cfg(unix)]
    Socket(socket::Pair),
    /// For loops that watch no sockets, such as the usual one of Windows.
    CallSoon(Arc<Py<PyWeakrefReference>>),
}

impl Waker {
    /// Wakes a loop that watches no sockets.
    pub(super) fn call_soon(event_loop: &Bound<'_, PyAny>) -> PyResult<Self> {
        Ok(Self::CallSoon(Arc::new(PyWeakrefReference::new(event_loop)?.unbind())))
    }

    /// Has the loop call its `Completions`.
    pub(super) fn wake(&self) {
        match self {
            #[cfg(unix)]
            Self::Socket(pair) => pair.write(),
            Self::CallSoon(event_loop) => {
                let event_loop = Arc::clone(event_loop);
                if let Some(process) = existing() {
                    process.spawn_blocking(move || call_soon(&event_loop));
                }
            }
        }
    }

    /// To be called when the loop was woken.
    pub(super) fn woken(&self) {
        match self {
            #[cfg(unix)]
            Self::Socket(pair) => pair.read(),
            Self::CallSoon(_) => {}
        }
    }
}

fn call_soon(event_loop: &Py<PyWeakrefReference>) {
    let Some(_inside) = gate().and_then(Gate::enter) else { return };
    Python::attach(|py| {
        if let Some(event_loop) = event_loop.bind(py).upgrade() {
            let completions = Completions::known(&event_loop).ok().flatten();
            if let Some(completions) = completions {
                let called = event_loop.call_method1(intern!(py, "call_soon_threadsafe"), (&completions,));
                if called.is_err() {
                    completions.get().forget(); // the loop is closed: nobody waits any more
                }
            }
        }
    });
}

#[cfg(unix)]
pub(super) mod socket {
    //! Two ends: the loop watches the one for what comes in at the other.

    use std::io::{self, Read, Write};
    use std::os::fd::AsRawFd;
    use std::os::unix::net::UnixStream;

    use pyo3::exceptions::PyNotImplementedError;
    use pyo3::intern;
    use pyo3::prelude::*;

    pub(in crate::python) struct Pair {
        watched: UnixStream,
        told: UnixStream,
    }

    impl Pair {
        pub(in crate::python) fn new() -> io::Result<Self> {
            let (watched, told) = UnixStream::pair()?;
            watched.set_nonblocking(true)?;
            told.set_nonblocking(true)?;
            Ok(Self { watched, told })
        }

        /// Has a loop hold `callback`, and call it when it is woken; false if it watches no sockets.
        pub(in crate::python) fn watch(
            &self,
            event_loop: &Bound<'_, PyAny>,
            callback: &Bound<'_, PyAny>,
        ) -> PyResult<bool> {
            let py = event_loop.py();
            match event_loop.call_method1(intern!(py, "add_reader"), (self.watched.as_raw_fd(), callback)) {
                Ok(_) => Ok(true),
                Err(error) if error.is_instance_of::<PyNotImplementedError>(py) => Ok(false),
                Err(error) => Err(error),
            }
        }

        /// Both ends stay open as long as anybody may write, and what is full is read before long.
        pub(in crate::python) fn write(&self) {
            let _ = (&self.told).write(&[0]);
        }

        /// There may be nothing to read, where loops run inside each other.
        pub(in crate::python) fn read(&self) {
            let _ = (&self.watched).read(&mut [0; 64]);
        }
    }
}
