//! The emulated Runtime API itself, with hello world as the function.

use std::path::Path;

use tests::runtime_api::{Answer, Function};
use tests::samples::Settings;

fn hello() -> Function {
    Function::start(Path::new(env!("CARGO_BIN_EXE_hello")), &Settings::new()).unwrap()
}

#[test]
fn a_function_answers_one_event_after_the_other() {
    let mut function = hello();
    for _ in 0..3 {
        let reply = function.invoke(b"{}").unwrap();
        assert_eq!(reply.answer, Answer::Response(br#"{"message":"hello"}"#.to_vec()));
        assert!(!reply.latency.is_zero());
    }
    let usage = function.stop().unwrap().usage.unwrap();
    assert!(!usage.cpu.is_zero());
    assert!(usage.peak_kib > 0);
}

#[test]
fn an_error_is_an_answer_and_the_function_goes_on() {
    let mut function = hello();
    let Answer::Error(error) = function.invoke(b"not json").unwrap().answer else {
        panic!("hello world reads what is no JSON");
    };
    assert!(error.message.contains("expected ident"), "{}", error.message);
    assert!(matches!(function.invoke(b"{}").unwrap().answer, Answer::Response(_)));
}

#[test]
fn a_program_that_ends_at_once_has_refused_to_start() {
    let program = Path::new("/bin/sh");
    let function = Function::start(program, &Settings::new()).unwrap();
    let refusal = function.refusal().unwrap();
    assert_eq!(refusal.init_error, None);
    assert!(refusal.output.status.success());

    let mut function = Function::start(program, &Settings::new()).unwrap();
    let error = function.invoke(b"{}").unwrap_err().to_string();
    assert_eq!(error, "the function ended without an answer; its log:\n");
}

#[test]
fn a_function_that_asks_for_events_has_not_refused() {
    assert_eq!(hello().refusal().unwrap_err().to_string(), "the function started");
}
