//! `claviger logout`: ends what `claviger login` began.

use clap::Args;
use clap::builder::FalseyValueParser;
use serde_json::json;

use crate::commands::sign_in::made_token::revoke;
use crate::failure::{Exit, Failure};
use crate::server::profile::{MadeToken, Profile};
use crate::server::profile_files::ProfileFile;
use crate::terminal::output::Output;
use crate::values::profile_choice::ProfileFlag;
use crate::values::shared_flags::{JsonFlag, Settled};

/// Revoke the token that `claviger login` had made, and delete what it saved
///
/// A personal access token or client key that was given to `claviger login` stays valid. What is saved is deleted even if
/// the server cannot be reached.
#[derive(Debug, Args)]
pub struct LogoutCommand {
    #[command(flatten)]
    profile: ProfileFlag,

    /// Allow unencrypted http to other machines; secrets can be read in transit
    #[arg(long, env = "CLAVIGER_INSECURE", hide_env_values = true, value_parser = FalseyValueParser::new())]
    insecure: bool,

    #[command(flatten)]
    form: JsonFlag,
}

/// What became of the token.
enum Ended {
    Revoked,
    /// It was revoked or expired before.
    Already,
    Failed(MadeToken, Failure),
    /// It was not made for this sign-in.
    NotOurs,
}

impl LogoutCommand {
    pub fn run(self, output: &mut Output) -> Result<(), Failure> {
        output.prefer_json(self.form.json);
        let choice = self.profile.choice.as_ref();
        let file = ProfileFile::of(choice)?;
        // A damaged file is deleted too.
        let saved = file.and_then(|file| Profile::load_file(&file.path).ok().flatten());
        let ended = saved.map_or(Ended::NotOurs, |saved| ended(saved, self.insecure));
        let removed = Profile::remove(choice)?;
        let is_revoked = matches!(ended, Ended::Revoked | Ended::Already);
        let sentence = match (removed, &ended) {
            (false, _) => "Nothing was stored.",
            (true, Ended::Revoked) => "Signed out: the token is revoked, and the stored sign-in is removed.",
            (true, Ended::Already) => "Removed the stored sign-in. Its token had ended before.",
            (true, Ended::Failed(..)) => "Removed the stored sign-in.",
            (true, Ended::NotOurs) => {
                "Removed the stored sign-in. Its token is still valid: revoke it if it is no longer needed."
            }
        };
        output.report(sentence, &json!({ "removed": removed, "revoked": is_revoked }))?;
        if let Ended::Failed(made, failure) = ended {
            output.note(&format!(
                "Its token is still valid: {}. Revoke the personal access token {} in the console.",
                failure.message, made.id
            ));
        }
        Ok(())
    }
}

fn ended(saved: Profile, insecure: bool) -> Ended {
    let Some(made) = saved.made_token() else { return Ended::NotOurs };
    let revoked = Settled::of_profile(saved, insecure).and_then(|settled| revoke(&made, &settled));
    match revoked {
        Ok(()) => Ended::Revoked,
        Err(failure) if failure.exit == Exit::NotSignedIn => Ended::Already,
        Err(failure) => Ended::Failed(made, failure),
    }
}
