//! Which process this is: asked for at every step of a call, and not the same after a fork.

use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};

use pyo3::prelude::*;
use pyo3::types::{IntoPyDict, PyCFunction, PyDict, PyTuple};

/// How deep a line of forks may be, each child using this module.
pub(super) const GENERATIONS: usize = 64;

/// The process that owns the current generation (upper half), and its number (lower half).
static OWNER: AtomicU64 = AtomicU64::new(0);

/// The id of this process, or 0 when only the system knows: while it forks, and before `register`.
static KNOWN: AtomicU32 = AtomicU32::new(0);

/// The id of this process. Asking the system each time would be a good part of what a call costs.
pub(super) fn id() -> u32 {
    match KNOWN.load(Ordering::Relaxed) {
        0 => std::process::id(),
        known => known,
    }
}

/// Has Python tell of forks.
pub(super) fn register(py: Python<'_>) -> PyResult<()> {
    let hook = |tell: fn()| {
        PyCFunction::new_closure(
            py,
            None,
            None,
            move |_: &Bound<'_, PyTuple>, _: Option<&Bound<'_, PyDict>>| {
                tell();
            },
        )
    };
    let hooks = [
        ("before", hook(forget)?),
        ("after_in_parent", hook(remember)?),
        ("after_in_child", hook(remember)?),
    ];
    let os = py.import("os")?;
    if os.hasattr("register_at_fork")? {
        os.call_method("register_at_fork", (), Some(&hooks.into_py_dict(py)?))?;
    }
    remember();
    Ok(())
}

fn forget() {
    KNOWN.store(0, Ordering::Relaxed);
}

fn remember() {
    KNOWN.store(std::process::id(), Ordering::Relaxed);
}

/// How many of the forks that led here used this module.
pub(super) fn generation() -> usize {
    let process = u64::from(id());
    let number = |packed: u64| packed & u64::from(u32::MAX);
    let mut seen = OWNER.load(Ordering::Acquire);
    while seen >> 32 != process {
        let next = if seen == 0 { 0 } else { number(seen) + 1 };
        let claim = OWNER.compare_exchange(seen, process << 32 | next, Ordering::AcqRel, Ordering::Acquire);
        seen = claim.map_or_else(|current| current, |_| process << 32 | next);
    }
    usize::try_from(number(seen)).unwrap_or(GENERATIONS)
}
