//! Mail: renders what the outbox holds and hands it to the `EMAIL` binding, or without one to `MAIL_URL` (interface, section
//! 2). Sentences come from `texts`; the outbox knows template codes and variables only.

use durable::{
    effect::Mail,
    shell::courier::{Courier, Delivering, Delivery},
};
use serde_json::json;
use worker::{Env, Fetch, Headers, Method, Request, RequestInit, SendEmail, SendEmailBuilder, wasm_bindgen::JsValue};

use crate::texts::{self, Lang};

/// Renders and sends mails.
pub struct Mailer;

/// A mail, rendered.
struct Letter {
    subject: String,
    text: String,
    html: String,
}

impl Courier for Mailer {
    fn mail<'a>(&'a self, env: &'a Env, id: &'a str, mail: &'a Mail) -> Delivering<'a> {
        Box::pin(async move {
            match send(env, id, mail).await {
                Ok(delivery) => delivery,
                Err(why) => {
                    worker::console_error!("mail {id}: {why}");
                    Delivery::Later
                }
            }
        })
    }
}

/// The letter of a template; `None` when this version does not know the template.
fn render(mail: &Mail) -> Option<Letter> {
    let lang = if mail.language == "en" { Lang::En } else { Lang::Ja };
    let t = &texts::of(lang).mail;
    match mail.template.as_str() {
        "test" => Some(Letter {
            subject: t.test_subject.to_owned(),
            text: t.test_body.to_owned(),
            html: format!("<!doctype html><html lang=\"{}\"><body><p>{}</p></body></html>", lang.tag(), t.test_body),
        }),
        _ => None,
    }
}

async fn send(env: &Env, id: &str, mail: &Mail) -> worker::Result<Delivery> {
    let Some(letter) = render(mail) else {
        worker::console_error!("mail {id}: unknown template {}", mail.template);
        return Ok(Delivery::Never);
    };
    let setting = |name: &str| env.var(name).ok().map(|value| value.to_string()).filter(|value| !value.is_empty());
    let Some(from) = setting("MAIL_FROM") else { return Ok(Delivery::Later) };
    if let Some(url) = setting("MAIL_URL") {
        let token = setting("MAIL_TOKEN").unwrap_or_default();
        return over_http(&url, &token, id, &from, mail, &letter).await;
    }
    let binding: SendEmail = env.send_email("EMAIL")?;
    let builder = SendEmailBuilder::new(&from, &mail.to, &letter.subject);
    builder.set_text(&letter.text);
    builder.set_html(&letter.html);
    binding.send_with_builder(&builder).await?;
    Ok(Delivery::Sent)
}

/// 2xx sent; 429, 5xx and time-out repeated; other 4xx never.
async fn over_http(url: &str, token: &str, id: &str, from: &str, mail: &Mail, letter: &Letter) -> worker::Result<Delivery> {
    let body = json!({
        "id": id, "from": from, "to": mail.to, "subject": letter.subject, "text": letter.text, "html": letter.html,
    });
    let headers = Headers::new();
    headers.set("content-type", "application/json")?;
    headers.set("authorization", &format!("Bearer {token}"))?;
    let mut init = RequestInit::new();
    init.with_method(Method::Post).with_headers(headers).with_body(Some(JsValue::from_str(&body.to_string())));
    let response = Fetch::Request(Request::new_with_init(url, &init)?).send().await?;
    Ok(match response.status_code() {
        200..=299 => Delivery::Sent,
        429 | 500..=599 => Delivery::Later,
        _ => Delivery::Never,
    })
}
