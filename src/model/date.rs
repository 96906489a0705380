//! Reads the service's dates: only what can be read without guessing.

use chrono::{DateTime, Datelike, NaiveDate, Utc};

const MINUTES: &[u8] = b"0000-00-00T00:00";

/// Reads `YYYY-MM-DD`, `T` or a space, `HH:MM[:SS[.fraction]]` and an optional zone, which is UTC when
/// absent. The fraction is cut to microseconds. Anything else, such as `07/09/2020: 00:00:00` whose
/// order of day and month nobody knows, is `None`; so is second 60, which no datetime can hold.
pub(crate) fn parse(text: &str) -> Option<DateTime<Utc>> {
    if !fits(text.as_bytes(), MINUTES) {
        return None;
    }
    let (time, zone) = split_zone(text);
    let part = |place: std::ops::Range<usize>| number(&time.as_bytes()[place]);
    let (second, micro) = seconds(&time.as_bytes()[MINUTES.len()..])?;
    let year = i32::try_from(part(0..4)).ok()?;
    let date = NaiveDate::from_ymd_opt(year, part(5..7), part(8..10))?;
    let local = date.and_hms_micro_opt(part(11..13), part(14..16), second, micro)?;
    let utc = local.checked_sub_offset(zone?)?.and_utc();
    (1..=9999).contains(&utc.year()).then_some(utc)
}

/// Seconds and microseconds of `[:SS[.fraction]]`.
fn seconds(text: &[u8]) -> Option<(u32, u32)> {
    const MICROS: [u32; 6] = [100_000, 10_000, 1_000, 100, 10, 1];
    if text.is_empty() {
        return Some((0, 0));
    }
    let (second, fraction) = fits(text, b":00").then(|| text.split_at(b":00".len()))?;
    let digits = match fraction {
        [] => fraction,
        [b'.', digits @ ..] if !digits.is_empty() && digits.iter().all(u8::is_ascii_digit) => digits,
        _ => return None,
    };
    let micro = digits.iter().zip(MICROS).map(|(digit, micros)| u32::from(digit - b'0') * micros).sum();
    Some((number(&second[1..]), micro))
}

/// The number that a few digits say.
fn number(digits: &[u8]) -> u32 {
    digits.iter().fold(0, |number, digit| number * 10 + u32::from(digit - b'0'))
}

/// Whether `text` begins as `shape` says: a digit for each 0.
fn fits(text: &[u8], shape: &[u8]) -> bool {
    text.len() >= shape.len()
        && text.iter().zip(shape).all(|(byte, shape)| match shape {
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
    use chrono::{SubsecRound, Timelike};

    use super::*;
    use proptest::prelude::*;

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
            "2020-12-04T20:54:2",
            "2020-12-04T20:54:\t2",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }

    /// `text` with all that it may leave out.
    fn completed(text: &str) -> String {
        let seconds = if text[16..].starts_with(':') { "" } else { ":00" };
        let text = format!("{}{seconds}{}", &text[..16], &text[16..]).replacen(' ', "T", 1);
        match text[16..].find(['Z', '+', '-']).map(|at| text.split_at(16 + at)) {
            None => text + "Z",
            Some((time, zone)) if zone.len() == "+0000".len() => {
                format!("{time}{}:{}", &zone[..3], &zone[3..])
            }
            Some(_) => text,
        }
    }

    /// What RFC 3339 makes of it, cut to what a `datetime` can hold.
    fn by_rfc_3339(text: &str) -> Option<DateTime<Utc>> {
        let read = DateTime::parse_from_rfc3339(&completed(text)).ok()?;
        let fits = read.nanosecond() < 1_000_000_000 && (1..=9999).contains(&read.to_utc().year());
        fits.then(|| read.to_utc().trunc_subsecs(6))
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in ".*") {
            let _ = parse(&text);
        }

        #[test]
        fn whatever_rfc_3339_reads_is_read(
            date in "[0-9]{4}-[01][0-9]-[0-3][0-9][T ][0-2][0-9]:[0-6][0-9]",
            rest in r"(:[0-6][0-9](\.[0-9]{1,12})?)?(Z|[+-][0-2][0-9]:?[0-6][0-9])?",
        ) {
            let text = date + &rest;
            prop_assert_eq!(parse(&text), by_rfc_3339(&text), "{}", text);
        }

        #[test]
        fn what_is_read_is_what_rfc_3339_reads(
            date in "[0-9]{4}-[01][0-9]-[0-3][0-9][T ][0-2][0-9]:[0-6][0-9]",
            rest in r"(:[0-6][0-9](\.[0-9]{1,12})?)?(Z|[+-][0-2][0-9]:?[0-6][0-9])?",
        ) {
            let text = date + &rest;
            prop_assert_eq!(parse(&text), by_rfc_3339(&text));
        }

        #[test]
        fn what_is_almost_a_date_is_refused_or_read_alike(
            date in "20[0-9]{2}-0[1-9]-[12][0-9]T[01][0-9]:[0-5][0-9]",
            rest in r"[:. 0-9TZ+\t\u{2003}-]{0,9}",
        ) {
            let text = date + &rest;
            if let Some(read) = parse(&text) {
                prop_assert_eq!(Some(read), by_rfc_3339(&text), "{}", text);
            }
        }
    }
}
