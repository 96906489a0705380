//! Columns of customers that other libraries hand over through the Arrow `PyCapsule` interface.

use std::collections::VecDeque;

use arrow_array::ffi_stream::RecordBatchStreamReader;
use arrow_array::{Array, ArrayRef, RecordBatch, RecordBatchReader, StructArray, make_array};
use arrow_pyarrow::FromPyArrow;
use arrow_schema::{ArrowError, Schema};
use pyo3::exceptions::PyOSError;
use pyo3::intern;
use pyo3::prelude::*;

use crate::error::{Error, Refusal};
use crate::sweep::Ids;

/// What is left of the columns.
pub(super) enum Columns {
    /// A table, batch by batch.
    Batches(Box<RecordBatchStreamReader>),
    /// A column, piece by piece.
    Pieces(VecDeque<Ids>),
}

impl Columns {
    /// Columns of an object that gives a stream of batches or an array, or of a list of arrays. Only
    /// whether they name customers is looked at.
    pub(super) fn open(object: &Bound<'_, PyAny>, argument: &str) -> PyResult<Self> {
        if object.hasattr(intern!(object.py(), "__arrow_c_stream__"))? {
            let reader = RecordBatchStreamReader::from_pyarrow_bound(object)?;
            let schema = reader.schema();
            let named = Ids::has_ids(&schema).then(|| Self::Batches(Box::new(reader)));
            return named.ok_or_else(|| unnamed(argument, &schema).into());
        }
        let mut pieces = VecDeque::new();
        for array in object.try_iter()? {
            let array = make_array(FromPyArrow::from_pyarrow_bound(&array?)?);
            pieces.push_back(of_array(&array, argument)?);
        }
        Ok(Self::Pieces(pieces))
    }

    /// The customers of the next batch.
    pub(super) fn next(&mut self) -> Option<PyResult<Ids>> {
        match self {
            Self::Batches(batches) => {
                Some(batches.next()?.map_err(|error| unread(&error)).and_then(|batch| {
                    let gone =
                        || ArrowError::SchemaError("a batch has other columns than its table".to_owned());
                    Ids::of_table(&batch).ok_or_else(|| unread(&gone()))
                }))
            }
            Self::Pieces(pieces) => pieces.pop_front().map(Ok),
        }
    }
}

/// The customers of a column, or of an array of structs, which is a batch.
fn of_array(array: &ArrayRef, argument: &str) -> Result<Ids, Error> {
    if let Some(rows) = array.as_any().downcast_ref::<StructArray>()
        && rows.null_count() == 0
    {
        let batch = RecordBatch::from(rows.clone());
        return Ids::of_table(&batch).ok_or_else(|| unnamed(argument, &batch.schema()));
    }
    Ids::of_column(array).ok_or_else(|| refused(argument, &format!("a column of {}", array.data_type())))
}

fn unnamed(argument: &str, schema: &Schema) -> Error {
    let fields = schema.fields().iter();
    let found: Vec<_> = fields.clone().filter(|field| field.name() == "customer_id").collect();
    let value = match found[..] {
        [] => {
            let names: Vec<_> = fields.map(|field| field.name().as_str()).collect();
            format!("columns {}", names.join(", "))
        }
        [field] => format!("a column customer_id of {}", field.data_type()),
        _ => "several columns customer_id".to_owned(),
    };
    refused(argument, &value)
}

fn refused(argument: &str, value: &str) -> Error {
    let cure = "pass ids as one column of strings, or a table with a column customer_id of strings";
    Refusal::argument(argument.to_owned(), value, cure)
}

fn unread(error: &ArrowError) -> PyErr {
    PyOSError::new_err(format!("the columns of customers cannot be read: {error}"))
}
