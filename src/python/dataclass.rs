//! Instances of the package's dataclasses and enumerations, made without a call of Python code for each.

use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyTuple, PyType};

/// A frozen dataclass with slots.
pub(super) struct Dataclass {
    module: &'static str,
    name: &'static str,
    loaded: PyOnceLock<Slots>,
}

/// What makes an instance and fills it: what the constructor does, without its detour by keywords.
struct Slots {
    new: Py<PyAny>,
    class: Py<PyTuple>,
    set: Vec<Py<PyAny>>,
}

impl Dataclass {
    /// A class of `module`, which is imported when the first instance is made.
    pub(super) const fn new(module: &'static str, name: &'static str) -> Self {
        Self { module, name, loaded: PyOnceLock::new() }
    }

    /// An instance. All fields are given, and each time in the same order.
    pub(super) fn make<const N: usize>(
        &self,
        py: Python<'_>,
        fields: [(&'static str, Py<PyAny>); N],
    ) -> PyResult<Py<PyAny>> {
        let slots =
            self.loaded.get_or_try_init(py, || self.load(py, fields.each_ref().map(|field| field.0)))?;
        let instance = slots.new.bind(py).call1(&slots.class)?;
        for (set, (_, value)) in slots.set.iter().zip(fields) {
            set.bind(py).call1((&instance, value))?;
        }
        Ok(instance.unbind())
    }

    fn load<const N: usize>(&self, py: Python<'_>, fields: [&str; N]) -> PyResult<Slots> {
        let class = py.import(self.module)?.getattr(self.name)?;
        let set = |field| Ok(class.getattr(field)?.getattr("__set__")?.unbind());
        Ok(Slots {
            new: py.import("builtins")?.getattr("object")?.getattr("__new__")?.unbind(),
            set: fields.into_iter().map(set).collect::<PyResult<_>>()?,
            class: PyTuple::new(py, [class])?.unbind(),
        })
    }
}

/// An enumeration of `_enums`, which stays open.
pub(super) struct OpenEnum {
    name: &'static str,
    known: &'static [&'static str],
    loaded: PyOnceLock<(Py<PyType>, Vec<Py<PyAny>>)>,
}

impl OpenEnum {
    /// An enumeration and the values of its members.
    pub(super) const fn new(name: &'static str, known: &'static [&'static str]) -> Self {
        Self { name, known, loaded: PyOnceLock::new() }
    }

    /// The member of a value; of an unknown one, a new one.
    pub(super) fn member(&self, py: Python<'_>, value: &str) -> PyResult<Py<PyAny>> {
        let (class, members) = self.loaded.get_or_try_init(py, || self.load(py))?;
        match self.known.iter().position(|known| *known == value) {
            Some(place) => Ok(members[place].clone_ref(py)),
            None => Ok(class.bind(py).call1((value,))?.unbind()),
        }
    }

    fn load(&self, py: Python<'_>) -> PyResult<(Py<PyType>, Vec<Py<PyAny>>)> {
        let class = py.import("partnercenter_qual._enums")?.getattr(self.name)?.cast_into::<PyType>()?;
        let member = |value| Ok(class.call1((value,))?.unbind());
        let members = self.known.iter().map(member).collect::<PyResult<_>>()?;
        Ok((class.unbind(), members))
    }
}
