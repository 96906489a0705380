//! What is wrong with a token or with a clock. Pure: the time is told, not asked for.

use chrono::{DateTime, TimeDelta, Utc};

use super::{Claims, Kind, Problem};

/// Partner Center as the audience of a token may name it, too.
const APPLICATION_ID: &str = "fa3d9a0c-3fb0-42cc-9193-47c7ecd2edbd";

/// More than clocks that are kept right differ.
const TOLERANCE: TimeDelta = TimeDelta::seconds(60);

/// Less than that is soon over.
const SOON: TimeDelta = TimeDelta::minutes(5);

/// What a token is looked at against.
pub(super) struct Situation {
    /// For whom tokens have to be.
    pub(super) audience: String,
    /// What time it is by our clock.
    pub(super) now: DateTime<Utc>,
    /// By how much the service's clock is ahead of it, if known.
    pub(super) clock_skew: Option<TimeDelta>,
    /// When the token expires by our clock, as its credential had it.
    pub(super) life_end: Option<DateTime<Utc>>,
    /// Whether the client gets another token by itself.
    pub(super) can_renew: bool,
}

impl Situation {
    /// What time it is by the clock that counts.
    fn service_time(&self) -> DateTime<Utc> {
        self.now + self.clock_skew.unwrap_or_default()
    }
}

/// What each is reason enough for the service to refuse the token.
pub(super) fn flaws(
    claims: &Claims,
    expires_on: Option<DateTime<Utc>>,
    situation: &Situation,
) -> Vec<Problem> {
    let now = situation.service_time();
    let is_over = |expiry: &DateTime<Utc>| *expiry <= now && ahead_of_issuer(claims, situation).is_none();
    let expired = expires_on.filter(is_over).map(|expiry| {
        let problem = format!("the token expired {} ago, at {}", length(now - expiry), moment(expiry));
        let cure = if situation.can_renew {
            "have the credential give a fresh token: this one had expired when it came, or has since"
        } else {
            RENEW
        };
        Problem::new(problem, cure)
    });
    let early =
        claims.not_before.filter(|start| *start > now + TOLERANCE && !issued_later(claims, situation));
    let early = early.map(|start| {
        Problem::new(
            format!("the token is not valid before {}", moment(start)),
            "wait until then, or get another token",
        )
    });
    let without_mfa = (claims.kind != Some(Kind::AppOnly) && claims.mfa == Some(false)).then(|| {
        let problem = "the user signed in without multi-factor authentication, and Partner Center refuses such tokens (900421)";
        Problem::new(problem, SIGN_IN)
    });
    [audience(claims, situation), expired, early, without_mfa].into_iter().flatten().collect()
}

/// What will be a problem soon, or makes others likely.
pub(super) fn warnings(
    claims: &Claims,
    expires_on: Option<DateTime<Utc>>,
    situation: &Situation,
) -> Vec<Problem> {
    let left = expires_on.map(|expiry| expiry - situation.service_time());
    let ends = left.filter(|left| !situation.can_renew && *left > TimeDelta::zero() && *left < SOON);
    let ends = ends.map(|left| {
        Problem::new(format!("the token expires in {}, and nothing renews it", length(left)), RENEW)
    });
    ends.into_iter().chain(clock(claims, situation)).collect()
}

/// The service counts the sign-in as one without a second factor, whatever the token says.
pub(super) fn not_compliant() -> Problem {
    Problem::new("the service does not count the sign-in as multi-factor (isMfaCompliant is false)", SIGN_IN)
}

const RENEW: &str =
    "get a new token, or use RefreshTokenCredential or ClientSecretCredential, which renew theirs";
const SIGN_IN: &str =
    "sign the user in again with multi-factor authentication, as DeviceCodeCredential lets you";
const CLOCK: &str = "set this machine's clock, best by NTP";

fn audience(claims: &Claims, situation: &Situation) -> Option<Problem> {
    let wanted = situation.audience.as_str();
    let is_right = |audience: &String| {
        let bare = audience.trim_end_matches('/');
        bare.eq_ignore_ascii_case(wanted) || bare.eq_ignore_ascii_case(APPLICATION_ID)
    };
    if claims.audience.is_empty() || claims.audience.iter().any(is_right) {
        return None;
    }
    let named = claims.audience.join(" ");
    let history =
        if named.contains("graph.windows.net") { ", which is no longer accepted (900420)" } else { "" };
    let cure = format!("get a token for the audience {wanted}, which our credentials ask for");
    Some(Problem::new(format!("the token is for {named}{history}, not for {wanted}"), cure))
}

/// Whether the clocks differ: as the service's `Date` has it, else as the token's own date does.
fn clock(claims: &Claims, situation: &Situation) -> Option<Problem> {
    let ahead = match situation.clock_skew {
        Some(ahead) => ahead,
        None if issued_later(claims, situation) => claims.issued_at? - situation.now,
        None => -ahead_of_issuer(claims, situation)?,
    };
    let how = match ahead {
        _ if ahead > TOLERANCE => "behind",
        _ if ahead < -TOLERANCE => "ahead of",
        _ => return None,
    };
    let whose = if situation.clock_skew.is_some() { "the service's" } else { "that of the token's issuer" };
    Some(Problem::new(format!("this machine's clock is {} {how} {whose}", length(ahead)), CLOCK))
}

/// By how much the token's own end is before the one that its life leads to, and we know no better clock.
fn ahead_of_issuer(claims: &Claims, situation: &Situation) -> Option<TimeDelta> {
    let ahead = situation.life_end? - claims.expires_on?;
    (ahead > TOLERANCE && situation.clock_skew.is_none()).then_some(ahead)
}

/// Whether the token comes from the future by our clock, and we know no better one.
fn issued_later(claims: &Claims, situation: &Situation) -> bool {
    let is_future = claims.issued_at.is_some_and(|issued| issued > situation.now + TOLERANCE);
    is_future && situation.clock_skew.is_none()
}

fn moment(time: DateTime<Utc>) -> String {
    time.format("%Y-%m-%d %H:%M:%S UTC").to_string()
}

fn length(time: TimeDelta) -> String {
    match time.num_seconds().abs() {
        seconds @ ..120 => format!("{seconds} s"),
        seconds @ 120..7200 => format!("{} min", seconds / 60),
        seconds @ 7200..172_800 => format!("{} h", seconds / 3600),
        seconds => format!("{} days", seconds / 86400),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> DateTime<Utc> {
        DateTime::from_timestamp(1_800_000_000, 0).unwrap()
    }

    fn situation(clock_skew: Option<i64>) -> Situation {
        let audience = "https://api.partnercenter.microsoft.com".to_owned();
        Situation {
            audience,
            now: now(),
            clock_skew: clock_skew.map(TimeDelta::seconds),
            life_end: None,
            can_renew: false,
        }
    }

    fn good() -> Claims {
        let at = |offset| Some(now() + TimeDelta::seconds(offset));
        Claims {
            audience: vec!["https://api.partnercenter.microsoft.com".to_owned()],
            kind: Some(Kind::AppAndUser),
            mfa: Some(true),
            issued_at: at(-600),
            not_before: at(-900),
            expires_on: at(3000),
            ..Claims::default()
        }
    }

    /// What is said of a token, flaws and warnings alike.
    fn said(claims: &Claims, situation: &Situation) -> Vec<String> {
        let all =
            [flaws(claims, claims.expires_on, situation), warnings(claims, claims.expires_on, situation)];
        all.concat().into_iter().map(|found| found.problem).collect()
    }

    #[test]
    fn a_token_that_came_just_now_is_not_expired_but_our_clock_ahead() {
        let expired = Claims { expires_on: Some(now() - TimeDelta::seconds(600)), ..good() };
        let life_end = Some(now() + TimeDelta::seconds(3000));
        let offline = Situation { life_end, ..situation(None) };
        assert_eq!(
            said(&expired, &offline),
            ["this machine's clock is 60 min ahead of that of the token's issuer"]
        );
        let told = Situation { life_end, ..situation(Some(0)) };
        assert!(said(&expired, &told)[0].starts_with("the token expired 10 min ago"));
    }

    #[test]
    fn nothing_is_wrong_with_a_good_token_or_one_that_says_nothing() {
        for claims in [good(), Claims::default()] {
            for skew in [None, Some(0), Some(60), Some(-60)] {
                assert_eq!(said(&claims, &situation(skew)), [""; 0]);
            }
        }
    }

    #[test]
    fn whom_it_is_for() {
        let of = |audience: &str| {
            let claims = Claims { audience: vec![audience.to_owned()], ..good() };
            said(&claims, &situation(None)).join("")
        };
        for right in ["https://API.partnercenter.microsoft.com/", APPLICATION_ID] {
            assert_eq!(of(right), "");
        }
        assert!(of("https://graph.windows.net").contains("no longer accepted (900420)"));
        assert!(
            of("https://graph.microsoft.com")
                .starts_with("the token is for https://graph.microsoft.com, not")
        );
        let several = ["x".to_owned(), APPLICATION_ID.to_owned()].to_vec();
        assert_eq!(said(&Claims { audience: several, ..good() }, &situation(None)), [""; 0]);
    }

    #[test]
    fn when_it_holds_by_the_clock_that_counts() {
        let with = |expires: i64, skew| {
            let claims = Claims { expires_on: Some(now() + TimeDelta::seconds(expires)), ..good() };
            said(&claims, &situation(skew)).join("; ")
        };
        assert!(with(0, None).starts_with("the token expired 0 s ago, at 2027-01-15 08:00:00 UTC"));
        assert!(with(-7200, None).starts_with("the token expired 2 h ago"));
        assert_eq!(with(299, None), "the token expires in 4 min, and nothing renews it");
        assert_eq!(with(300, None), "");
        assert!(with(3000, Some(3601)).starts_with("the token expired 10 min ago"));
        assert_eq!(with(-30, Some(-59)), "the token expires in 29 s, and nothing renews it");
        let late = Claims { not_before: Some(now() + TimeDelta::seconds(61)), ..good() };
        assert_eq!(said(&late, &situation(None)), ["the token is not valid before 2027-01-15 08:01:01 UTC"]);
        assert_eq!(said(&late, &situation(Some(1))), [""; 0]);
    }

    #[test]
    fn what_is_renewed_may_expire_soon() {
        let claims = Claims { expires_on: Some(now() + TimeDelta::seconds(5)), ..good() };
        let renewed = Situation { can_renew: true, ..situation(None) };
        assert_eq!(said(&claims, &renewed), [""; 0]);
        let late = Situation { now: now() + SOON, ..renewed };
        assert!(flaws(&claims, claims.expires_on, &late)[0].cure.contains("credential"));
    }

    #[test]
    fn whose_clock_is_wrong() {
        let behind = "this machine's clock is 4 min behind the service's";
        assert_eq!(said(&good(), &situation(Some(241))), [behind]);
        let ahead = "this machine's clock is 61 s ahead of the service's";
        assert_eq!(said(&good(), &situation(Some(-61))), [ahead]);
        let future = |seconds| Some(now() + TimeDelta::seconds(seconds));
        let claims = Claims { issued_at: future(180), not_before: future(180), ..good() };
        assert_eq!(
            said(&claims, &situation(None)),
            ["this machine's clock is 3 min behind that of the token's issuer"]
        );
    }

    #[test]
    fn a_second_factor_is_the_users_alone() {
        let without = Claims { mfa: Some(false), ..good() };
        assert!(said(&without, &situation(None))[0].contains("900421"));
        let app = Claims { kind: Some(Kind::AppOnly), ..without };
        assert_eq!(said(&app, &situation(None)), [""; 0]);
    }
}
