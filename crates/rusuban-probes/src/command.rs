//! Runs other programs with a limit of time and of output, a fixed search path, no shell and the C locale.

use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

use rusuban_core::model::text::Text;
use rusuban_core::model::verdict::{Unknown, UnknownCode};
use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::process::Command;

use crate::printable;

/// Where programs are looked for; the caller's own search path is not trusted.
const SEARCH_PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/// The largest output that is kept of one program, in bytes.
const MAX_OUTPUT: u64 = 32 * 1024 * 1024;

/// A program to run.
#[derive(Debug, Clone)]
pub struct Program {
    name: String,
    args: Vec<String>,
    envs: Vec<(String, String)>,
    limit: Duration,
}

/// What a program that ended has left.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Output {
    /// Exit status; none where a signal ended it.
    pub status: Option<i32>,
    /// Standard output.
    pub stdout: Vec<u8>,
    /// Standard error.
    pub stderr: Vec<u8>,
}

impl Output {
    /// Standard output as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.stdout).into_owned()
    }

    /// The last line of standard error that says something, cut to a readable length.
    pub fn complaint(&self) -> String {
        let text = String::from_utf8_lossy(&self.stderr);
        let line = text.lines().rev().find(|line| !line.trim().is_empty()).unwrap_or("").trim();
        printable::within(line, 300)
    }
}

impl Program {
    /// A program by name (looked for in the usual places) or absolute path.
    pub fn new(name: &str) -> Self {
        Self { name: name.to_owned(), args: Vec::new(), envs: Vec::new(), limit: Duration::from_secs(20) }
    }

    /// Adds arguments.
    #[must_use]
    pub fn args<I: IntoIterator<Item = S>, S: Into<String>>(mut self, args: I) -> Self {
        self.args.extend(args.into_iter().map(Into::into));
        self
    }

    /// Sets a variable of its environment; nothing else of the caller's is passed on but HOME.
    #[must_use]
    pub fn env(mut self, name: &str, value: &str) -> Self {
        self.envs.push((name.to_owned(), value.to_owned()));
        self
    }

    /// How long it may take.
    #[must_use]
    pub fn limit(mut self, limit: Duration) -> Self {
        self.limit = limit;
        self
    }

    /// Where the program lies, if it is installed.
    pub fn find(&self) -> Option<PathBuf> {
        if self.name.starts_with('/') {
            let path = PathBuf::from(&self.name);
            return path.is_file().then_some(path);
        }
        SEARCH_PATH.split(':').map(|dir| PathBuf::from(dir).join(&self.name)).find(|path| path.is_file())
    }

    /// Runs it to its end. A status other than 0 is no error here: what it means is the caller's to know.
    ///
    /// # Errors
    /// Not installed, not startable, too slow, or more output than is kept.
    pub async fn run(&self) -> Result<Output, Unknown> {
        let path = self.find().ok_or_else(|| self.missing())?;
        let mut command = Command::new(path);
        command
            .args(&self.args)
            .env_clear()
            .env("PATH", SEARCH_PATH)
            .env("LC_ALL", "C.UTF-8")
            .env("TZ", "UTC")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .process_group(0)
            .kill_on_drop(true);
        if let Some(home) = std::env::var_os("HOME") {
            command.env("HOME", home);
        }
        command.envs(self.envs.iter().map(|(k, v)| (k, v)));
        let mut child = command.spawn().map_err(|error| self.failed(&error.to_string()))?;
        let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
        let work = async {
            let (out, err, status) = tokio::join!(drain(stdout), drain(stderr), child.wait());
            Ok::<_, std::io::Error>((out?, err?, status?))
        };
        match tokio::time::timeout(self.limit, work).await {
            Err(_) => Err(self.too_slow()),
            Ok(Err(error)) => Err(self.failed(&error.to_string())),
            Ok(Ok((out, err, status))) => Ok(Output { status: status.code(), stdout: out, stderr: err }),
        }
    }

    /// The reason for not knowing where the program ended with an error.
    pub fn failed(&self, why: &str) -> Unknown {
        Unknown::new(
            UnknownCode::ToolFailed,
            self.name.as_str(),
            Text::new(
                format!("{} がエラーで終わりました（{why}）", self.name),
                format!("{} failed ({why})", self.name),
            ),
            Text::new(
                format!("手で {} を実行して原因を確かめてください", self.name),
                format!("run {} by hand and see why", self.name),
            ),
        )
    }

    /// The reason for not knowing where the program is not installed.
    pub fn missing(&self) -> Unknown {
        Unknown::new(
            UnknownCode::ToolMissing,
            self.name.as_str(),
            Text::new(format!("{} がありません", self.name), format!("{} is not installed", self.name)),
            Text::new(
                format!("{} を導入するか、担当者が申告してください", self.name),
                format!("install {}, or let the person in charge state it", self.name),
            ),
        )
    }

    fn too_slow(&self) -> Unknown {
        let seconds = self.limit.as_secs();
        Unknown::new(
            UnknownCode::TimedOut,
            self.name.as_str(),
            Text::new(
                format!("{} が{seconds}秒以内に終わりませんでした", self.name),
                format!("{} did not end within {seconds} seconds", self.name),
            ),
            Text::new("負荷の低い時にもう一度実行してください", "run it again when the machine is less busy"),
        )
    }
}

async fn drain(stream: Option<impl AsyncRead + Unpin>) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    if let Some(stream) = stream {
        stream.take(MAX_OUTPUT + 1).read_to_end(&mut bytes).await?;
    }
    if bytes.len() as u64 > MAX_OUTPUT {
        return Err(std::io::Error::other("more output than is read"));
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_complaint_steers_no_terminal() {
        let stderr = "\u{1b}]0;x\u{7}no such \u{202e}file\n\n".into();
        let output = Output { status: Some(1), stdout: Vec::new(), stderr };
        assert_eq!(output.complaint(), "\u{fffd}]0;x\u{fffd}no such \u{fffd}file");
    }

    #[tokio::test]
    async fn a_program_that_is_not_there_is_missing() {
        let error = Program::new("no-such-program-here").run().await.unwrap_err();
        assert_eq!(error.code, UnknownCode::ToolMissing);
    }

    #[tokio::test]
    async fn a_slow_program_times_out() {
        let slow = Program::new("sleep").args(["30"]).limit(Duration::from_millis(50));
        assert_eq!(slow.run().await.unwrap_err().code, UnknownCode::TimedOut);
    }

    #[tokio::test]
    async fn the_environment_of_the_caller_is_not_passed_on() {
        let output = Program::new("env").env("RUSUBAN_TEST", "1").run().await.unwrap();
        let text = output.text();
        assert!(text.contains("RUSUBAN_TEST=1") && text.contains("LC_ALL=C.UTF-8"), "{text}");
        assert!(!text.contains("CARGO"), "{text}");
    }
}
