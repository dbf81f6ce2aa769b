//! `login --browser` in Chromium, at the pages of the development pool and at those of MiniStack.

use local::pool::PASSWORD;
use tests::aws::Aws;

use super::VIEWER;
use super::aws::operator;
use super::browser::Waiting;
use super::person::Person;
use crate::browser::Browser;

/// Signs in at the page of `login`, and waits for the one that says it worked.
async fn sign_in(browser: &Browser, login: Waiting, username: &str, password: &str) {
    browser.open(&login.address).await;
    browser.until("document.querySelector('input[name=username]')").await;
    browser.picture(&format!("login-{username}")).await;
    browser.fill("input[name=username]", username).await;
    browser.fill("input[name=password]", password).await;
    browser.click("button[type=submit]").await;
    browser.until("location.pathname === '/callback' && document.querySelector('h1')").await;
    browser.picture(&format!("logged-in-{username}")).await;
    let heading = browser.value("document.querySelector('h1').innerText").await;
    assert_eq!(heading, "You are logged in");
    let width = "getComputedStyle(document.body).maxWidth";
    assert_ne!(browser.value(width).await, "none", "its style counts");
    let said = format!("Logged in as {username}.\nnext: `portcullis token`\n");
    assert_eq!(login.end(), (0, said));
}

/// At the development pool, as `person`.
pub(super) async fn at_the_development_pool(person: &Person) {
    let browser = Browser::start().await;
    sign_in(&browser, Waiting::start(person), VIEWER, PASSWORD).await;
    assert_eq!(person.does(&["token"]).code, 0);
    browser.end().await;
}

/// At MiniStack.
pub(super) async fn at_ministack() {
    const BOB: &str = "bob@example.com";
    let (pool, client, person) = tokio::task::spawn_blocking(|| {
        let aws = Aws::of_the_tests();
        let (pool, _) = aws.create_user_pool();
        let client = aws.create_hosted_client(&pool, "http://localhost:8976/callback");
        aws.add_user(&pool, BOB, "Portcullis1!");
        (pool, client, operator(&aws))
    })
    .await
    .unwrap();
    let person = person.configure_pool(&pool, &client, &[]);
    let browser = Browser::start().await;
    sign_in(&browser, Waiting::start(&person), BOB, "Portcullis1!").await;
    let who = person.does(&["whoami", "--json"]).json();
    assert_eq!(who["user"], BOB);
    browser.end().await;
}
