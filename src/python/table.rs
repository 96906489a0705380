//! `_core.Table`: columns for whoever speaks the Arrow `PyCapsule` interface, rows for whoever does not.

use std::collections::HashMap;

use arrow_array::ffi::{FFI_ArrowArray, FFI_ArrowSchema};
use arrow_array::ffi_stream::FFI_ArrowArrayStream;
use arrow_array::{Array, RecordBatch, RecordBatchIterator, StructArray};
use arrow_schema::{ArrowError, DataType};
use pyo3::IntoPyObjectExt;
use pyo3::exceptions::{PyBufferError, PyTypeError};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyCapsule, PyDict, PyList, PyString};
use serde_json::Map;

use crate::model::{Customer, ValidationCode};
use crate::table::{self, Cell, Column, CustomerColumns, SweepColumns, ValidationCodeColumns};

/// Rows of columns with names and types.
#[pyclass(frozen, module = "partnercenter_qual._core")]
pub(super) struct Table(table::Table);

impl From<table::Table> for Table {
    fn from(table: table::Table) -> Self {
        Self(table)
    }
}

impl Table {
    pub(super) fn of_batch(batch: RecordBatch) -> Self {
        Self(table::Table::of(batch))
    }
}

type CustomerFields = (String, Option<String>, Option<String>, Option<String>);
type CodeFields = (String, Option<String>, Option<String>, Option<i64>, Option<i64>, Option<String>);

#[pymethods]
impl Table {
    /// A table of a sweep, without rows.
    #[staticmethod]
    fn of_sweep() -> Self {
        Self(SweepColumns::new().finish())
    }

    /// The table of customers, each given as its fields in the order of the columns.
    #[staticmethod]
    fn of_customers(customers: Vec<CustomerFields>) -> Self {
        let mut columns = CustomerColumns::default();
        for (customer_id, company_name, domain, relationship_to_partner) in customers {
            let extra = Map::new();
            columns.push(&Customer { customer_id, company_name, domain, relationship_to_partner, extra });
        }
        Self(columns.finish())
    }

    /// The table of validation codes, each given as its fields in the order of the columns.
    #[staticmethod]
    fn of_validation_codes(codes: Vec<CodeFields>) -> Self {
        let mut columns = ValidationCodeColumns::default();
        for (validation_id, partner_id, organization_name, max_creates, remaining_creates, etag) in codes {
            columns.push(&ValidationCode {
                validation_id,
                partner_id,
                organization_name,
                max_creates,
                remaining_creates,
                etag,
                extra: Map::new(),
            });
        }
        Self(columns.finish())
    }

    fn __len__(&self) -> usize {
        self.0.num_rows()
    }

    #[getter]
    fn column_names(&self) -> Vec<&str> {
        self.0.column_names().collect()
    }

    /// What the columns hold: `text`, `word`, `int16`, `int64`, `bool` or `moment`.
    #[getter]
    fn column_kinds(&self) -> Vec<&'static str> {
        let kind = |data_type: &DataType| match data_type {
            DataType::Dictionary(..) => "word",
            DataType::Int16 => "int16",
            DataType::Int64 => "int64",
            DataType::Boolean => "bool",
            DataType::Timestamp(..) => "moment",
            _ => "text",
        };
        self.0.schema().fields().iter().map(|field| kind(field.data_type())).collect()
    }

    /// How many rows there are of each status.
    fn status_counts<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let counts = PyDict::new(py);
        for (status, rows) in py.detach(|| self.0.status_counts()).iter() {
            counts.set_item(status.as_str(), rows)?;
        }
        Ok(counts)
    }

    /// The rows from one to before the other, as far as there are such.
    fn slice(&self, start: usize, stop: usize) -> Self {
        Self(self.0.slice(start..stop))
    }

    /// All rows as dicts.
    fn rows<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyList>> {
        let names: Vec<_> = self.0.column_names().map(|name| PyString::intern(py, name)).collect();
        let rows = PyList::empty(py);
        for batch in self.0.batches() {
            let columns = Column::all(batch);
            for index in 0..batch.num_rows() {
                let row = PyDict::new(py);
                for (name, column) in names.iter().zip(&columns) {
                    row.set_item(name, value(py, column.cell(index))?)?;
                }
                rows.append(row)?;
            }
        }
        Ok(rows)
    }

    /// The values of one column.
    fn column<'py>(&self, py: Python<'py>, index: usize) -> PyResult<Bound<'py, PyList>> {
        let values = PyList::empty(py);
        for batch in self.0.batches() {
            let columns = Column::all(batch);
            let column = columns.get(index).ok_or_else(|| PyTypeError::new_err("there is no such column"))?;
            for row in 0..batch.num_rows() {
                values.append(value(py, column.cell(row))?)?;
            }
        }
        Ok(values)
    }

    /// The words of a column, and for each row the place of its word, -1 where it has none.
    fn words(&self, index: usize) -> PyResult<(Vec<&str>, Vec<i32>)> {
        let (mut words, mut places) = (Vec::new(), Vec::new());
        let mut known = HashMap::new();
        for batch in self.0.batches() {
            let Some(&Column::Word(keys, here)) = Column::all(batch).get(index) else {
                return Err(PyTypeError::new_err("this is no column of words"));
            };
            // Each batch has a dictionary of its own, be they alike or not.
            let here: Vec<i32> = here
                .iter()
                .map(|word| {
                    let word = word.unwrap_or_default();
                    *known.entry(word).or_insert_with(|| {
                        words.push(word);
                        i32::try_from(words.len() - 1).unwrap_or(-1)
                    })
                })
                .collect();
            places.extend((0..keys.len()).map(|row| keys.key(row).map_or(-1, |key| here[key])));
        }
        Ok((words, places))
    }

    /// The rows as CSV, after a line of names if it is asked for.
    fn csv<'py>(&self, py: Python<'py>, names: bool) -> PyResult<Bound<'py, PyBytes>> {
        let mut out = Vec::new();
        py.detach(|| self.0.append_csv(&mut out, names))?;
        Ok(PyBytes::new(py, &out))
    }

    /// The rows as JSON Lines.
    fn jsonl<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyBytes>> {
        let mut out = Vec::new();
        py.detach(|| self.0.write_jsonl(&mut out))?;
        Ok(PyBytes::new(py, &out))
    }

    fn __arrow_c_schema__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyCapsule>> {
        let schema = FFI_ArrowSchema::try_from(&**self.0.schema()).map_err(|error| not_exported(&error))?;
        PyCapsule::new_with_value(py, schema, c"arrow_schema")
    }

    /// A stream of the batches. Another schema than ours may be asked for and is not given, as the
    /// interface allows: the consumer casts.
    #[pyo3(signature = (requested_schema=None))]
    fn __arrow_c_stream__<'py>(
        &self,
        py: Python<'py>,
        requested_schema: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyCapsule>> {
        check_request(requested_schema)?;
        let batches = self.0.batches().to_vec();
        let reader = RecordBatchIterator::new(batches.into_iter().map(Ok), self.0.schema().clone());
        PyCapsule::new_with_value(py, FFI_ArrowArrayStream::new(Box::new(reader)), c"arrow_array_stream")
    }

    /// What `__arrow_c_array__` gives, of a table in one batch. It has another name here, because some
    /// consumers take whatever has that one for a single batch.
    #[pyo3(signature = (requested_schema=None))]
    fn arrow_array<'py>(
        &self,
        py: Python<'py>,
        requested_schema: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<(Bound<'py, PyCapsule>, Bound<'py, PyCapsule>)> {
        check_request(requested_schema)?;
        let rows = match self.0.batches() {
            [] => RecordBatch::new_empty(self.0.schema().clone()),
            [batch] => batch.clone(),
            _ => return Err(PyBufferError::new_err("the table has several batches: use its stream")),
        };
        let rows = FFI_ArrowArray::new(&StructArray::from(rows).to_data());
        Ok((self.__arrow_c_schema__(py)?, PyCapsule::new_with_value(py, rows, c"arrow_array")?))
    }
}

fn value(py: Python<'_>, cell: Cell<'_>) -> PyResult<Py<PyAny>> {
    match cell {
        Cell::Null => Ok(py.None()),
        Cell::Text(text) => text.into_py_any(py),
        Cell::Integer(integer) => integer.into_py_any(py),
        Cell::Flag(flag) => flag.into_py_any(py),
        Cell::Moment(moment) => moment.into_py_any(py),
    }
}

fn check_request(requested_schema: Option<&Bound<'_, PyAny>>) -> PyResult<()> {
    let Some(schema) = requested_schema else { return Ok(()) };
    let capsule = schema.cast::<PyCapsule>().ok();
    if capsule.is_some_and(|capsule| capsule.is_valid_checked(Some(c"arrow_schema"))) {
        return Ok(());
    }
    Err(PyTypeError::new_err("requested_schema: pass a PyCapsule named arrow_schema, or None"))
}

fn not_exported(error: &ArrowError) -> PyErr {
    PyBufferError::new_err(error.to_string())
}
