//! `portcullis dev`: API Gateway, a user pool and an upstream on a laptop, with both functions behind
//! them as they are on AWS.

mod api;
mod from_template;
mod front;
mod functions;
mod identity;
mod inspect;
mod line;
mod plan;
mod pool;
mod runtime_file;
mod server;
mod token;
mod try_it;
mod upstream;

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::rc::Rc;
use std::time::Duration;

use clap::{Args, Subcommand, ValueEnum};
use tokio::net::TcpListener;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::task::LocalSet;

use crate::env::Env;
use crate::exit::CommandError;

pub(crate) const EXAMPLE: &str = "portcullis dev --upstream http://127.0.0.1:3000";

const LOOPBACK: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

/// Said where others can reach the gateway.
const NOT_ALONE: &str =
    "Whoever reaches this address can use the API keys of the samples, which are published.";

/// The arguments of `dev`, and what may stand in place of them.
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    serve: Serve,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Prints a token of the development pool that is running.
    #[command(verbatim_doc_comment, after_help = crate::exit::help(token::EXAMPLE))]
    Token(token::Arguments),
}

/// What to serve.
#[derive(Debug, Args)]
pub(crate) struct Serve {
    /// Where allowed requests go: `http://` and an address. Without it an echo answers.
    #[arg(long, value_name = "URL")]
    upstream: Option<String>,
    /// How many seconds the upstream has until its answer begins. API Gateway gives 29.
    #[arg(long, default_value_t = 29, value_parser = clap::value_parser!(u64).range(1..=300))]
    timeout: u64,
    /// The access table. Without it: that of the samples.
    #[arg(long, value_name = "FILE")]
    access: Option<PathBuf>,
    #[command(flatten)]
    template: from_template::Source,
    /// What kind of API Gateway to be.
    #[arg(long, value_enum, default_value_t = Kind::Rest)]
    api: Kind,
    /// The stage, as it stands in ARNs.
    #[arg(long, default_value = "dev")]
    stage: String,
    /// For how many seconds the authorizer's answers are cached: 0 to 3600. Without it: 0, or what the
    /// template says.
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u32).range(0..=3600))]
    ttl: Option<u32>,
    /// The address to listen on.
    #[arg(long, default_value = "127.0.0.1")]
    address: IpAddr,
    /// The gateway's port. 0: any that is free.
    #[arg(long, default_value_t = 9000)]
    port: u16,
    /// The user pool's port. 0: any that is free.
    #[arg(long, default_value_t = 9229)]
    pool_port: u16,
    /// Show decisions as they are made, and why, on a page at a port of its own.
    #[arg(long)]
    inspect: bool,
    /// The page's port. 0: any that is free.
    #[arg(long, default_value_t = 9001, requires = "inspect")]
    inspect_port: u16,
    /// Keep the pool's keys, users and sessions in this directory.
    #[arg(long, value_name = "DIR")]
    state: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Kind {
    Rest,
    Http,
}

pub(crate) async fn run(arguments: Arguments, env: &mut Env<'_>) -> Result<(), CommandError> {
    match arguments.command {
        Some(Command::Token(arguments)) => token::run(&arguments, env),
        None => LocalSet::new().run_until(serve(&arguments.serve, env)).await,
    }
}

async fn serve(serve: &Serve, env: &mut Env<'_>) -> Result<(), CommandError> {
    let clock = env.clock;
    if !serve.address.is_loopback() {
        env.say(NOT_ALONE);
    }
    let table = plan::Table::read(serve, env)?;
    let plan = plan::Plan::new(serve, &table, env)?;
    plan.notes.iter().for_each(|note| env.say(note));
    let gateway = listen(serve.address, serve.port, "--port").await?;
    // The pool's passwords are published, and the inspector signs requests: they are for this machine alone,
    // whoever the gateway is for.
    let pool_listener = listen(LOOPBACK, serve.pool_port, "--pool-port").await?;
    let page_listener = match serve.inspect {
        true => Some(listen(LOOPBACK, serve.inspect_port, "--inspect-port").await?),
        false => None,
    };
    let pool_address = local_address(&pool_listener)?;
    let pool = pool::open(serve.state.as_deref(), pool_address, env)?;
    // A directory that cannot be written to is refused before anything is done that would be lost.
    pool::keep(serve.state.as_deref(), &pool, env)?;
    let functions = functions::Functions::start(&plan, &table, &pool, env).await?;
    let patience = Duration::from_secs(serve.timeout);
    let upstream = upstream::Upstream::new(serve.upstream.as_deref(), patience)?;
    let address = local_address(&gateway)?;
    let page = match page_listener {
        None => None,
        Some(listener) => {
            let addresses =
                inspect::Addresses { gateway: address, inspector: local_address(&listener)? };
            let of = inspect::Of { plan: &plan, table: &table, proven: functions.table() };
            let inspector = inspect::Inspector::new(serve, addresses, &of, &pool, clock)?;
            Some((listener, addresses.inspector, Rc::new(inspector)))
        }
    };
    let inspector = page.as_ref().map(|(.., inspector)| inspector.clone());
    let front = front::Front::new(
        plan.api.clone(),
        functions,
        upstream,
        clock,
        env.shows_color,
        inspector,
    )?;
    let runtime_file = runtime_file::RuntimeFile::write(&pool, env)?;
    // Before anybody can know that it runs.
    let mut stop = Stop::listen()?;
    let page_address = page.as_ref().map(|(_, address, _)| *address);
    env.print(&try_it::text(
        address,
        pool_address,
        page_address,
        serve,
        &plan,
        runtime_file.path(),
    ))?;
    let stopped = tokio::select! {
        () = stop.told() => Ok(()),
        ended = server::serve(gateway, Rc::new(front)) => ended,
        ended = server::serve(pool_listener, Rc::new(pool::Server::new(pool.clone(), clock))) => ended,
        ended = serve_page(page) => ended,
    };
    pool::keep(serve.state.as_deref(), &pool, env)?;
    stopped.map_err(|error| CommandError::failed(format!("the gateway stopped: {error}")))
}

/// Serves the inspector, or waits for ever.
async fn serve_page(
    page: Option<(TcpListener, SocketAddr, Rc<inspect::Inspector>)>,
) -> std::io::Result<()> {
    match page {
        Some((listener, _, inspector)) => server::serve(listener, inspector).await,
        None => std::future::pending().await,
    }
}

/// Ctrl-C, or what a supervisor sends in its place. From then on neither ends the process by itself.
struct Stop {
    interrupt: Signal,
    terminate: Signal,
}

impl Stop {
    fn listen() -> Result<Self, CommandError> {
        let listen = |kind| {
            signal(kind).map_err(|error| CommandError::failed(format!("no signals: {error}")))
        };
        let interrupt = listen(SignalKind::interrupt())?;
        Ok(Self { interrupt, terminate: listen(SignalKind::terminate())? })
    }

    async fn told(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}

async fn listen(address: IpAddr, port: u16, flag: &str) -> Result<TcpListener, CommandError> {
    let address = SocketAddr::new(address, port);
    TcpListener::bind(address).await.map_err(|error| {
        let what = match error.kind() {
            std::io::ErrorKind::AddrInUse => format!("{address} is taken: choose another `{flag}`"),
            _ => format!("{address} cannot be listened on: {error}"),
        };
        CommandError::failed(what)
    })
}

fn local_address(listener: &TcpListener) -> Result<SocketAddr, CommandError> {
    listener.local_addr().map_err(|error| CommandError::failed(format!("no address: {error}")))
}
