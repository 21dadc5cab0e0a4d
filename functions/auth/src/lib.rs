//! Who is asking: registering, signing in, sessions, passwords.
//!
//! Here belong the endpoints under `/api/auth`, the public keys, and the job that mails what tokens are written for.
//! Not here: checking an access token, which every request passes (`registry::serve`); roles and what they may do
//! (`domain::permission`); belonging to teams (`teams`).

mod forgot_password;
mod issue;
mod jwks;
mod limit;
mod login;
mod login_two_factor;
mod logout;
mod mailed;
mod mails;
mod me;
mod passwords;
mod problems;
mod refresh;
mod register;
mod reset_password;
mod revoke_session;
mod secret;
mod send_mail;
mod sessions;
mod switch_team;
mod update_me;
mod verify_email;
mod view;

use plat_registry::Function;

/// Every function of this domain.
pub fn functions() -> Vec<Function> {
    vec![
        forgot_password::endpoint().into(),
        jwks::endpoint().into(),
        login::endpoint().into(),
        login_two_factor::endpoint().into(),
        logout::endpoint().into(),
        me::endpoint().into(),
        refresh::endpoint().into(),
        register::endpoint().into(),
        reset_password::endpoint().into(),
        revoke_session::endpoint().into(),
        sessions::endpoint().into(),
        switch_team::endpoint().into(),
        update_me::endpoint().into(),
        verify_email::endpoint().into(),
        send_mail::job().into(),
    ]
}
