//! Which language a reader gets, and the help in it.
//!
//! Every help text is written `日本語 ‖ English`; one half is chosen when the command is built, so that no text can
//! exist in one language only (tested).

use clap::Command;
use clap::builder::StyledStr;
use rusuban_core::model::text::Lang;

/// Stands between the two languages of a help text.
const SEPARATOR: &str = " ‖ ";

/// The language by the command line (`--lang`), then `RUSUBAN_LANG`, then the locale. Japanese unless English is asked
/// for: a locale of C or none says nothing about its reader.
pub fn choose(args: &[std::ffi::OsString], env: impl Fn(&str) -> Option<String>) -> Lang {
    let texts: Vec<&str> = args.iter().filter_map(|arg| arg.to_str()).collect();
    let by_option = texts.iter().enumerate().find_map(|(index, arg)| match arg.strip_prefix("--lang") {
        Some("") => texts.get(index + 1).copied(),
        Some(rest) => rest.strip_prefix('='),
        None => None,
    });
    let by_env = || {
        ["RUSUBAN_LANG", "LC_ALL", "LC_MESSAGES", "LANG"]
            .iter()
            .find_map(|name| env(name).filter(|v| !v.is_empty()))
    };
    let wanted = by_option.map(str::to_owned).or_else(by_env).unwrap_or_default();
    if wanted.to_ascii_lowercase().starts_with("en") { Lang::En } else { Lang::Ja }
}

fn half(text: &StyledStr, lang: Lang) -> String {
    let text = text.to_string();
    match (text.split_once(SEPARATOR), lang) {
        (Some((ja, _)), Lang::Ja) => ja.to_owned(),
        (Some((_, en)), Lang::En) => en.to_owned(),
        (None, _) => text,
    }
}

/// The command with all its help in one language.
pub fn translate(command: Command, lang: Lang) -> Command {
    let mut command = headings(command.disable_help_subcommand(true), lang);
    if let Some(about) = command.get_about().map(|about| half(about, lang)) {
        command = command.about(about);
    }
    if let Some(after) = command.get_after_help().map(|after| half(after, lang)) {
        command = command.after_help(after);
    }
    let arguments: Vec<_> = command.get_arguments().map(|argument| argument.get_id().clone()).collect();
    for id in arguments {
        command = command.mut_arg(id, |argument| {
            let help = argument.get_help().map(|help| half(help, lang));
            match help {
                Some(help) => argument.help(help),
                None => argument,
            }
        });
    }
    let names: Vec<String> = command.get_subcommands().map(|sub| sub.get_name().to_owned()).collect();
    for name in names {
        command = command.mut_subcommand(name, |sub| translate(sub, lang));
    }
    command
}

fn headings(command: Command, lang: Lang) -> Command {
    match lang {
        Lang::En => command,
        Lang::Ja => command
            .subcommand_help_heading("コマンド")
            .help_template("{about-with-newline}\n使い方: {usage}\n\n{all-args}{after-help}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_option_wins_over_the_locale() {
        let args = |list: &[&str]| list.iter().map(Into::into).collect::<Vec<std::ffi::OsString>>();
        let english = |name: &str| (name == "LANG").then(|| "en_US.UTF-8".to_owned());
        assert_eq!(choose(&args(&["rusuban", "check"]), english), Lang::En);
        assert_eq!(choose(&args(&["rusuban", "--lang", "ja"]), english), Lang::Ja);
        assert_eq!(choose(&args(&["rusuban", "--lang=en"]), |_| None), Lang::En);
        assert_eq!(choose(&args(&["rusuban"]), |name| (name == "LC_ALL").then(|| "C".to_owned())), Lang::Ja);
    }
}
