//! The objects' turns as stories of the manuals, with a clock that moves. Every command and reply goes through its JSON and
//! every value through its stored rows, as in the shell; passwords are hashed with something cheap. See [`world::World`].

#![expect(clippy::unwrap_used, clippy::arithmetic_side_effects, clippy::indexing_slicing, reason = "tests")]

mod admin;
mod browsers;
mod connections;
mod console;
mod contract;
mod credential;
mod device;
mod directory;
mod factor;
mod federation;
mod history;
mod line;
mod links;
mod lock;
mod login;
mod names;
mod operator;
mod overview;
mod password;
mod pinned;
mod previous;
mod receipt;
mod retirement;
mod second_step;
mod sessions;
mod shut_out;
mod signals;
mod tokens;
mod world;
