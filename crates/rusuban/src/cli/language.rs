//! Which language a reader gets, and the help in it.
//!
//! Every help text is written `日本語 ‖ English`; one half is chosen when the command is built, so that no text can
//! exist in one language only (tested).

use clap::builder::StyledStr;
use clap::{Arg, ArgAction, Command};
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
    let mut command = with_own_flags(command.disable_help_subcommand(true));
    if lang == Lang::Ja {
        command = command
            .subcommand_help_heading("コマンド")
            .help_template("{about-with-newline}\n使い方: {usage}\n\n{all-args}{after-help}");
    }
    if let Some(about) = command.get_about().map(|about| half(about, lang)) {
        command = command.about(about);
    }
    if let Some(after) = command.get_after_help().map(|after| half(after, lang)) {
        command = command.after_help(after);
    }
    let arguments: Vec<_> = command.get_arguments().map(|argument| argument.get_id().clone()).collect();
    for id in arguments {
        command = command.mut_arg(id, |argument| translate_argument(argument, lang));
    }
    let names: Vec<String> = command.get_subcommands().map(|sub| sub.get_name().to_owned()).collect();
    for name in names {
        command = command.mut_subcommand(name, |sub| translate(sub, lang));
    }
    command
}

fn translate_argument(argument: Arg, lang: Lang) -> Arg {
    let help = argument.get_help().map(|help| half(help, lang)).unwrap_or_default();
    let argument = argument.help(help);
    match lang {
        Lang::En => argument,
        Lang::Ja if argument.is_positional() => argument.help_heading("引数"),
        Lang::Ja => argument.help_heading("オプション"),
    }
}

/// The flags that clap would add by itself, in English only.
fn with_own_flags(command: Command) -> Command {
    let help = Arg::new("help")
        .short('h')
        .long("help")
        .action(ArgAction::Help)
        .help("この使い方を示す ‖ Show this help");
    let version = command.get_version().is_some();
    let command = command.disable_help_flag(true).disable_version_flag(true).arg(help);
    if !version {
        return command;
    }
    let flag = Arg::new("version").short('V').long("version").action(ArgAction::Version);
    command.arg(flag.help("版を示す ‖ Show the version"))
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
