//! Asks a repository whether it has a newer Release file, where the one on the machine cannot tell its own age.
//!
//! A list that changes rarely bears an old date and no end, and apt leaves no trace of having found it unchanged. Only
//! the repository knows. It is asked through apt's own helper, which knows the proxies and certificates that apt uses.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use rusuban_core::model::verdict::Seen;
use rusuban_core::world::packages::Release;

use super::apt::Listed;
use super::release_file;
use crate::command::Program;
use crate::host::Host;

/// A list made within this time needs no asking: it was fetched since.
const RECENT: SignedDuration = SignedDuration::from_hours(7 * 24);

/// So many repositories are asked at most.
const MOST: usize = 12;

/// How long one repository may take.
const LIMIT: Duration = Duration::from_secs(12);

/// Asks the repositories whose lists cannot tell their age, all at once, and notes what they answer. One that does not
/// answer stays as it is.
pub async fn ask(repositories: &mut [Listed], now: Timestamp) {
    let quiet = quiet(repositories, now);
    let mut asked = tokio::task::JoinSet::new();
    for at in quiet.into_iter().take(MOST) {
        let Some(address) = repositories.get(at).map(|one| one.repository.address.clone()) else { continue };
        asked.spawn(async move { (at, newest(&address).await) });
    }
    while let Some(Ok((at, made_at))) = asked.join_next().await {
        if let (Some(listed), Some(made_at)) = (repositories.get_mut(at), made_at)
            && let Seen::Known(release) = &mut listed.source.release
        {
            note(release, made_at, now);
        }
    }
}

fn note(release: &mut Release, newest: Timestamp, now: Timestamp) {
    if release.made_at.is_some_and(|made_at| newest <= made_at) {
        release.checked_at = Some(now);
    } else {
        release.newer = Some(newest);
    }
}

/// Which lists cannot tell their age: old, without an end, and with none beside them that was made lately by the same
/// publisher and comes from the same machine.
fn quiet(repositories: &[Listed], now: Timestamp) -> Vec<usize> {
    let recent = |release: &Release| release.made_at.is_some_and(|time| now.duration_since(time) < RECENT);
    let known = |one: &Listed| one.source.release.known().cloned();
    let near = |one: &Listed, release: &Release| {
        !one.source.host.is_empty()
            && repositories.iter().any(|other| {
                other.source.host == one.source.host
                    && known(other).is_some_and(|known| known.origin == release.origin && recent(&known))
            })
    };
    let mut found = Vec::new();
    for (at, one) in repositories.iter().enumerate() {
        if let Some(release) = known(one)
            && release.made_at.is_some()
            && release.valid_until.is_none()
            && !recent(&release)
            && !near(one, &release)
            && may_be_asked(&one.repository.address)
        {
            found.push(at);
        }
    }
    found
}

/// An address with credentials is not asked: they would stand in the list of processes.
fn may_be_asked(address: &str) -> bool {
    let authority = address.split_once("://").map_or("", |(_, rest)| rest.split('/').next().unwrap_or(""));
    ["http://", "https://"].iter().any(|scheme| address.starts_with(scheme)) && !authority.contains('@')
}

/// When the repository's Release file of now was made.
pub async fn newest(address: &str) -> Option<Timestamp> {
    let directory = tempfile::tempdir().ok()?;
    let path = directory.path().join("InRelease");
    let target = path.to_str()?.to_owned();
    let program = Program::new("/usr/lib/apt/apt-helper")
        .args([
            "-o",
            "Acquire::Retries=0",
            "-o",
            "Acquire::http::Timeout=8",
            "-o",
            "Acquire::https::Timeout=8",
        ])
        .args(["download-file".to_owned(), address.to_owned(), target])
        .limit(LIMIT);
    if program.run().await.ok()?.status != Some(0) {
        return None;
    }
    let bytes = Host::default().read(path.to_str()?).ok()??;
    release_file::parse(&String::from_utf8_lossy(&bytes)).ok()?.release.made_at
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::packages::apt_uris::Repository;
    use rusuban_core::world::packages::Source;

    const NOW: &str = "2026-11-24T12:00:00Z";

    fn listed(address: &str, origin: &str, made_at: &str, ends: bool) -> Listed {
        let repository = Repository {
            base: address.trim_end_matches("InRelease").to_owned(),
            address: address.to_owned(),
            ..Repository::default()
        };
        let release = Release {
            origin: origin.to_owned(),
            made_at: Some(made_at.parse().unwrap()),
            valid_until: ends.then(|| NOW.parse().unwrap()),
            ..Release::default()
        };
        let (id, host) = (repository.id(), repository.host());
        let source = Source { id, host, security: false, release: Seen::Known(release), missing: Vec::new() };
        Listed { repository, source }
    }

    #[test]
    fn only_lists_that_cannot_tell_their_age_are_asked_about() {
        let lists = [
            listed(
                "http://deb.debian.org/debian/dists/bookworm/InRelease",
                "Debian",
                "2026-07-11T10:16:37Z",
                false,
            ),
            listed(
                "http://deb.debian.org/debian/dists/bookworm-updates/InRelease",
                "Debian",
                "2026-11-24T02:09:33Z",
                false,
            ),
            listed(
                "http://security.debian.org/dists/bookworm-security/InRelease",
                "Debian",
                "2026-11-20T00:00:00Z",
                true,
            ),
            listed(
                "https://repo.example/deb/dists/stable/InRelease",
                "Example",
                "2026-09-01T00:00:00Z",
                false,
            ),
            listed(
                "https://user:pw@repo.example/deb/dists/x/InRelease",
                "Example",
                "2026-09-01T00:00:00Z",
                false,
            ),
            listed("file:/srv/repo/./InRelease", "Local", "2026-09-01T00:00:00Z", false),
        ];
        assert_eq!(quiet(&lists, NOW.parse().unwrap()), [3]);
    }

    /// Serves one answer on loopback and gives the address of an InRelease file there.
    fn serve(answer: &str) -> String {
        use std::io::{Read, Write};
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let answer = answer.to_owned();
        std::thread::spawn(move || {
            if let Ok((mut stream, _)) = listener.accept() {
                let mut request = [0; 4096];
                let _ = stream.read(&mut request);
                let _ = stream.write_all(answer.as_bytes());
            }
        });
        format!("http://{address}/dists/stable/InRelease")
    }

    #[tokio::test]
    async fn a_repository_is_asked_through_apt() {
        let body = "Origin: X\nDate: Tue, 24 Nov 2026 02:00:00 UTC\n";
        let answer =
            format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}", body.len());
        assert_eq!(newest(&serve(&answer)).await, Some("2026-11-24T02:00:00Z".parse().unwrap()));
        assert_eq!(
            newest(&serve("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")).await,
            None
        );
        let login = "HTTP/1.1 200 OK\r\nContent-Length: 18\r\nConnection: close\r\n\r\n<html>login</html>";
        assert_eq!(newest(&serve(login)).await, None);
        assert_eq!(newest("http://127.0.0.1:9/dists/stable/InRelease").await, None);
    }

    #[test]
    fn the_answer_confirms_or_supersedes_the_list() {
        let now = NOW.parse().unwrap();
        let old: Timestamp = "2026-09-01T00:00:00Z".parse().unwrap();
        let mut release = Release { made_at: Some(old), ..Release::default() };
        note(&mut release, old, now);
        assert_eq!((release.checked_at, release.newer), (Some(now), None));
        let mut release = Release { made_at: Some(old), ..Release::default() };
        note(&mut release, now, now);
        assert_eq!((release.checked_at, release.newer), (None, Some(now)));
    }
}
