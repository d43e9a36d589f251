//! Shows how long work goes on, on standard error and only to people.

use std::io::IsTerminal;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};
use rusuban_core::model::evidence::Outcome;
use rusuban_core::model::text::Lang;

use crate::app::observe::Progress;

/// A bar with what is still being looked at.
pub struct Bar {
    shown: ProgressBar,
    waiting: Vec<&'static str>,
    lang: Lang,
}

impl Bar {
    /// A bar; hidden where nobody watches or machines read.
    pub fn new(lang: Lang, json: bool) -> Self {
        let watched = !json && std::io::stderr().is_terminal();
        let bar = if watched { ProgressBar::new(0) } else { ProgressBar::hidden() };
        if let Ok(style) = ProgressStyle::with_template("{spinner} {bar:20} {pos}/{len} {msg}") {
            bar.set_style(style);
        }
        Self { shown: bar, waiting: Vec::new(), lang }
    }

    fn show(&self) {
        let topics: Vec<&str> =
            self.waiting.iter().map(|topic| topic.split('/').next().unwrap_or(topic)).collect();
        let what = match self.lang {
            Lang::Ja => "確認中",
            Lang::En => "looking at",
        };
        self.shown.set_message(format!("{what}: {}", topics.join(", ")));
    }
}

impl Progress for Bar {
    fn begin(&mut self, topics: &[&'static str]) {
        self.waiting = topics.to_vec();
        self.shown.set_length(topics.len() as u64);
        self.shown.enable_steady_tick(Duration::from_millis(120));
        self.show();
    }

    fn done(&mut self, topic: &'static str, _outcome: &Outcome) {
        self.waiting.retain(|other| *other != topic);
        self.shown.inc(1);
        self.show();
        if self.waiting.is_empty() {
            self.shown.finish_and_clear();
        }
    }
}
