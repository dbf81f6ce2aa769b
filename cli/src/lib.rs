//! `portcullis`, the command-line tool around the gate: arguments in, two streams and an exit code
//! out.
//!
//! Keys are made, listed and ended in the same database that the authorizer asks. One file per
//! command, under `key/`.

mod access;
mod arguments;
mod connection;
mod exit;
mod key;
mod moment;
mod store;
mod text;
mod world;

use std::ffi::OsString;

pub use exit::{Exit, Problem};
pub use world::World;

/// Does what `arguments` say; the first is the program's own name.
pub async fn run(arguments: Vec<OsString>, world: &mut World<'_>) -> Exit {
    match attempt(arguments, world).await {
        Ok(()) => Exit::Done,
        Err(problem) => {
            for sentence in &problem.sentences {
                world.say(&format!("portcullis: {sentence}"));
            }
            problem.exit
        }
    }
}

async fn attempt(arguments: Vec<OsString>, world: &mut World<'_>) -> Result<(), Problem> {
    // Whatever else is wrong with them: no other message may repeat a key.
    if let Some(problem) = key::id::whole_key(&arguments) {
        return Err(problem);
    }
    match arguments::read(arguments) {
        Ok(command) => key::run(command, world).await,
        Err(error) if error.use_stderr() => {
            world.say(error.to_string().trim_end());
            Err(Problem { exit: Exit::Usage, sentences: Vec::new() })
        }
        // What was asked for is the help itself.
        Err(help) => world.print(&help.to_string()),
    }
}
