//! Where the two databases speak differently.

use std::time::Duration;

/// The language of a database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Dialect {
    Sqlite,
    Postgres,
}

/// A column of rows that are passed to a statement, and whether it holds whole numbers.
pub(super) type Field = (&'static str, Kind);

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Text,
    Integer,
}

impl Dialect {
    /// Rows that are passed as parameters. To SQLite one for each value, which are nameless: sqlx looks each one's
    /// name up, which takes SQLite a time that grows with the square of their number. To PostgreSQL one array for
    /// each column: it plans a statement anew that has many parameters.
    pub(super) fn rows(self, fields: &[Field], count: usize) -> String {
        let column = |(place, (name, kind)): (usize, &Field)| {
            let kind = if *kind == Kind::Integer { "BIGINT" } else { "TEXT" };
            format!("CAST(column{} AS {kind}) AS {name}", place + 1)
        };
        let columns = listed(fields.iter().enumerate().map(column));
        let places = 1..=fields.len();
        match self {
            Self::Sqlite => {
                let row = format!("({})", listed(places.map(|_| "?".to_owned())));
                let rows = listed((0..count).map(|_| row.clone()));
                format!("(SELECT {columns} FROM (VALUES {rows}) WHERE column1 IS NOT NULL)")
            }
            Self::Postgres => {
                let arrays = listed(places.clone().map(|place| format!("${place}::text[]")));
                let names = listed(places.map(|place| format!("column{place}")));
                format!("(SELECT {columns} FROM unnest({arrays}) AS given_values ({names}))")
            }
        }
    }

    /// That something is one of the texts that are passed as a JSON array.
    pub(super) fn list(self, parameter: u8) -> String {
        match self {
            Self::Sqlite => format!("IN (SELECT value FROM json_each(${parameter}))"),
            Self::Postgres => format!("= ANY (ARRAY (SELECT json_array_elements_text(${parameter}::json)))"),
        }
    }

    /// That something is one of the whole numbers that are passed as a JSON array.
    pub(super) fn numbers(self, parameter: u8) -> String {
        match self {
            Self::Sqlite => format!("IN (SELECT value FROM json_each(${parameter}))"),
            Self::Postgres => {
                format!("= ANY (ARRAY (SELECT json_array_elements_text(${parameter}::json)::bigint))")
            }
        }
    }

    /// Now, as the database's clock has it: machines that share a ledger share that one.
    pub(super) fn now(self) -> String {
        self.later(Duration::ZERO)
    }

    pub(super) fn later(self, by: Duration) -> String {
        self.moment(&format!("+{}", by.as_secs_f64()))
    }

    pub(super) fn earlier(self, by: Duration) -> String {
        self.moment(&format!("-{}", by.as_secs_f64()))
    }

    // As a query of its own it is asked for once for a statement, not for each row.
    fn moment(self, seconds: &str) -> String {
        match self {
            Self::Sqlite => {
                format!("(SELECT strftime('%Y-%m-%dT%H:%M:%f', 'now', '{seconds} seconds') || '000Z')")
            }
            Self::Postgres => format!(
                "(SELECT to_char((clock_timestamp() + interval '{seconds} seconds') AT TIME ZONE 'UTC', \
                 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"'))"
            ),
        }
    }

    /// A JSON array of arrays, one for each row, with the values of these expressions.
    pub(super) fn page(self, columns: &[String]) -> String {
        match self {
            Self::Sqlite => format!("'[' || group_concat(json_array({}), ',') || ']'", columns.join(", ")),
            Self::Postgres => {
                format!("json_agg(json_build_array({}))::text", columns.join(", "))
            }
        }
    }

    /// A script that makes tables: `{id}` numbers their rows, `{fill 40}` fills their pages to so many percent.
    /// Where there is room for rows to grow, PostgreSQL leaves indexes alone when they are written again.
    pub(super) fn schema(self, script: &str) -> String {
        let id = match self {
            Self::Sqlite => "id INTEGER PRIMARY KEY",
            Self::Postgres => "id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY",
        };
        let fill = |percent: &str| match self {
            Self::Sqlite => String::new(),
            Self::Postgres => format!(" WITH (fillfactor = {percent})"),
        };
        ["40", "50"].iter().fold(script.replace("{id}", id), |script, percent| {
            script.replace(&format!("{{fill {percent}}}"), &fill(percent))
        })
    }
}

fn listed(items: impl Iterator<Item = String>) -> String {
    items.collect::<Vec<_>>().join(", ")
}
