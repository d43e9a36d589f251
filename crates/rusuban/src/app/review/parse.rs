//! `rusuban review --parse`: what was understood of each line, in the order of the lines.

use std::sync::mpsc::sync_channel;

use bumpalo::Bump;
use rusuban_core::model::text::Text;
use rusuban_logs::event::{Zone, to_json};
use rusuban_logs::reader::{Item, Reader};

use super::files::{Message, Walker};
use super::{Input, ON_THE_WAY};

/// What `--parse` hands out.
#[derive(Debug)]
pub enum Parsed<'m> {
    /// An event as JSON in ECS names.
    Event(serde_json::Value),
    /// A record that was not understood.
    Unparsed {
        /// The file.
        name: &'m str,
        /// Bytes from its start.
        offset: u64,
        /// Why, in English.
        reason: &'m str,
        /// The record, cut off at 2 KiB.
        text: &'m str,
    },
    /// A file, or the rest of it, that could not be read.
    Failed {
        /// The file.
        name: &'m str,
        /// Why.
        reason: &'m Text,
    },
}

/// Reads everything and hands out each record; stops where the receiver returns false.
pub fn parse(input: &Input, each: &mut dyn FnMut(Parsed<'_>) -> bool) {
    let (out, messages) = sync_channel(ON_THE_WAY);
    std::thread::scope(|scope| {
        scope.spawn(move || {
            Walker::new(move |m| out.send(m).is_ok(), input.reference)
                .closing(input.closure_end)
                .walk(&input.paths);
        });
        let kept = Bump::new();
        let mut arena = Bump::new();
        let mut reader = Reader::new(Zone(input.zone.clone()), &kept).mapped(&input.mapping);
        let mut current = String::new();
        for message in messages {
            let mut going = true;
            match message {
                Message::Opened { name, .. } => current = name,
                Message::Block(info, block) => reader.read(&info, &block, &arena, &mut |item| {
                    going = going
                        && match item {
                            Item::Event(event, _) => each(Parsed::Event(to_json(event, &current))),
                            Item::Unparsed(u) => each(Parsed::Unparsed {
                                name: &current,
                                offset: u.position.offset,
                                reason: u.reason,
                                text: u.text,
                            }),
                        };
                }),
                Message::Failed { name, reason, .. } => {
                    going = each(Parsed::Failed { name: &name, reason: &reason });
                }
                Message::Repeated { .. } | Message::Small(_) | Message::Packed(_) => {}
            }
            arena.reset();
            if !going {
                return;
            }
        }
    });
}
