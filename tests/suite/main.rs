//! The suite: everything that takes more than one crate to test. One binary, linked once.

#[cfg(test)]
mod access;
#[cfg(test)]
mod access_commands;
#[cfg(test)]
mod admin;
#[cfg(test)]
mod api_keys;
#[cfg(test)]
mod aurora;
#[cfg(test)]
mod browser;
#[cfg(test)]
mod cli;
#[cfg(test)]
mod clients;
#[cfg(test)]
mod decision_log;
#[cfg(test)]
mod dev;
mod dev_pool;
#[cfg(test)]
mod doctor;
#[cfg(test)]
mod explain;
#[cfg(test)]
mod gateway;
#[cfg(test)]
mod http;
#[cfg(test)]
mod http_api;
#[cfg(test)]
mod keys;
#[cfg(test)]
mod laptop_gateway;
#[cfg(test)]
mod named_senders;
#[cfg(test)]
mod operability;
#[cfg(test)]
mod oracle;
#[cfg(test)]
mod packages;
#[cfg(test)]
mod people;
#[cfg(test)]
mod requests;
#[cfg(test)]
mod responses;
#[cfg(test)]
mod rules;
#[cfg(test)]
mod runtime_api;
#[cfg(test)]
mod samples;
#[cfg(test)]
mod senders;
#[cfg(test)]
mod settings;
#[cfg(test)]
mod stack;
#[cfg(test)]
mod terraform;
#[cfg(test)]
mod tokens;
#[cfg(test)]
mod verify_on_aws;
#[cfg(test)]
mod webhook_commands;
#[cfg(test)]
mod webhook_handshakes;
#[cfg(test)]
mod webhook_inputs;
#[cfg(test)]
mod webhook_requests;
#[cfg(test)]
mod webhook_responses;
#[cfg(test)]
mod webhook_settings;
#[cfg(test)]
mod webhooks;
