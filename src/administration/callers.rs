//! Who a request comes from.

use claviger_api::CallerView;

use crate::administration::error::AdministrationError;
use crate::administration::member_tokens::tokens::view;
use crate::administration::members;
use crate::administration::setting::Administration;
use crate::ledger::{Act, Caller, Right};

/// The member as whom the request acts, and the token that it presents. Every member may ask.
pub fn find_caller(administration: &Administration, act: &Act) -> Result<CallerView, AdministrationError> {
    let reading = administration.read(act, Right::ReadOwn)?;
    let member = act.caller.find_member(&reading.realm, reading.now)?;
    let token = match &act.caller {
        Caller::Member { token, .. } => reading.realm.member_tokens.get(token),
        _ => None,
    };
    let (Some(member), Some(token)) = (member, token) else {
        return Err(AdministrationError::NotFound("member"));
    };
    Ok(CallerView {
        realm: reading.realm.record.label.clone(),
        member: members::view(&reading.realm, &member, reading.now),
        token: view(token, reading.realm.cut, reading.now),
    })
}
