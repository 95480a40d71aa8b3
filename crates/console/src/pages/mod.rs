//! One file per page: what it shows, and its template.

mod account;
mod act;
mod audit;
mod choose_realm;
mod confirm;
mod members;
mod no_permission;
mod overview;
mod problem;
mod realm;
mod second_factor;
mod service_credentials;
mod set_password;
mod sign_in;
mod sign_in_code;
mod tokens;
mod vault;
mod webhooks;

pub use account::{AccountPage, OwnLocalAccount, SessionRow};
pub use act::{ActPage, ImpactLine};
pub use audit::{AuditEventPage, AuditPage, AuditRow, ChainState};
pub use choose_realm::{ChooseRealmPage, RealmChoice};
pub use confirm::ConfirmPage;
pub use members::*;
pub use no_permission::{Denied, NoPermissionPage};
pub use overview::{AttentionAct, AttentionLine, LastRevocation, MAX_ATTENTION, OverviewPage, RealmOverview};
pub use problem::{Problem, ProblemPage, ProblemPageInRealm};
pub use realm::*;
pub use second_factor::{RecoveryCodesPage, SecondFactorPage};
pub use service_credentials::*;
pub use set_password::{InvitedMember, SetPasswordPage};
pub use sign_in::{SignInError, SignInNote, SignInPage};
pub use sign_in_code::{CodeKind, SignInCodePage};
pub use tokens::*;
pub use vault::*;
pub use webhooks::*;
