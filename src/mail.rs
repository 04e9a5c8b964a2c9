//! What the Worker does for an outbox. Mail: renders what it holds and hands it to the `EMAIL` binding, or without one to `MAIL_URL` (interface, section
//! 2). Sentences come from `texts`; the outbox knows template codes and variables only. The ticket of a link is made here, while
//! its mail is sent, and its origin comes from the configuration, never from a request.

use durable::{
    contract::retirement::Notice,
    effect::{Mail, Sms},
    profile::{self, Service},
    rules::{
        access::{Actor, Role},
        date::{self, Zone},
        link::{Purpose, Ticket},
    },
    shell::courier::{Courier, Delivering, Delivery},
};
use futures_util::future::{Either, select};
use serde_json::json;
use worker::{
    AbortController, Delay, Env, Fetch, Headers, Method, Request, RequestInit, SendEmail, SendEmailBuilder, wasm_bindgen::JsValue,
};

use crate::{
    config, import,
    pages::{LetterPage, Template},
    retirement,
    route::Route,
    sms,
    texts::{self, Filling, Lang},
};

/// How long a provider may take.
const TIME_OUT: core::time::Duration = core::time::Duration::from_secs(10);

/// Renders and sends mails, and works off imports.
pub struct Mailer;

/// A mail, rendered.
struct Rendered {
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

    fn sms<'a>(&'a self, env: &'a Env, id: &'a str, code: &'a Sms) -> Delivering<'a> {
        Box::pin(sms::deliver(env, id, code))
    }

    fn import<'a>(&'a self, env: &'a Env, service: Service, actor: &'a Actor, id: &'a str) -> Delivering<'a> {
        Box::pin(async move {
            import::work(env, service, actor, id).await.unwrap_or_else(|why| {
                worker::console_error!("import {id}: {why}");
                Delivery::Later
            })
        })
    }

    fn retire<'a>(&'a self, env: &'a Env, notice: &'a Notice) -> Delivering<'a> {
        Box::pin(retirement::tell(env, notice))
    }
}

/// Renders a mail; `None` when this version does not know the template, or nobody could make such a link.
fn render(env: &Env, mail: &Mail) -> worker::Result<Option<Rendered>> {
    let lang = Lang::of_tag(&mail.language).unwrap_or_default();
    let variable = |name: &str| mail.variables.get(name).map_or("", String::as_str);
    if mail.template == "test" {
        let t = &texts::of(lang).mail;
        let html = format!("<!doctype html><html lang=\"{}\"><body><p>{}</p></body></html>", lang.tag(), t.test_body);
        return Ok(Some(Rendered { subject: t.test_subject.to_owned(), text: t.test_body.to_owned(), html }));
    }
    let config = config::read(env).map_err(worker::Error::RustError)?;
    let Some(service) = Service::parse(variable("service")) else { return Ok(None) };
    let (brand, origin) = (config.brand(service).name, config.origin(service));
    // The end of a linked service is told with a link to another login method.
    let purpose = if mail.template == "retired" { Some(Purpose::Method) } else { Purpose::parse(&mail.template) };
    let ticket = purpose.and_then(|purpose| {
        let ticket = Ticket { purpose, uid: variable("uid").to_owned(), nonce: variable("nonce").to_owned() };
        ticket.sign(config.data_keys.first()?.reveal(), origin)
    });
    let path = match ticket {
        Some(ticket) => Route::Link(ticket).path(),
        // The login address of an Active Directory is no secret, and no ticket.
        None if mail.template == "directory" => format!("/federation/{}", variable("about")),
        None if purpose.is_some() => return Ok(None),
        None => Route::SignIn.path(),
    };
    let link = format!("{origin}{path}");
    let over_line = config.line_origin(service).map_or_else(String::new, |origin| format!("{origin}{path}"));
    let until = variable("until").parse().map_or_else(|_| String::new(), |at| date::stamp(at, Zone::TOKYO));
    let fill = Filling {
        brand: &brand,
        wording: profile::of(service).wording,
        name: variable("name"),
        login: variable("login"),
        by: variable("by"),
        about: if variable("provider").is_empty() { variable("about") } else { service_name(&config, variable("provider")) },
        ends: variable("ends"),
        over_line: &over_line,
        until: &until,
        link: &link,
        contractor: variable("role") == Role::Administrator.code(),
        keeps_factor: variable("factor") == "kept",
    };
    let Some(letter) = texts::letter(lang, &mail.template, &fill) else { return Ok(None) };
    let page = LetterPage { lang, brand: &brand, letter: &letter, link: &link };
    let html = page.render().map_err(|why| worker::Error::RustError(why.to_string()))?;
    Ok(Some(Rendered { text: page.text(), html, subject: letter.subject }))
}

/// What an account of a linked service is called; its id where it is not configured any more.
fn service_name<'a>(config: &'a config::Config, id: &'a str) -> &'a str {
    config.providers.iter().find(|own| own.id == id).map_or(id, |own| &own.label)
}

async fn send(env: &Env, id: &str, mail: &Mail) -> worker::Result<Delivery> {
    let Some(letter) = render(env, mail)? else {
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
async fn over_http(url: &str, token: &str, id: &str, from: &str, mail: &Mail, letter: &Rendered) -> worker::Result<Delivery> {
    let body = json!({
        "id": id, "from": from, "to": mail.to, "subject": letter.subject, "text": letter.text, "html": letter.html,
    });
    let headers = Headers::new();
    headers.set("content-type", "application/json")?;
    headers.set("authorization", &format!("Bearer {token}"))?;
    let mut init = RequestInit::new();
    init.with_method(Method::Post).with_headers(headers).with_body(Some(JsValue::from_str(&body.to_string())));
    let (abort, request) = (AbortController::default(), Fetch::Request(Request::new_with_init(url, &init)?));
    let signal = abort.signal();
    let sent = select(Box::pin(request.send_with_signal(&signal)), Box::pin(Delay::from(TIME_OUT))).await;
    let Either::Left((response, _)) = sent else {
        abort.abort();
        return Ok(Delivery::Later);
    };
    Ok(match response?.status_code() {
        200..=299 => Delivery::Sent,
        429 | 500..=599 => Delivery::Later,
        _ => Delivery::Never,
    })
}
