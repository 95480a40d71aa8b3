//! The sign-in of the command line: its page, and the address at which it waits for the answer on its own machine.

use super::address::Address;
use super::realm::Links;

/// What `claviger login` names in the address that it opens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommandLineRequest {
    pub challenge: String,
    /// What people call the machine.
    pub device: String,
    /// `None` if the member copies a code to the terminal.
    pub loopback: Option<Loopback>,
}

/// Always the machine of the browser, at a numeric port: an answer leads nowhere else (RFC 8252 §7.3).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Loopback {
    pub port: u16,
    /// By which the command line recognizes the answer.
    pub state: String,
}

impl Links {
    /// POST: the same as the query of [`Links::ask_command_line`].
    pub fn command_line(&self) -> Address {
        self.below("/cli")
    }

    /// GET asks.
    pub fn ask_command_line(&self, request: &CommandLineRequest) -> Address {
        let fields = request.fields();
        fields.iter().fold(self.command_line(), |address, (name, value)| address.with(name, value))
    }
}

impl CommandLineRequest {
    /// Of the query and of the form.
    pub fn fields(&self) -> Vec<(&'static str, String)> {
        let mut fields = vec![("challenge", self.challenge.clone()), ("name", self.device.clone())];
        if let Some(Loopback { port, state }) = &self.loopback {
            fields.extend([("port", port.to_string()), ("state", state.clone())]);
        }
        fields
    }
}

impl Loopback {
    pub fn approved(&self, code: &str) -> Address {
        self.address().with("code", code).with("state", &self.state)
    }

    /// As an authorization server says it (RFC 6749 §4.1.2.1).
    pub fn denied(&self) -> Address {
        self.address().with("error", "access_denied").with("state", &self.state)
    }

    fn address(&self) -> Address {
        Address::new(format!("http://127.0.0.1:{}/", self.port))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::links::Site;

    #[test]
    fn answers_lead_to_the_loopback_address_whatever_is_in_them() {
        let loopback = Loopback { port: 40_123, state: "a@evil.example/#&code=x".to_owned() };
        assert_eq!(
            loopback.approved("k.c&d").as_str(),
            "http://127.0.0.1:40123/?code=k.c%26d&state=a%40evil.example%2F%23%26code%3Dx"
        );
        assert!(
            loopback.denied().as_str().starts_with("http://127.0.0.1:40123/?error=access_denied&state=a%40")
        );
    }

    #[test]
    fn request_reads_back_from_its_address() {
        let links = Site::default().realm("acme");
        let request = CommandLineRequest {
            challenge: "c".to_owned(),
            device: "build & test".to_owned(),
            loopback: None,
        };
        assert_eq!(
            links.ask_command_line(&request).as_str(),
            "/console/acme/cli?challenge=c&name=build+%26+test"
        );
    }
}
