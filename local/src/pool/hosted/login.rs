//! `POST /login`: the form of the sign-in page.

use aws_lc_rs::constant_time::verify_slices_are_equal;
use shared::time::Timestamp;

use super::authorize::{Asked, SignIn};
use super::{Code, FORM, page};
use crate::pool::Pool;
use crate::pool::error::PoolError;
use crate::pool::http::{Request, Response};
use crate::pool::params::{Params, with_query};
use crate::pool::users::UserStatus;

impl Pool {
    pub(super) fn log_in(&mut self, request: &Request<'_>, now: Timestamp) -> Response {
        let params = Params::read(request.body).filter(|_| request.is(FORM));
        let Some(params) = params else {
            return page::problem(400, "The form cannot be read.");
        };
        let Some(asked) = self.take_page(request, &params, now) else {
            let problem = "This page was used already, has expired or was not sent to this browser. \
                           Start the sign-in again.";
            return page::problem(400, problem);
        };
        let username = params.get("username").unwrap_or_default();
        let password = params.get("password").unwrap_or_default();
        let answer = match self.check_password(username, password) {
            None => self.sign_in_page(asked, Some("Incorrect username or password."), now),
            Some(user) if user.status == UserStatus::ForceChangePassword => {
                let problem =
                    "This password is temporary. Choose another with the command line first.";
                self.sign_in_page(asked, Some(problem), now)
            }
            Some(user) => {
                let sub = user.sub.clone();
                self.send_code(asked, sub, now)
            }
        };
        answer.unwrap_or_else(|error| page::problem(500, &error.to_string()))
    }

    /// The sign-in that the form belongs to, if it comes from the browser that got the page.
    /// Another site can make a browser send a form, but neither reads our page nor sets our cookie.
    fn take_page(
        &mut self,
        request: &Request<'_>,
        params: &Params,
        now: Timestamp,
    ) -> Option<Asked> {
        let SignIn { asked, cookie } = self.pages.take(params.get("form_token")?, now)?;
        let presented = request.cookie(page::COOKIE)?;
        verify_slices_are_equal(presented.as_bytes(), cookie.as_bytes()).ok()?;
        Some(asked)
    }

    fn send_code(
        &mut self,
        asked: Asked,
        sub: String,
        now: Timestamp,
    ) -> Result<Response, PoolError> {
        let code = self.random.secret()?;
        let params = [("code", code.as_str()), ("state", asked.state.as_str())];
        let location = with_query(&asked.redirect_uri, &params);
        self.codes.put(&code, Code { asked, sub }, now);
        // 303, so that the browser does not send the password on (RFC 9700 §4.12).
        Ok(Response::redirect(303, location).with("set-cookie", page::no_cookie()))
    }
}
