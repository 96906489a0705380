//! Programs that `partnercenter_qual` is measured beside: reqwest, and raw hyper.
//!
//! Usage: `peers reqwest|hyper`, with a plan as JSON on standard input. They take the next customer when they
//! are through with one, so many at once, on a runtime of one thread, decode the answers, and print figures.

mod answer;
mod plan;
mod raw_hyper;
mod with_reqwest;

use std::error::Error;
use std::time::Instant;

use plan::{Plan, Queue};
use rustix::time::{ClockId, clock_gettime};

/// What may go wrong is told and ends the program.
type Outcome<T> = Result<T, Box<dyn Error>>;

/// Asks for customers, so many at once; how many qualifications were decoded is what comes back.
trait Client {
    async fn work(&mut self, queue: &Queue<'_>) -> Outcome<usize>;
}

fn cpu_seconds() -> f64 {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    #[expect(clippy::cast_precision_loss, reason = "seconds of one run")]
    let seconds = time.tv_sec as f64 + time.tv_nsec as f64 / 1e9;
    seconds
}

/// Measures a client once its connections are open.
async fn measure(plan: &Plan, client: &mut impl Client) -> Outcome<()> {
    let warm_up = plan.customers.len().min(2 * plan.concurrency);
    client.work(&Queue::new(&plan.customers[..warm_up])).await?;
    let (wall, cpu) = (Instant::now(), cpu_seconds());
    let count = client.work(&Queue::new(&plan.customers)).await?;
    let (wall, cpu) = (wall.elapsed().as_secs_f64(), cpu_seconds() - cpu);
    if count != plan.customers.len() {
        return Err(format!("{} customers were asked for, {count} answered", plan.customers.len()).into());
    }
    #[expect(clippy::cast_precision_loss, reason = "thousands")]
    let count = count as f64;
    println!("{}", serde_json::json!({"rate": count / wall, "cpu": cpu / count * 1e6}));
    Ok(())
}

async fn run() -> Outcome<()> {
    let plan = Plan::read(std::io::stdin().lock())?;
    match std::env::args().nth(1).as_deref() {
        Some("reqwest") => measure(&plan, &mut with_reqwest::Program::new(&plan)?).await,
        Some("hyper") => measure(&plan, &mut raw_hyper::Program::connect(&plan).await?).await,
        _ => Err("usage: peers reqwest|hyper".into()),
    }
}

fn main() -> Outcome<()> {
    tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(run())
}
