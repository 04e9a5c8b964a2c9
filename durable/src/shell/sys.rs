//! Clock, randomness and the calls of the runtime that `worker` lacks or would panic in. Everything that throws is caught.

use core::panic::AssertUnwindSafe;

use wasm_bindgen::{JsCast, JsValue, prelude::wasm_bindgen};
use worker::{State, WebSocket, js_sys, wasm_bindgen_futures::JsFuture, web_sys};

use crate::Millis;

#[wasm_bindgen]
extern "C" {
    /// `DurableObjectState` with the calls below.
    type RawState;

    #[wasm_bindgen(method, catch, js_name = getWebSockets)]
    fn get_web_sockets(this: &RawState) -> Result<js_sys::Array, JsValue>;

    #[wasm_bindgen(method, catch, js_name = acceptWebSocket)]
    fn accept_web_socket(this: &RawState, socket: &JsValue, tags: js_sys::Array) -> Result<(), JsValue>;

    #[wasm_bindgen(method, catch, js_name = getWebSocketAutoResponseTimestamp)]
    fn auto_response_timestamp(this: &RawState, socket: &JsValue) -> Result<Option<js_sys::Date>, JsValue>;

    #[wasm_bindgen(method, catch, js_name = waitUntil)]
    fn wait_until(this: &RawState, promise: &js_sys::Promise) -> Result<(), JsValue>;

    /// `DurableObjectStorage` with the calls below.
    type RawStorage;

    #[wasm_bindgen(method, catch, js_name = setAlarm)]
    fn set_alarm(this: &RawStorage, at: f64) -> Result<js_sys::Promise, JsValue>;

    #[wasm_bindgen(method, catch, js_name = transactionSync)]
    fn transaction_sync(this: &RawStorage, body: &mut dyn FnMut() -> Result<JsValue, JsValue>) -> Result<JsValue, JsValue>;
}

/// Now, in milliseconds since the Unix epoch.
#[expect(clippy::disallowed_methods, reason = "the one clock of the objects; turns get it as an argument")]
#[expect(clippy::cast_possible_truncation, reason = "a time in milliseconds is a whole number far below 2^53")]
pub fn now() -> Millis {
    js_sys::Date::now() as Millis
}

/// Fills with cryptographic randomness.
///
/// # Errors
/// When the runtime has none, which stops the command before anything is decided.
#[expect(clippy::disallowed_methods, reason = "the one source of randomness of the objects; turns get it as an argument")]
pub fn random<const N: usize>() -> Result<[u8; N], worker::Error> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(|why| worker::Error::RustError(format!("no randomness: {why}")))?;
    Ok(bytes)
}

fn raw(state: &State) -> &RawState {
    state.as_raw().unchecked_ref()
}

/// All sockets of this object, closing ones included.
pub fn sockets(state: &State) -> Vec<WebSocket> {
    raw(state)
        .get_web_sockets()
        .map(|all| all.iter().map(|one| WebSocket::from(one.unchecked_into::<worker::web_sys::WebSocket>())).collect())
        .unwrap_or_default()
}

/// Hands a socket to the runtime, which keeps it through hibernation.
pub fn accept(state: &State, socket: &WebSocket, tag: &str) -> worker::Result<()> {
    let tags = js_sys::Array::of1(&tag.into());
    raw(state).accept_web_socket(socket.as_ref(), tags).map_err(worker::Error::from)
}

/// When the runtime answered a `ping` of this socket last.
#[expect(clippy::cast_possible_truncation, reason = "a time in milliseconds is a whole number far below 2^53")]
pub fn last_ping(state: &State, socket: &WebSocket) -> Option<Millis> {
    raw(state).auto_response_timestamp(socket.as_ref()).ok().flatten().map(|date| date.get_time() as Millis)
}

/// Another handle on the same object's state.
pub fn again(state: &State) -> State {
    let raw: &JsValue = state.as_raw().as_ref();
    State::from(raw.clone().unchecked_into::<worker::worker_sys::DurableObjectState>())
}

/// Runs a future after the answer has left.
pub fn after_answer(state: &State, future: impl Future<Output = ()> + 'static) {
    let promise = wasm_bindgen_futures_promise(future);
    let _ = raw(state).wait_until(&promise);
}

fn wasm_bindgen_futures_promise(future: impl Future<Output = ()> + 'static) -> js_sys::Promise {
    worker::wasm_bindgen_futures::future_to_promise(AssertUnwindSafe(async move {
        future.await;
        Ok(JsValue::UNDEFINED)
    }))
}

/// Sets the alarm within the commit that is being made; the promise only tells of a failure, which the commit tells too.
#[expect(clippy::cast_precision_loss, reason = "a time in milliseconds is a whole number far below 2^53")]
pub fn set_alarm(state: &State, at: Millis) -> worker::Result<()> {
    let storage = state.storage();
    let raw: &RawStorage = storage.as_raw().unchecked_ref();
    raw.set_alarm(at as f64).map(drop).map_err(worker::Error::from)
}

/// Runs `body` as one transaction: an error inside undoes every write.
pub fn transaction<T>(state: &State, body: impl FnOnce() -> worker::Result<T>) -> worker::Result<T> {
    let storage = state.storage();
    let raw: &RawStorage = storage.as_raw().unchecked_ref();
    let mut body = Some(body);
    let mut outcome = None;
    // What a panic inside leaves behind is not looked at: the panic ends the request.
    let mut shared = AssertUnwindSafe((&mut body, &mut outcome));
    let mut run = move || {
        let (body, outcome) = &mut *shared;
        match body.take().map(|body| body()) {
            Some(Ok(value)) => {
                **outcome = Some(value);
                Ok(JsValue::UNDEFINED)
            }
            Some(Err(why)) => Err(JsValue::from(why)),
            None => Err(JsValue::from_str("the transaction ran twice")),
        }
    };
    raw.transaction_sync(&mut run)?;
    outcome.ok_or_else(|| worker::Error::RustError("the transaction did not run".into()))
}

#[wasm_bindgen(module = "/src/shell/glue.js")]
extern "C" {
    #[wasm_bindgen(catch)]
    fn ask(env: &JsValue, binding: &str, name: &str, header: Option<&str>, command: &str) -> Result<js_sys::Promise, JsValue>;

    #[wasm_bindgen(catch)]
    fn knock(env: &JsValue, binding: &str, name: &str, command: &str, protocol: Option<&str>)
    -> Result<js_sys::Promise, JsValue>;

    #[wasm_bindgen(catch)]
    fn run(sql: &JsValue, statement: &str, values: Option<&str>) -> Result<Option<String>, JsValue>;
}

/// Sends a command to an object, in this header or else in the body, and waits for its reply.
pub async fn ask_object(
    env: &worker::Env,
    binding: &str,
    name: &str,
    header: Option<&str>,
    command: &str,
) -> worker::Result<String> {
    let reply = JsFuture::from(ask(env.as_ref(), binding, name, header, command)?).await?;
    reply.as_string().ok_or_else(|| worker::Error::RustError("a reply that is no text".into()))
}

/// Asks an object for a WebSocket and waits for its response.
pub async fn knock_at_object(
    env: &worker::Env,
    binding: &str,
    name: &str,
    command: &str,
    protocol: Option<&str>,
) -> worker::Result<web_sys::Response> {
    Ok(JsFuture::from(knock(env.as_ref(), binding, name, command, protocol)?).await?.unchecked_into())
}

/// The body of a response.
pub async fn text(response: &web_sys::Response) -> worker::Result<String> {
    let text = JsFuture::from(response.text()?).await?;
    text.as_string().ok_or_else(|| worker::Error::RustError("a body that is no text".into()))
}

/// Runs a statement with the values of a JSON list; the text in the first column of the first row, if there is one.
pub fn sql(state: &State, statement: &str, values: Option<&str>) -> worker::Result<Option<String>> {
    run(state.storage().sql().as_ref(), statement, values).map_err(worker::Error::from)
}
