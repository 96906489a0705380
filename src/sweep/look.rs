//! What a sweep does in the background: it lists customers, and looks at each.

use std::sync::Arc;

use chrono::Utc;
use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;

use super::board::Board;
use super::{Row, Target};
use crate::client::Client;
use crate::error::{Error, Refusal};
use crate::model::CustomerId;
use crate::query::CustomerQuery;

/// Looks at customers, as many at a time as the sweep allows, until there are no more.
///
/// Each that is looked at at a time has a loop of its own, which stays where it is: nothing is made or
/// moved for a customer but the call itself.
pub(super) fn at_all(board: &Arc<Board>, client: &Client) -> impl Future<Output = ()> + Send + use<> {
    let loops: FuturesUnordered<_> =
        (0..board.concurrency()).map(|_| at_one_by_one(Arc::clone(board), client.clone())).collect();
    loops.collect()
}

async fn at_one_by_one(board: Arc<Board>, client: Client) {
    while let Some(begun) = board.begin().await {
        let row = at(&client, begun.target).await;
        board.add(begun.number, row, begun.place);
    }
}

pub(super) async fn at(client: &Client, target: Target) -> Row {
    let Target { given, customer } = target;
    let observed_at = Utc::now();
    let (customer_id, reply) = match parse(given.as_deref()) {
        Ok(id) => (id.to_string(), client.read_qualifications(id).await),
        Err(error) => (given.unwrap_or_default(), Err(error)),
    };
    let context = reply.as_ref().ok().map(|reply| reply.context.clone());
    let outcome = reply.map(|reply| reply.value);
    Row { customer_id, customer, outcome, context, observed_at }
}

pub(super) fn parse(given: Option<&str>) -> Result<CustomerId, Error> {
    let no_id = || Refusal::missing("customer_id", "give every customer an id");
    CustomerId::parse(given.ok_or_else(no_id)?)
}

/// Lists the partner's customers, a page ahead of who looks at them.
pub(super) async fn list(board: Arc<Board>, client: Client) {
    let mut pages = client.list_customers(&CustomerQuery::default());
    loop {
        board.until_few().await;
        match pages.next().await {
            Ok(Some(customers)) => {
                board.feed(customers.into_iter().map(Target::from));
            }
            Ok(None) => return board.finish(),
            Err(error) => return board.fail(error),
        }
    }
}
