//! Customers from a file.

use std::ffi::OsStr;
use std::fs;
use std::path::Path;

use serde_json::Value;

use super::super::error::InvalidArgument;
use super::super::json;
use super::{Customers, csv};

const BYTE_ORDER_MARK: &[u8] = b"\xEF\xBB\xBF";

impl Customers {
    /// Reads a list of customers from a `.csv` or `.json` file in UTF-8.
    ///
    /// JSON is an array, as in the setting itself. A table has a first line with the names of its
    /// columns, among `customer_id`, `company_name`, `domain`, `qualification`, `vetting_status`,
    /// `vetting_reason` and `vetting_created_date`; lines with one and the same `customer_id` are one
    /// customer with several qualifications.
    ///
    /// # Errors
    /// [`InvalidArgument`] names the file, the row or line, the member, the value and the cure.
    pub fn from_file(path: impl AsRef<Path>) -> Result<Self, InvalidArgument> {
        let path = path.as_ref();
        let extension = path.extension().map(OsStr::to_ascii_lowercase);
        let read: fn(&[u8]) -> Result<Self, InvalidArgument> =
            match extension.as_deref().and_then(|extension| extension.to_str()) {
                Some("csv") => csv::read,
                Some("json") => read_json,
                _ => return Err(unreadable(path, "pass a file whose name ends in .csv or .json")),
            };
        let bytes = fs::read(path).map_err(|error| {
            unreadable(path, format!("pass the path of a file that can be read ({error})"))
        })?;
        let bytes = bytes.strip_prefix(BYTE_ORDER_MARK).unwrap_or(&bytes);
        read(bytes).map_err(|error| {
            let cure = format!("{} in {}", error.cure, path.display());
            InvalidArgument { cure, ..error }
        })
    }
}

fn unreadable(path: &Path, cure: impl Into<String>) -> InvalidArgument {
    InvalidArgument::new("customers", &path.display(), cure)
}

fn read_json(bytes: &[u8]) -> Result<Customers, InvalidArgument> {
    let value: Value = serde_json::from_slice(bytes).map_err(|error| {
        InvalidArgument::new("customers", "not JSON", format!("pass an array of customers: {error}"))
    })?;
    if !value.is_array() {
        return Err(InvalidArgument::new("customers", &json::shown(&value), "pass an array of customers"));
    }
    let customers: Customers = json::read(&value).map_err(|error| error.within("customers"))?;
    customers.check()?;
    Ok(customers)
}
