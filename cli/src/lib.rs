//! `portcullis`, the command-line tool: arguments in, two streams and an exit code
//! out.
//!
//! One file or folder per command, under `command/`. Keys are made, listed and ended in the same
//! database in which the authorizer looks them up.

mod access_table;
mod arguments;
mod aws;
mod claims;
mod cognito;
mod command;
mod deployed;
mod env;
mod exit;
mod logged_in;
pub mod machine;
mod moment;
mod oauth;
mod openapi;
mod profile;
mod prompt;
mod proxy;
mod registry;
mod session;
mod stack;
mod template;
mod text;
mod user_pool;
mod yaml;

use std::ffi::OsString;

use arguments::Command;
pub use env::Env;
pub use exit::{CommandError, Exit};

/// Does what `arguments` say; the first is the program's own name.
pub async fn run(arguments: Vec<OsString>, env: &mut Env<'_>) -> Exit {
    match attempt(arguments, env).await {
        Ok(()) => Exit::Done,
        Err(problem) => {
            for sentence in &problem.sentences {
                env.say(&format!("portcullis: {sentence}"));
            }
            problem.exit
        }
    }
}

async fn attempt(arguments: Vec<OsString>, env: &mut Env<'_>) -> Result<(), CommandError> {
    // First, because the message about any other mistake could repeat the key or the token.
    if let Some(problem) = command::key::whole_key(&arguments) {
        return Err(problem);
    }
    if let Some(problem) = command::explain::whole_token(&arguments) {
        return Err(problem);
    }
    match arguments::read(arguments) {
        Ok(Command::Access(command)) => command::access::run(command, env),
        Ok(Command::Admin(command)) => command::admin::run(command, env).await,
        Ok(Command::ChangePassword(arguments)) => {
            command::change_password::run(&arguments, env).await
        }
        Ok(Command::Client(command)) => command::client::run(command, env).await,
        Ok(Command::Completions(arguments)) => arguments::completions(&arguments, env),
        Ok(Command::Configure(arguments)) => command::configure::run(arguments, env).await,
        Ok(Command::Dev(arguments)) => command::dev::run(arguments, env).await,
        Ok(Command::Doctor(arguments)) => command::doctor::run(&arguments, env).await,
        Ok(Command::Explain(arguments)) => command::explain::run(&arguments, env),
        Ok(Command::Key(command)) => command::key::run(command, env).await,
        Ok(Command::Login(arguments)) => command::login::run(&arguments, env).await,
        Ok(Command::Logout(arguments)) => command::logout::run(&arguments, env).await,
        Ok(Command::Token(arguments)) => command::token::run(&arguments, env).await,
        Ok(Command::Webhook(command)) => command::webhook::run(command, env).await,
        Ok(Command::Whoami(arguments)) => command::whoami::run(&arguments, env),
        Err(error) if error.use_stderr() => {
            env.say(error.to_string().trim_end());
            Err(CommandError { exit: Exit::Usage, sentences: Vec::new() })
        }
        // The help was requested.
        Err(help) => env.print(&help.to_string()),
    }
}
