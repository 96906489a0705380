//! Reads the service's dates: only what can be read without guessing.

use chrono::{DateTime, Datelike, NaiveDateTime, SubsecRound, Timelike, Utc};

/// Reads `YYYY-MM-DD`, `T` or a space, `HH:MM[:SS[.fraction]]` and an optional zone, which is UTC when
/// absent. The fraction is cut to microseconds. Anything else, such as `07/09/2020: 00:00:00` whose
/// order of day and month nobody knows, is `None`.
pub(crate) fn parse(text: &str) -> Option<DateTime<Utc>> {
    if !has_shape(text.as_bytes()) {
        return None; // chrono takes more than ISO 8601: signs, spaces, years of five digits
    }
    let (time, zone) = split_zone(text);
    let mut time = time.replace(' ', "T");
    if time.len() == "2020-12-04T20:54".len() {
        time.push_str(":00");
    }
    let local = NaiveDateTime::parse_from_str(&time, "%Y-%m-%dT%H:%M:%S%.f").ok()?;
    if local.nanosecond() >= 1_000_000_000 {
        return None; // second 60: no datetime can hold it
    }
    let utc = local.checked_sub_offset(zone?)?.and_utc().trunc_subsecs(6);
    (1..=9999).contains(&utc.year()).then_some(utc)
}

fn has_shape(text: &[u8]) -> bool {
    const SHAPE: &[u8] = b"0000-00-00T00:00";
    text.len() >= SHAPE.len()
        && text.iter().zip(SHAPE).all(|(byte, shape)| match shape {
            b'0' => byte.is_ascii_digit(),
            b'T' => matches!(byte, b'T' | b' '),
            _ => byte == shape,
        })
}

/// The text before the zone, and the zone; `None` for a zone that is none.
fn split_zone(text: &str) -> (&str, Option<chrono::FixedOffset>) {
    const DATE: usize = "2020-12-04T".len();
    let utc = chrono::FixedOffset::east_opt(0);
    if let Some(time) = text.strip_suffix('Z') {
        return (time, utc);
    }
    match text[DATE..].rfind(['+', '-']) {
        Some(at) => (&text[..DATE + at], offset(&text[DATE + at..])),
        None => (text, utc),
    }
}

/// `+HH:MM` or `+HHMM`.
fn offset(text: &str) -> Option<chrono::FixedOffset> {
    let digits = text[1..].replacen(':', "", 1);
    let colon_fits = text.len() == 5 || text.as_bytes().get(3) == Some(&b':');
    if digits.len() != 4 || !colon_fits || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let (hours, minutes): (i32, i32) = (digits[..2].parse().ok()?, digits[2..].parse().ok()?);
    if hours > 23 || minutes > 59 {
        return None;
    }
    let seconds = (hours * 60 + minutes) * 60;
    chrono::FixedOffset::east_opt(if text.starts_with('-') { -seconds } else { seconds })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_iso_form_reads_as_utc() {
        for (text, expected) in [
            ("2020-12-03T10:37:38.885Z", "2020-12-03T10:37:38.885Z"),
            ("2020-12-04T20:54:24Z", "2020-12-04T20:54:24Z"),
            ("2021-05-06T19:59:56.6832021+00:00", "2021-05-06T19:59:56.683202Z"),
            ("2021-05-06T19:59:56.999999999+00:00", "2021-05-06T19:59:56.999999Z"),
            ("2026-02-11 09:15", "2026-02-11T09:15:00Z"),
            ("2026-02-11T09:15:00", "2026-02-11T09:15:00Z"),
            ("2026-02-11T09:15:00+0530", "2026-02-11T03:45:00Z"),
            ("2026-02-11T09:15:00-08:00", "2026-02-11T17:15:00Z"),
        ] {
            let expected: DateTime<Utc> = expected.parse().unwrap();
            assert_eq!(parse(text), Some(expected), "{text}");
        }
    }

    #[test]
    fn nothing_is_guessed() {
        for text in [
            "",
            "07/09/2020: 00:00:00",
            "2020-12-04",
            "2020-13-04T00:00:00Z",
            "2016-12-31T23:59:60Z",
            "0001-01-01T00:00:00+14:00",
            "9999-12-31T23:59:59-01:00",
            "2020-12-04T20:54:24 UTC",
            "2020-12-04T20:54:24+1:000",
            "2020-12-04T20:54:24+25:00",
            "+2020-12-04T20:54",
            "2020-12-04T20:54:24.Z",
            "2020-12-04T20:5é",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
