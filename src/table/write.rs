//! Tables as files that every tool reads.

use std::io::{self, Write};

use serde::ser::{Serialize, SerializeMap, Serializer};

use super::Table;
use super::cells::Column;

impl Table {
    /// Writes the table as CSV in UTF-8, with a line of names first. Nulls are empty, points in time
    /// ISO 8601 in UTC.
    ///
    /// # Errors
    /// Those of `out`.
    pub fn write_csv(&self, out: impl Write) -> io::Result<()> {
        self.append_csv(out, true)
    }

    /// Writes the table as CSV, for a file that may have its line of names.
    pub(crate) fn append_csv(&self, out: impl Write, names: bool) -> io::Result<()> {
        let mut writer = csv::Writer::from_writer(out);
        if names {
            writer.write_record(self.column_names())?;
        }
        for batch in self.batches() {
            let columns = Column::all(batch);
            for row in 0..batch.num_rows() {
                for column in &columns {
                    column.cell(row).with_text(|text| writer.write_field(text))?;
                }
                writer.write_record(None::<&[u8]>)?;
            }
        }
        writer.flush()
    }

    /// Writes the table as JSON Lines: an object of all columns for each row, points in time as texts in
    /// ISO 8601 and UTC.
    ///
    /// # Errors
    /// Those of `out`.
    pub fn write_jsonl(&self, mut out: impl Write) -> io::Result<()> {
        let names: Vec<_> = self.column_names().collect();
        for batch in self.batches() {
            let columns = Column::all(batch);
            for row in 0..batch.num_rows() {
                serde_json::to_writer(&mut out, &Object { names: &names, columns: &columns, row })?;
                out.write_all(b"\n")?;
            }
        }
        out.flush()
    }
}

/// A row as a JSON object.
struct Object<'a> {
    names: &'a [&'a str],
    columns: &'a [Column<'a>],
    row: usize,
}

impl Serialize for Object<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut object = serializer.serialize_map(Some(self.names.len()))?;
        for (name, column) in self.names.iter().zip(self.columns) {
            object.serialize_entry(name, &column.cell(self.row))?;
        }
        object.end()
    }
}
