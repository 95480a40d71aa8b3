//! Validating a hundred stored credentials with a provider that answers after 20 ms.

use std::path::Path;
use std::time::{Duration, Instant};

use serde_json::json;

use claviger_testkit::gitlab::GitLab;

use crate::failure::Attempt;
use crate::growth::Caller;
use crate::servers::claviger::Launch;
use crate::servers::cores::Cores;
use crate::statistics::milliseconds;
use crate::table::{Row, Verdict};
use crate::traffic::generator::closed_loop;
use crate::traffic::request::Requests;
use crate::traffic::tally::Expected;
use crate::vault::scene::{created, post, unverified};

const CREDENTIALS: usize = 100;
/// As many as the server asks at once for one realm.
const AT_ONCE: usize = 8;
const PROVIDER_TAKES: Duration = Duration::from_millis(20);
const GOAL: Duration = Duration::from_secs(3);

pub fn row(cores: Cores, binary: &Path, folder: &Path) -> Attempt<Row> {
    let gitlab = GitLab::start();
    gitlab.knows("glpat-of-the-bench", &["read_api"]);
    gitlab.set_delay(PROVIDER_TAKES);
    let launch = Launch::new(binary, folder.join("validations"));
    let claviger = launch.with("CLAVIGER_VAULT_ALLOWED_HOSTS", gitlab.address.to_string()).start(cores)?;
    let mut caller = Caller::of(&claviger)?;
    let fields = json!({"url": gitlab.url(), "token": "glpat-of-the-bench"});
    let token = &claviger.quickstart.owner.personal_access_token;
    let request = |index: usize| {
        let body = unverified(&format!("validated-{index}"), "gitlab_self_managed", &fields);
        let id = created(&mut caller, "/source-credentials", &body)?;
        Ok(post(&claviger, &format!("/source-credentials/{id}/validate"), token))
    };
    let mut requests = Requests::each_once((0..CREDENTIALS).map(request).collect::<Attempt<_>>()?);
    let mut pool = claviger.connect(AT_ONCE)?;
    let began = Instant::now();
    let tally = closed_loop(&mut pool, &mut requests, Expected::ValidCredential, GOAL * 10)?;
    let took = began.elapsed();
    let asked = gitlab.requests();
    let mut row = Row::new("validating 100 credentials, provider answers after 20 ms", "≤ 3 s");
    row.claviger = milliseconds(took.as_secs_f64());
    let least = PROVIDER_TAKES * u32::try_from(asked / AT_ONCE).unwrap_or(u32::MAX);
    row.beside = format!("the provider's answers, 8 at once: {}", milliseconds(least.as_secs_f64()));
    row.verdict = Verdict::of(took <= GOAL && tally.faults.total() == 0);
    row.notes.push(format!("{asked} requests to the provider"));
    row.notes.extend((tally.faults.total() > 0).then(|| format!("wrong answers: {}", tally.faults)));
    Ok(row)
}
