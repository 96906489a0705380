//! What the emulator remembers of the requests it had.

use crate::emulator_support::{Answer, Service, education, qualifications};

#[tokio::test]
async fn the_journal_has_every_request_and_no_token() {
    let service = Service::manual().await;
    let customer = service.customer(0);
    let request = service.posting(customer, &education());
    Answer::to(request.header("MS-RequestId", "r1").header("MS-CorrelationId", "c1")).await.unwrap();
    let answer = service.get("/v1/customers?size=1").await;
    let journal = service.emulator.journal();
    let (first, second) = (&journal[0], &journal[1]);
    assert_eq!((first.method.as_str(), first.path.as_str()), ("POST", qualifications(customer).as_str()));
    assert_eq!((first.customer_id, first.status), (Some(customer), Some(201)));
    assert_eq!((first.request_id.as_str(), first.correlation_id.as_str()), ("r1", "c1"));
    assert_eq!((second.path.as_str(), second.customer_id), ("/v1/customers?size=1", None));
    assert_eq!(second.request_id, answer.header("MS-RequestId"));
    assert!(!format!("{journal:?}").contains(&service.token));
    let effect = &service.emulator.effects()[0];
    assert_eq!((effect.customer_id, effect.request_id.as_str()), (customer, "r1"));
    assert_eq!(effect.at, first.at);
}
