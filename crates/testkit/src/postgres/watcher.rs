//! The shell process that starts a server, and removes it when the test process ends in any way.

use std::io::{BufRead, BufReader, Read};
use std::os::unix::fs::chown;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{ChildStdin, Command, Stdio};

use crate::postgres::folder::PORT;
use crate::postgres::installed::user_to_become;

pub const SUPERUSER: &str = "postgres";

/// `fsync` stays on: tests that kill a server check its data on disk afterwards.
/// Text is collated by language, as on most servers: queries that need byte order must request it.
const SETTINGS: &str = "\
listen_addresses = ''
unix_socket_permissions = 0700
fsync = on
synchronous_commit = on
shared_buffers = 16MB
max_connections = 300
max_wal_size = 256MB
";

/// The watcher. It starts the server, prints `ready`, and then reads a pipe whose other end only the test process has.
/// The kernel closes that end even after `kill -9`. The watcher starts before the first file is written, so that a test
/// process that dies during the start leaves nothing behind either.
const WATCHER: &str = r#"
# ignored, so that neither Ctrl-C in the terminal nor a closed pipe ends the one who cleans up
trap '' HUP INT TERM PIPE
binaries=$1 folder=$2 superuser=$3 settings=$4 primary=$5
exec 2>&1
begin() {
    if [ -n "$primary" ]; then
        "$binaries/pg_basebackup" --pgdata=data --dbname="$primary" --write-recovery-conf --checkpoint=fast --no-sync
    else
        "$binaries/initdb" --pgdata=data --username="$superuser" --auth=trust --no-sync --encoding=UTF8 \
            --locale=C.UTF-8 --locale-provider=icu --icu-locale=en-US
    fi
}
cd "$folder" &&
begin >log 2>&1 &&
printf '%s' "$settings" >>data/postgresql.conf &&
"$binaries/pg_ctl" start --pgdata=data --wait --timeout=120 --log=log >start 2>&1
if [ $? -eq 0 ]; then
    echo ready
    read -r _
else
    cat log start 2>/dev/null
fi
"$binaries/pg_ctl" stop --pgdata=data --mode=immediate --wait --silent >/dev/null 2>&1
cd /
rm -rf "$folder"
"#;

/// Returns the write end of the watcher's pipe, once the server runs.
pub fn start_watched(
    binaries: &Path,
    folder: &Path,
    more_settings: &str,
    primary: &str,
) -> Result<ChildStdin, String> {
    let mut watcher = Command::new("/bin/sh");
    if let Some((user, group)) = user_to_become(folder)? {
        chown(folder, Some(user), Some(group))
            .map_err(|error| format!("cannot give {} to user {user}: {error}", folder.display()))?;
        watcher.uid(user).gid(group);
    }
    let mut watcher = watcher
        .args(["-c", WATCHER, "throw-away-postgresql"])
        .args([binaries, folder])
        .arg(SUPERUSER)
        .arg(format!(
            "{SETTINGS}{more_settings}port = {PORT}\nunix_socket_directories = '{}'\n",
            folder.display()
        ))
        .arg(primary)
        .env_clear()
        .env("PATH", "/usr/bin:/bin")
        .env("LC_ALL", "C.UTF-8")
        .current_dir("/")
        .process_group(0)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .map_err(|error| format!("cannot start /bin/sh for a throw-away PostgreSQL: {error}"))?;
    let (Some(alive), Some(words)) = (watcher.stdin.take(), watcher.stdout.take()) else {
        return Err("the watcher of the throw-away PostgreSQL came without its pipes".to_owned());
    };

    let mut words = BufReader::new(words);
    let mut said = String::new();
    words
        .read_line(&mut said)
        .map_err(|error| format!("the throw-away PostgreSQL's watcher went silent: {error}"))?;
    if said != "ready\n" {
        let _ = words.read_to_string(&mut said);
        let _ = watcher.wait();
        return Err(format!(
            "the throw-away PostgreSQL ({}) does not start in {}:\n{}",
            binaries.display(),
            folder.display(),
            said.trim_end()
        ));
    }
    Ok(alive)
}
