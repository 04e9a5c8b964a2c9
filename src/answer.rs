//! What goes back: a page, JSON, a redirect or a socket; the headers that every answer carries; and which answer a refusal is.

use core::fmt::Write;

use durable::{account::Stage, refusal::Refusal};
use serde::Serialize;
use serde_json::{Value, json};
use worker::{
    wasm_bindgen::{JsCast, JsValue},
    web_sys::{ReadableStream, Response},
};

use crate::{
    factor,
    pages::{Chrome, Message, Template, Trouble},
    route::{MenuRoute, Route},
    second_step, session,
    visit::Visit,
};

/// What goes back.
pub enum Answer {
    /// A page.
    Page {
        /// HTTP status.
        status: u16,
        /// The HTML.
        html: String,
    },
    /// A page with forms that lead to other sites too.
    Door {
        /// HTTP status.
        status: u16,
        /// The HTML.
        html: String,
        /// Where they lead: origins.
        leads: Vec<String>,
    },
    /// 303 to a path of ours, or to a provider's login page.
    See {
        /// Where.
        path: String,
        /// Each a `Set-Cookie`.
        cookies: Vec<String>,
    },
    /// JSON.
    Json {
        /// HTTP status.
        status: u16,
        /// The body.
        body: String,
        /// `application/json` or `application/problem+json`.
        media_type: &'static str,
        /// `Retry-After`, in seconds.
        retry_after: Option<u32>,
    },
    /// A file to save.
    File {
        /// Its name, ASCII without quotation marks.
        name: String,
        /// What it is.
        media_type: &'static str,
        /// What it says.
        body: String,
    },
    /// A file to save that is made while it is being read.
    Stream {
        /// Its name, ASCII without quotation marks.
        name: String,
        /// What it is.
        media_type: &'static str,
        /// What it says.
        body: ReadableStream,
    },
    /// A response that carries a WebSocket.
    Socket(Response),
    /// A plain sentence, where there can be no page.
    Text {
        /// HTTP status.
        status: u16,
        /// The sentence.
        text: &'static str,
    },
    /// Nothing but a status.
    Empty(u16),
}

/// Why there is no ordinary answer: a trouble of the request, or a fault of ours.
pub enum Stop {
    /// The person's, with words for it.
    Trouble(Trouble),
    /// Another answer instead.
    Instead(Answer),
    /// Ours; people see only its id.
    Fault(worker::Error),
}

impl From<Trouble> for Stop {
    fn from(trouble: Trouble) -> Self {
        Self::Trouble(trouble)
    }
}

impl From<worker::Error> for Stop {
    fn from(fault: worker::Error) -> Self {
        Self::Fault(fault)
    }
}

impl From<askama::Error> for Stop {
    fn from(fault: askama::Error) -> Self {
        Self::Fault(worker::Error::RustError(fault.to_string()))
    }
}

impl From<serde_json::Error> for Stop {
    fn from(fault: serde_json::Error) -> Self {
        Self::Fault(worker::Error::RustError(fault.to_string()))
    }
}

/// What a handler gives.
pub type Outcome = Result<Answer, Stop>;

impl Answer {
    /// A page, 200.
    ///
    /// # Errors
    /// When the template fails, which none of ours can.
    pub fn page(page: &impl Template) -> Outcome {
        Self::page_with(200, page)
    }

    /// A page with a status.
    ///
    /// # Errors
    /// As [`Answer::page`].
    pub fn page_with(status: u16, page: &impl Template) -> Outcome {
        Ok(Self::Page { status, html: page.render()? })
    }

    /// 303 to a path of ours.
    pub fn see(path: impl Into<String>) -> Self {
        Self::See { path: path.into(), cookies: Vec::new() }
    }

    /// The same page, whose forms may lead to these origins.
    pub fn leading(self, leads: Vec<String>) -> Self {
        match self {
            Self::Page { status, html } if !leads.is_empty() => Self::Door { status, html, leads },
            other => other,
        }
    }

    /// JSON with a status.
    ///
    /// # Errors
    /// When the value cannot be written as JSON.
    pub fn json(status: u16, value: &impl Serialize) -> Outcome {
        Ok(Self::Json { status, body: serde_json::to_string(value)?, media_type: "application/json", retry_after: None })
    }
}

/// The page, or the problem document, of a trouble.
pub fn trouble(visit: Option<&Visit>, route: Option<&Route>, trouble: Trouble) -> Outcome {
    let Some(visit) = visit else { return Ok(problem(&trouble)) };
    if !for_people(visit, route) {
        return Ok(problem(&trouble));
    }
    let status = trouble.status();
    // Its address is not repeated: what is not there reads alike whatever was asked for.
    let chrome = Chrome { here: Route::Top.path(), ..visit.chrome()? };
    Answer::page_with(status, &Message { chrome, trouble })
}

/// Whether a person reads the answer; behind the machines' doors an unknown path is told in their form too.
fn for_people(visit: &Visit, route: Option<&Route>) -> bool {
    route.map_or_else(|| !["/operator/", "/device/"].iter().any(|door| visit.target.starts_with(door)), Route::is_page)
}

/// RFC 9457.
fn problem(trouble: &Trouble) -> Answer {
    let status = trouble.status();
    let (title, detail) = match trouble {
        Trouble::BadRequest => ("Bad request", "The request cannot be read.".to_owned()),
        Trouble::Forbidden => ("Forbidden", "This is not allowed from here.".to_owned()),
        Trouble::NotFound => ("Not found", "There is nothing at this address.".to_owned()),
        Trouble::WrongMethod => ("Method not allowed", "See the Allow header.".to_owned()),
        Trouble::TooLarge => ("Content too large", "Send less at once.".to_owned()),
        Trouble::WrongType => ("Unsupported media type", "See the description at /operator/v1/openapi.json.".to_owned()),
        Trouble::WrongHost => ("Misdirected request", "No service has this host.".to_owned()),
        Trouble::Unreadable { field } => ("Unprocessable content", format!("{field} cannot be read.")),
        Trouble::TooMany { .. } => ("Too many requests", "Wait, then send it again.".to_owned()),
        Trouble::Fault { id } => ("Internal error", format!("Logged as {id}.")),
        Trouble::Unavailable { .. } => ("Unavailable", "Send it again in a moment.".to_owned()),
    };
    let retry_after = match trouble {
        Trouble::TooMany { retry_after } | Trouble::Unavailable { retry_after } => Some(*retry_after),
        _ => None,
    };
    let body = json!({ "type": "about:blank", "title": title, "status": status, "detail": detail }).to_string();
    Answer::Json { status, body, media_type: "application/problem+json", retry_after }
}

/// What a refused command of a page becomes: the login, the page of the session's stage, or a trouble.
pub fn refused(visit: &Visit, route: &Route, refusal: &Refusal) -> Stop {
    Stop::Instead(match refusal {
        Refusal::SignedOut => to_sign_in(visit, route),
        Refusal::WrongStage { stage: Stage::PasswordDue } => Answer::see(Route::FirstPassword.path()),
        Refusal::WrongStage { stage: Stage::FactorDue } => Answer::see(factor::to_code(visit, &visit.comes_back_to(route))),
        Refusal::WrongStage { stage: Stage::FactorMissing } => {
            Answer::see(second_step::to(visit, &Route::Register, &visit.comes_back_to(route)))
        }
        Refusal::WrongStage { stage: Stage::RecoveryDue } => {
            Answer::see(second_step::to(visit, &Route::RecoveryCode, &visit.comes_back_to(route)))
        }
        Refusal::WrongStage { stage: Stage::Full } => Answer::see(Route::Top.path()),
        Refusal::WrongStage { stage: Stage::Menu } => Answer::see(MenuRoute::Top.path()),
        Refusal::Busy => return Stop::Trouble(Trouble::Unavailable { retry_after: 5 }),
        Refusal::TooMany { retry_after } => return Stop::Trouble(Trouble::TooMany { retry_after: *retry_after }),
        _ => return Stop::Trouble(Trouble::NotFound),
    })
}

/// To the login, and afterwards back.
pub fn to_sign_in(visit: &Visit, route: &Route) -> Answer {
    let next = visit.comes_back_to(route);
    let path = visit.path(&Route::SignIn);
    let cookies = visit.header("cookie");
    let had_one = session::values(&cookies, session::cookie_name(&visit.origin, visit.menu)).next().is_some();
    let mut query = Vec::new();
    if !next.is_empty() && next != "/" {
        query.push(format!("next={}", crate::route::encode(&next)));
    }
    if had_one {
        query.push("ended=1".to_owned());
    }
    // What a page asks by itself may come late, with a cookie that the person has renewed meanwhile.
    let by_itself = ["x-live", "upgrade"].iter().any(|header| visit.headers.has(header).unwrap_or(false));
    let forgets = had_one && !by_itself;
    let path = if query.is_empty() { path } else { format!("{path}?{}", query.join("&")) };
    Answer::See { path, cookies: forgets.then(|| session::forget(&visit.origin, visit.menu)).into_iter().collect() }
}

/// The headers of every answer, as the members of a JSON object, up to where forms may lead.
const FORMS: &str = r#""cache-control":"no-store",
"content-security-policy":"default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'"#;
/// And behind that.
const EVERY: &str = r#"; base-uri 'none'; frame-ancestors 'none'",
"x-content-type-options":"nosniff",
"referrer-policy":"same-origin",
"cross-origin-opener-policy":"same-origin",
"cross-origin-resource-policy":"same-origin",
"permissions-policy":"camera=(), geolocation=(), microphone=(), payment=(), usb=()""#;
/// One more over https (RFC 6797).
const TRANSPORT: &str = r#","strict-transport-security":"max-age=63072000; includeSubDomains""#;
/// An HTML page's own.
const HTML: &str = r#","content-type":"text/html; charset=utf-8","vary":"Accept-Language, Cookie""#;

/// The response of an answer. `forms` are more origins that a form may lead to, each behind a blank: browsers apply `form-action`
/// to redirects after a form too.
///
/// # Errors
/// When the runtime cannot make one.
pub fn respond(answer: Answer, https: bool, forms: &str) -> worker::Result<Response> {
    let mut headers = [FORMS, forms, EVERY].concat();
    if https {
        headers.push_str(TRANSPORT);
    }
    let mut own = |name: &str, value: &str| {
        let _ = write!(headers, ",{}:{}", Value::from(name), Value::from(value));
    };
    let mut cookies = Vec::new();
    let (status, body) = match answer {
        Answer::Socket(response) => return Ok(response),
        Answer::Page { status, html } => {
            headers.push_str(HTML);
            (status, Some(html))
        }
        Answer::Door { status, html, leads } => {
            headers.push_str(HTML);
            headers = headers.replacen("form-action 'self'", &format!("form-action 'self' {}", leads.join(" ")), 1);
            (status, Some(html))
        }
        Answer::See { path, cookies: set } => {
            own("location", &path);
            cookies = set;
            (303, None)
        }
        Answer::Json { status, body, media_type, retry_after } => {
            own("content-type", media_type);
            if let Some(seconds) = retry_after {
                own("retry-after", &seconds.to_string());
            }
            if status == 401 {
                // RFC 9110, 15.5.2
                own("www-authenticate", "Bearer");
            }
            (status, Some(body))
        }
        Answer::File { name, media_type, body } => {
            own("content-type", media_type);
            own("content-disposition", &format!("attachment; filename=\"{name}\""));
            (200, Some(body))
        }
        Answer::Stream { name, media_type, body } => {
            own("content-type", media_type);
            own("content-disposition", &format!("attachment; filename=\"{name}\""));
            let init: JsValue = js_sys::JSON::parse(&format!(r#"{{"status":200,"headers":{{{headers}}}}}"#))?;
            return Ok(Response::new_with_opt_readable_stream_and_init(Some(&body), init.unchecked_ref())?);
        }
        Answer::Text { status, text } => {
            own("content-type", "text/plain; charset=utf-8");
            (status, Some(text.to_owned()))
        }
        Answer::Empty(status) => (status, None),
    };
    // One crossing into the runtime instead of one a header.
    let init: JsValue = js_sys::JSON::parse(&format!(r#"{{"status":{status},"headers":{{{headers}}}}}"#))?;
    let response = match body {
        Some(body) => Response::new_with_opt_u8_array_and_init(Some(body.into_bytes().as_mut_slice()), init.unchecked_ref()),
        None => Response::new_with_opt_str_and_init(None, init.unchecked_ref()),
    }?;
    for cookie in cookies {
        response.headers().append("set-cookie", &cookie)?;
    }
    Ok(response)
}
