//! reqwest as it comes.

use futures_util::future::try_join_all;
use reqwest::header::{ACCEPT, AUTHORIZATION, HeaderMap, HeaderValue};

use crate::answer::{Qualification, decode};
use crate::plan::{Plan, Queue, path};
use crate::{Client, Outcome};

pub struct Program {
    client: reqwest::Client,
    url: String,
    concurrency: usize,
}

impl Program {
    pub fn new(plan: &Plan) -> Outcome<Self> {
        let mut headers = HeaderMap::new();
        headers.insert(AUTHORIZATION, HeaderValue::from_str(&plan.authorization)?);
        headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
        let client = reqwest::Client::builder().default_headers(headers).build()?;
        Ok(Self { client, url: plan.url.clone(), concurrency: plan.concurrency })
    }

    async fn get(&self, customer_id: &str) -> Outcome<Vec<Qualification>> {
        let link = format!("{}{}", self.url, path(customer_id));
        let answer = self.client.get(link).send().await?.error_for_status()?;
        decode(&answer.bytes().await?)
    }

    async fn take(&self, queue: &Queue<'_>) -> Outcome<Vec<Qualification>> {
        let mut found = Vec::new();
        while let Some(customer_id) = queue.next() {
            found.extend(self.get(customer_id).await?);
        }
        Ok(found)
    }
}

impl Client for Program {
    async fn work(&mut self, queue: &Queue<'_>) -> Outcome<usize> {
        let tasks = (0..self.concurrency).map(|_| self.take(queue));
        Ok(try_join_all(tasks).await?.iter().map(Vec::len).sum())
    }
}
