//! moto's server with its checks of signatures and policies: real requests to AWS, answered on this machine.

use std::fs;
use std::io;
use std::net::SocketAddr;
use std::process::Command;
use std::sync::Arc;

use claviger_vault::{
    Authorities, ListState, ListedHosts, Lookup, Outbound, OutboundClient, OutboundSettings, Outcome,
    Request, Validation,
};
use serde_json::json;
use url::Url;
use url::form_urlencoded::Serializer;

use crate::provider::Provider;
use crate::server::{Place, Server, installed};

const HOSTS: [&str; 3] =
    ["iam.amazonaws.com", "sts.eu-central-1.amazonaws.com", "codedeploy.eu-central-1.amazonaws.com"];
const LIST: &str = "codedeploy:ListDeployments";
const READ: &str = "codedeploy:BatchGetDeployments";
const APPLICATIONS: &str = "codedeploy:ListApplications";

/// Every name is this server.
#[derive(Debug)]
struct Here(u16);

impl Lookup for Here {
    fn addresses(&self, _: &str, _: u16) -> io::Result<Vec<SocketAddr>> {
        Ok(vec![([127, 0, 0, 1], self.0).into()])
    }
}

struct Aws {
    server: Server,
    authority: String,
}

struct AccessKey {
    id: String,
    secret: String,
}

impl Aws {
    fn start() -> Self {
        let certified = rcgen::generate_simple_self_signed(HOSTS.map(str::to_owned)).unwrap();
        let place = Place::new();
        let (certificate, key) = (place.path("certificate.pem"), place.path("key.pem"));
        fs::write(&certificate, certified.cert.pem()).unwrap();
        fs::write(&key, certified.signing_key.serialize_pem()).unwrap();
        let port = place.port.to_string();
        let mut command = Command::new(installed("moto_server", &[".tools/moto/bin"]));
        command.args(["--host", "127.0.0.1", "--port", &port, "--ssl-cert", &certificate, "--ssl-key", &key]);
        Self { server: place.start(&mut command), authority: certified.cert.pem() }
    }

    fn client(&self) -> OutboundClient {
        OutboundClient::new(OutboundSettings {
            listed_hosts: ListedHosts::new(HOSTS).unwrap(),
            authorities: Authorities::of_pem(self.authority.as_bytes()).unwrap(),
            lookup: Arc::new(Here(self.server.port)),
            ..OutboundSettings::default()
        })
    }

    fn post(&self, url: &str, content_type: &str, body: String) -> String {
        let sender =
            "AWS4-HMAC-SHA256 Credential=admin/20261130/us-east-1/iam/aws4_request, SignedHeaders=host";
        let headers = [("authorization", sender), ("content-type", content_type)];
        let headers = headers.map(|(name, value)| (name.to_owned(), value.to_owned().into())).to_vec();
        let (url, body) = (Url::parse(url).unwrap(), body.into_bytes().into());
        let response = self.client().send(&Request { method: "POST", url, headers, body }).unwrap();
        let text = String::from_utf8(response.body).unwrap();
        assert_eq!(response.status, 200, "{text}");
        text
    }

    fn manage_access(&self, parameters: &[(&str, &str)]) -> String {
        let version = [("Version", "2010-05-08")];
        let body = Serializer::new(String::new()).extend_pairs(parameters).extend_pairs(version).finish();
        self.post("https://iam.amazonaws.com/", "application/x-www-form-urlencoded", body)
    }

    /// The access key of a new user who may do this alone.
    fn user(&self, name: &str, actions: &[&str]) -> AccessKey {
        let policy = json!({
            "Version": "2012-10-17",
            "Statement": [{ "Effect": "Allow", "Action": actions, "Resource": "*" }],
        });
        self.manage_access(&[("Action", "CreateUser"), ("UserName", name)]);
        self.manage_access(&[
            ("Action", "PutUserPolicy"),
            ("UserName", name),
            ("PolicyName", "deployments"),
            ("PolicyDocument", &policy.to_string()),
        ]);
        let made = self.manage_access(&[("Action", "CreateAccessKey"), ("UserName", name)]);
        let member = |name: &str| {
            let (_, rest) = made.split_once(&format!("<{name}>")).unwrap();
            rest.split_once('<').unwrap().0.to_owned()
        };
        AccessKey { id: member("AccessKeyId"), secret: member("SecretAccessKey") }
    }

    /// From now on, signatures and policies decide.
    fn check_access(&self) {
        self.post("https://iam.amazonaws.com/moto-api/reset-auth", "text/plain", "0".to_owned());
    }

    fn validate(&self, key: &AccessKey) -> Validation {
        let fields =
            json!({ "region": "eu-central-1", "access_key_id": key.id, "secret_access_key": key.secret });
        let validation =
            Provider::new("codedeploy", "access_key", fields, vec![]).validate_through(&self.client());
        assert!(!format!("{validation:?}").contains(&key.secret));
        validation
    }
}

// F33
#[test]
fn access_keys_are_judged_by_signature_and_policy() {
    let aws = Aws::start();
    let good = aws.user("good", &[LIST, READ, APPLICATIONS]);
    let exact = aws.user("exact", &[LIST, READ]);
    let weak = aws.user("weak", &[LIST]);
    let stranger = aws.user("stranger", &["s3:GetObject"]);
    aws.check_access();

    let found = aws.validate(&good);
    assert_eq!(found.outcome, Outcome::Ok, "{found:#?}");
    assert!(found.is_valid(), "{found:#?}");
    assert_eq!(found.discoveries[0].state, ListState::Listed, "{found:#?}");
    let found = aws.validate(&exact);
    assert_eq!((found.outcome, found.discoveries[0].state), (Outcome::Ok, ListState::Refused), "{found:#?}");

    for (key, missing) in [(&weak, &[READ][..]), (&stranger, &[LIST, READ])] {
        let found = aws.validate(key);
        assert_eq!(found.outcome, Outcome::InsufficientPermission, "{found:#?}");
        let labels: Vec<&str> = found.missing().collect();
        assert_eq!(labels.len(), missing.len(), "{found:#?}");
        assert!(labels.iter().zip(missing).all(|(label, action)| label.contains(action)), "{found:#?}");
    }

    let wrong = AccessKey { id: good.id.clone(), secret: weak.secret.clone() };
    let unknown = AccessKey { id: "AKIAUNKNOWN123456789".to_owned(), secret: good.secret.clone() };
    for key in [wrong, unknown] {
        let found = aws.validate(&key);
        assert_eq!(found.outcome, Outcome::InvalidCredential, "{found:#?}");
    }
}
