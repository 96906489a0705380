//! Every sample body, through the public client and over a socket.

use partnercenter_qual::model::{Qualification, QualificationRequest};
use partnercenter_qual::query::{AuditQuery, CustomerQuery};
use partnercenter_qual::{Error, Pages};
use serde_json::{Value, json};

use crate::client_support::{api_error, customer, scripted_client};
use crate::scripted::{Scripted, answer, ok};
use crate::wire_form;

/// Where every next link among the samples leads, whatever its form.
const SECOND_PAGE: [&str; 2] = [
    "/v1/customers?size=1&seekOperation=Next",
    "/v1/auditrecords?startDate=2026-02-01&size=2&seekOperation=Next",
];

struct Sample {
    name: String,
    kind: String,
    status: u16,
    body: Vec<u8>,
    expect: Value,
}

fn samples() -> Vec<Sample> {
    let folder = format!("{}/tests/data", env!("CARGO_MANIFEST_DIR"));
    let index = std::fs::read(format!("{folder}/samples.json")).expect("the index");
    let index: Vec<Value> = serde_json::from_slice(&index).expect("JSON");
    let read = |row: &Value| {
        let text = |name: &str| row[name].as_str().expect("a string").to_owned();
        Sample {
            name: text("name"),
            kind: text("kind"),
            status: row["status"].as_u64().map_or(200, |status| status.try_into().expect("a status")),
            body: std::fs::read(format!("{folder}/{}", text("file"))).expect("the body"),
            expect: row["expect"].clone(),
        }
    };
    index.iter().map(read).collect()
}

#[tokio::test]
async fn every_sample_decodes_to_what_the_index_says() {
    let samples = samples();
    assert!(samples.len() > 60, "{} samples", samples.len());
    for sample in samples {
        let decoded = match sample.kind.as_str() {
            "qualifications" => qualifications(&sample).await,
            "qualification" => qualification(&sample).await,
            "qualification_type" => qualification_type(&sample).await,
            "request" => request(&sample).await,
            "validation_codes" => validation_codes(&sample).await,
            "customer" => one_customer(&sample).await,
            "customers" => customers(&sample).await,
            "audit_records" => audit_records(&sample).await,
            "fault" => fault(&sample).await,
            "undecodable" => undecodable(&sample).await,
            "token" => continue, // the API never answers one
            other => panic!("{}: unknown kind {other}", sample.name),
        };
        assert_eq!(decoded, sample.expect, "{}", sample.name);
    }
}

async fn serve(sample: &Sample) -> Scripted {
    Scripted::answering(vec![answer(sample.status, &[], &sample.body)]).await
}

async fn read(server: &Scripted) -> Vec<Qualification> {
    scripted_client(server).get_qualifications(customer()).await.expect("qualifications")
}

async fn qualifications(sample: &Sample) -> Value {
    read(&serve(sample).await).await.iter().map(wire_form::qualification).collect()
}

async fn qualification(sample: &Sample) -> Value {
    let server = serve(sample).await;
    wire_form::qualification(&ask(&server, &wanted(&sample.expect)).await)
}

async fn ask(server: &Scripted, wanted: &QualificationRequest) -> Qualification {
    let asked = scripted_client(server).update_qualification(customer(), wanted, None).await;
    asked.expect("a qualification")
}

/// A good request for the qualification in `expect`.
fn wanted(expect: &Value) -> QualificationRequest {
    let qualification = expect["qualification"].as_str().expect("a string");
    let segment = (qualification == "Education").then_some("K12");
    let code = (qualification == "GovernmentCommunityCloud").then_some("12345");
    QualificationRequest::new(qualification, segment, None, code).expect("a good request")
}

/// The answer of the retired call, as a member of an answer of today's.
async fn qualification_type(sample: &Sample) -> Value {
    let body = [b"[{\"qualification\":", sample.body.as_slice(), b"}]"].concat();
    let server = Scripted::answering(vec![ok(&body)]).await;
    read(&server).await[0].qualification.as_str().into()
}

/// What is sent when the same is asked for; Education without its segment never is.
async fn request(sample: &Sample) -> Value {
    let text = |name: &str| sample.expect[name].as_str();
    let qualification = text("qualification").expect("a string");
    let wanted = QualificationRequest::new(
        qualification,
        text("educationSegment"),
        text("website"),
        text("validationCode"),
    );
    let wanted = match wanted {
        Ok(wanted) => wanted,
        Err(Error::InvalidArgument(refusal)) if refusal.field == "education_segment" => {
            return json!({"qualification": qualification});
        }
        Err(other) => panic!("{}: {other}", sample.name),
    };
    let created = json!({"qualification": qualification}).to_string();
    let server = Scripted::answering(vec![answer(201, &[], created.as_bytes())]).await;
    ask(&server, &wanted).await;
    serde_json::from_slice(&server.requests()[0].body).expect("JSON")
}

async fn validation_codes(sample: &Sample) -> Value {
    let server = serve(sample).await;
    let codes = scripted_client(&server).list_validation_codes().await.expect("codes");
    codes.iter().map(wire_form::validation_code).collect()
}

async fn one_customer(sample: &Sample) -> Value {
    let server = serve(sample).await;
    wire_form::customer(&scripted_client(&server).get_customer(customer()).await.expect("a customer"))
}

async fn customers(sample: &Sample) -> Value {
    let server = two_pages(sample).await;
    let pages = scripted_client(&server).list_customers(&CustomerQuery::default());
    page(sample, &server, pages, wire_form::customer).await
}

async fn audit_records(sample: &Sample) -> Value {
    let server = two_pages(sample).await;
    let query = AuditQuery::new("2026-02-01", None, None).expect("a good query");
    let pages = scripted_client(&server).list_audit_records(&query);
    page(sample, &server, pages, wire_form::audit_record).await
}

async fn two_pages(sample: &Sample) -> Scripted {
    Scripted::answering(vec![ok(&sample.body), ok(br#"{"items":[]}"#)]).await
}

/// The items of a page, and its link as far as it was followed.
async fn page<T>(
    sample: &Sample,
    server: &Scripted,
    mut pages: Pages<T>,
    wire_form: fn(&T) -> Value,
) -> Value {
    let items: Value = pages.next().await.expect("a page").expect("items").iter().map(wire_form).collect();
    let more = pages.next().await.expect("a page");
    let link = &sample.expect["next"];
    if link.is_null() {
        assert!(more.is_none(), "{}: there is no next page", sample.name);
        return json!({"items": items, "next": null});
    }
    let asked = &server.requests()[1];
    assert!(SECOND_PAGE.contains(&asked.target.as_str()), "{}: {}", sample.name, asked.target);
    let token = asked.header("ms-continuationtoken").expect("a token");
    json!({"items": items, "next": {"uri": link["uri"], "headers": {"MS-ContinuationToken": token}}})
}

async fn fault(sample: &Sample) -> Value {
    let server = serve(sample).await;
    let error = api_error(scripted_client(&server).get_qualifications(customer()).await);
    assert_eq!(error.status_code, sample.status, "{}", sample.name);
    let passing = matches!(sample.status, 408 | 429 | 500 | 502 | 503 | 504);
    assert_eq!(error.is_retryable, error.fault.is_retryable.unwrap_or(passing), "{}", sample.name);
    wire_form::fault(&error.fault)
}

async fn undecodable(sample: &Sample) -> Value {
    let server = serve(sample).await;
    let error = scripted_client(&server).get_qualifications(customer()).await.expect_err("no qualifications");
    assert!(matches!(error, Error::Decode(_)), "{}: {error}", sample.name);
    Value::Null
}
