//! SMS (interface, section 5): the code is made here, while it is sent, from what the outbox holds; the number is opened here too.
//! Without the settings nothing is sent, and registration begins with the app.

use ct_codecs::{Base64, Encoder};
use durable::{
    effect::Sms,
    rules::sms_code,
    seal::{Purpose, Seals},
    secret::Secret,
    shell::courier::Delivery,
};
use futures_util::future::{Either, select};
use worker::{AbortController, Delay, Env, Fetch, Headers, Method, Request, RequestInit, wasm_bindgen::JsValue};

use crate::{
    clock, config,
    route::encode,
    texts::{self, Lang},
};

/// How long a provider may take.
const TIME_OUT: core::time::Duration = core::time::Duration::from_secs(10);

/// The provider.
pub struct Provider {
    /// `SMS_BASE_URL`, without a slash at its end.
    pub base: String,
    /// `SMS_ACCOUNT`
    pub account: String,
    /// `SMS_SECRET`
    pub secret: Secret,
    /// `SMS_FROM`
    pub from: String,
}

/// Sends one code. `id` is for the log.
pub async fn deliver(env: &Env, id: &str, sms: &Sms) -> Delivery {
    match send(env, id, sms).await {
        Ok(delivery) => delivery,
        Err(why) => {
            worker::console_error!("sms {id}: {why}");
            Delivery::Later
        }
    }
}

async fn send(env: &Env, id: &str, sms: &Sms) -> worker::Result<Delivery> {
    if sms.until <= clock::now() {
        worker::console_error!("sms {id}: its code has expired before the provider took it");
        return Ok(Delivery::Never);
    }
    let config = config::read(env).map_err(worker::Error::RustError)?;
    let Some(provider) = &config.sms else { return Ok(Delivery::Later) };
    let seals = Seals::new(config.data_keys.iter().map(|key| key.reveal().to_owned()).collect());
    let number = seals.open(Purpose::Phone, &sms.uid, &sms.to).and_then(|bytes| String::from_utf8(bytes).ok());
    let code = sms_code::derive(&seals, &sms.uid, sms.registers, &sms.nonce);
    let (Some(number), Some(code)) = (number, code) else {
        worker::console_error!("sms {id}: the key that it was made under is gone");
        return Ok(Delivery::Never);
    };
    let lang = Lang::of_tag(&sms.language).unwrap_or_default();
    let body = (texts::of(lang).step.sms)(&config.brand(sms.service).name, &code);
    Ok(match post(provider, &number, &body).await? {
        // The provider answers 201 (interface, section 5); any other success has taken it as well.
        Some(200..=299) => Delivery::Sent,
        Some(status @ (400..=428 | 430..=499)) => {
            worker::console_error!("sms {id}: the provider refused it with {status}");
            Delivery::Never
        }
        status => {
            worker::console_error!("sms {id}: to be sent again, {}", status.map_or("no answer".to_owned(), |it| it.to_string()));
            Delivery::Later
        }
    })
}

/// The provider's status; `None` when it does not answer in time.
async fn post(provider: &Provider, to: &str, body: &str) -> worker::Result<Option<u16>> {
    let Provider { base, account, secret, from } = provider;
    let url = format!("{base}/2010-04-01/Accounts/{}/Messages.json", encode(account));
    let form = format!("To={}&From={}&Body={}", encode(to), encode(from), encode(body));
    let headers = Headers::new();
    headers.set("content-type", "application/x-www-form-urlencoded")?;
    headers.set("authorization", &format!("Basic {}", basic(account, secret)?))?;
    let mut init = RequestInit::new();
    init.with_method(Method::Post).with_headers(headers).with_body(Some(JsValue::from_str(&form)));
    let (controller, request) = (AbortController::default(), Fetch::Request(Request::new_with_init(&url, &init)?));
    let signal = controller.signal();
    let answered = Box::pin(request.send_with_signal(&signal));
    match select(answered, Box::pin(Delay::from(TIME_OUT))).await {
        Either::Left((response, _)) => Ok(Some(response?.status_code())),
        Either::Right(_) => {
            controller.abort();
            Ok(None)
        }
    }
}

/// Basic credentials (RFC 7617).
fn basic(account: &str, secret: &Secret) -> worker::Result<String> {
    let pair = format!("{account}:{}", secret.reveal());
    Base64::encode_to_string(pair).map_err(|why| worker::Error::RustError(why.to_string()))
}
