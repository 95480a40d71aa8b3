//! Local sign-ins are told to every account holder, until they say that they know about it: nobody uses a break-glass
//! account unseen.

use std::sync::Arc;

use claviger_contract::Timestamp;

use crate::administration::error::AdministrationError;
use crate::administration::setting::{Administration, authorized, ensure_account_holder};
use crate::administration::sign_in::account::plan_account;
use crate::ledger::{Act, Plan, Right};
use crate::snapshot::RealmView;
use crate::store::Decision;
use claviger_domain::{AuditAction, LocalAccount, Member, MemberId, Role};

/// The last sign-in of one local account.
#[derive(Clone, Debug)]
pub struct ToldSignIn {
    pub member: Arc<Member>,
    pub at: Timestamp,
    pub has_second_factor: bool,
}

/// The latest first; none for who is no account holder. At most one for each account, and as many as there is room for.
pub fn list_told_sign_ins(
    administration: &Administration,
    act: &Act,
    room: usize,
) -> Result<Vec<ToldSignIn>, AdministrationError> {
    let reading = administration.read(act, Right::ReadOwn)?;
    let (realm, now) = (&reading.realm, reading.now);
    let caller = act.caller.find_member(realm, now)?;
    let Some(holder) = caller.filter(|caller| caller.has_role(Role::AccountHolder)) else {
        return Ok(Vec::new());
    };
    let told = |account: &Arc<LocalAccount>| {
        let at = account.sign_in_to_tell(holder.id, now)?;
        let member = realm.members.get(&account.id)?.clone();
        Some(ToldSignIn { member, at, has_second_factor: account.has_second_factor })
    };
    let mut all: Vec<ToldSignIn> = realm.local_accounts.values().filter_map(told).collect();
    all.sort_by_key(|told| (std::cmp::Reverse(told.at), told.member.id));
    all.truncate(room);
    Ok(all)
}

/// `at` is the sign-in that the account holder was shown. A later one is told anew.
pub fn acknowledge_sign_in(
    administration: &Administration,
    act: &Act,
    id: MemberId,
    at: Timestamp,
) -> Result<(), AdministrationError> {
    let committed = administration.ledger.act(|scene| {
        let (realm, actor) = authorized(scene, act, Right::ManageOwn)?;
        let needed = "account_holder: only account holders are told of local sign-ins";
        ensure_account_holder(realm, act, scene.now, needed)?;
        let caller = act.caller.find_member(realm, scene.now)?;
        let holder = caller.ok_or(AdministrationError::NotFound("member"))?;
        let told = realm
            .local_accounts
            .get(&id)
            .filter(|account| account.sign_in_to_tell(holder.id, scene.now).is_some_and(|last| last == at));
        let (Some(account), Some(member)) = (told, realm.members.get(&id)) else {
            return Ok(Decision::Nothing(()));
        };
        let known_to = account.known_to.iter().copied().filter(|known| is_holder(realm, *known));
        let known_to = known_to.chain([holder.id]).collect();
        let account = LocalAccount { known_to, ..(**account).clone() };
        let mut plan = Plan::new(scene, act, actor);
        plan_account(realm, &mut plan, AuditAction::LocalAccountAcknowledge, member, account, None);
        Ok::<_, AdministrationError>(plan.decide(()))
    })?;
    let () = committed.outcome;
    Ok(())
}

/// Others are forgotten, so that the list stays short.
fn is_holder(realm: &RealmView, id: MemberId) -> bool {
    realm.members.get(&id).is_some_and(|member| member.has_role(Role::AccountHolder))
}
