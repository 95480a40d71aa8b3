//! Size and headers of claviger's responses, so that the baselines respond alike.

use serde::{Deserialize, Serialize};

use crate::failure::{Attempt, while_doing};
use crate::servers::quickstart::Quickstart;
use crate::traffic::connection::{Answer, Connection};
use crate::traffic::request::{introspection_request, token_request};
use crate::traffic::tally::Expected;

#[derive(Serialize, Deserialize, Clone)]
pub struct Shape {
    /// Bytes of a token before the dot of its signature.
    pub signing_input: usize,
    pub token: AnswerShape,
    pub introspection: AnswerShape,
}

#[derive(Serialize, Deserialize, Clone)]
pub struct AnswerShape {
    pub body: usize,
    /// Without `Content-Length` and `Date`, which every server adds itself.
    pub headers: Vec<(String, String)>,
}

impl Shape {
    /// Requests one token and introspects it.
    pub fn observe(connection: &mut Connection, quickstart: &Quickstart) -> Attempt<Self> {
        let trouble = || while_doing("asking for the first token");
        let request = token_request(&quickstart.realm, &quickstart.service_credential);
        let answer = connection.exchange(&request).map_err(trouble())?;
        let token_shape = AnswerShape::of(&answer, Expected::Token)?;
        let token = access_token(answer.body)?;
        let signing_input = token.rfind('.').ok_or("The first token is not a JWT: it has no dot.")?;

        let request = introspection_request(quickstart, &token);
        let answer = connection.exchange(&request).map_err(while_doing("introspecting the first token"))?;
        let introspection = AnswerShape::of(&answer, Expected::ActiveToken)?;
        Ok(Self { signing_input, token: token_shape, introspection })
    }

    pub fn parse(json: &str) -> Attempt<Self> {
        serde_json::from_str(json).map_err(while_doing("reading the shape of the answers"))
    }

    pub fn to_json(&self) -> Attempt<String> {
        serde_json::to_string(self).map_err(while_doing("writing the shape of the answers"))
    }
}

impl AnswerShape {
    fn of(answer: &Answer<'_>, expected: Expected) -> Attempt<Self> {
        let wanted = String::from_utf8_lossy(expected.marker()).into_owned();
        let body = String::from_utf8_lossy(answer.body);
        if answer.status != 200 || !body.contains(&wanted) {
            return Err(format!("The first answer is {} and should be 200 with {wanted}.", answer.status));
        }
        let head = String::from_utf8_lossy(answer.head);
        let headers = head.lines().skip(1).filter_map(|line| {
            let (name, value) = line.split_once(':')?;
            let added_anyway = ["content-length", "date", "connection"];
            let is_added = added_anyway.iter().any(|known| name.eq_ignore_ascii_case(known));
            (!is_added).then(|| (name.to_owned(), value.trim().to_owned()))
        });
        Ok(Self { body: answer.body.len(), headers: headers.collect() })
    }
}

/// The token in a token endpoint's response.
pub fn access_token(body: &[u8]) -> Attempt<String> {
    #[derive(Deserialize)]
    struct Issued {
        access_token: String,
    }
    let issued: Issued = serde_json::from_slice(body).map_err(while_doing("reading a token's answer"))?;
    Ok(issued.access_token)
}
