//! The entry: one request in, one response out. What is the same for every route is checked here once: host, path, method,
//! origin, size; then one match leads to the handler.

use std::{future::Future, panic::AssertUnwindSafe, pin::Pin};

use durable::{contract::Concern, shell::courier};
use worker::{
    Context, Env, Result, event,
    wasm_bindgen::{JsCast, JsValue},
    wasm_bindgen_futures,
    web_sys::{Request, Response},
};

use crate::{
    answer::{self, Answer, Outcome, Stop},
    clock, concern, config, connect, console, directory, factor, federation, handover, history, import, line, lines, mail, menu,
    my_account, my_client, my_connections, operator,
    pages::{Act, MemberAct, Trouble},
    preferences, redeem, retirement,
    route::{Operator, Route},
    second_step, sheet, sign_in, user_acts, users,
    visit::{Address, Visit},
};

#[event(start)]
fn start() {
    let runtime = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |info| {
        console_error_panic_hook::hook(info);
        runtime(info);
    }));
    courier::install(&mail::Mailer);
    // The queue of futures falls back to promises, which the engine resumes by itself; the runtime's own `queueMicrotask` goes
    // through three of its layers each time.
    let _ = js_sys::Reflect::delete_property(&js_sys::global(), &"queueMicrotask".into());
}

/// The runtime's own request and response go in and out: `worker`'s would wrap every body in one stream more.
#[event(fetch)]
async fn fetch(request: Request, env: Env, context: Context) -> Result<Response> {
    // A PUT is repaired by sending it again; going on, it would count passwords as delivered that nobody has received. Of what is
    // only looked at, an answer that comes from a provider acts.
    let acts = !matches!(request.method().as_str(), "GET" | "HEAD" | "PUT") || request.url().contains("/callback?");
    if !acts {
        return answer(request, env).await;
    }
    // A caller that goes away must not stop a login or a change halfway: the work goes on under `wait_until`.
    let work = async move { answer(request, env).await.map(JsValue::from).map_err(JsValue::from) };
    let promise = wasm_bindgen_futures::future_to_promise(AssertUnwindSafe(work));
    let kept = wasm_bindgen_futures::JsFuture::from(promise.clone());
    context.wait_until(async move {
        let _ = kept.await;
    });
    let response = wasm_bindgen_futures::JsFuture::from(promise).await?;
    Ok(response.unchecked_into())
}

/// Answers, whatever happens: a fault is logged with an id, and people see only the id.
async fn answer(request: Request, env: Env) -> Result<Response> {
    let arrived = clock::now();
    let url = request.url();
    let address = Address::of(&url);
    let https = address.as_ref().is_some_and(|address| address.scheme == "https");
    let config = match config::read(&env) {
        Ok(config) => config,
        Err(why) => {
            worker::console_error!("configuration: {why}");
            return answer::respond(
                Answer::Text { status: 500, text: "The service is not configured. The log names the setting." },
                https,
                "",
            );
        }
    };
    let Some(address) = address else { return answer::respond(Answer::Empty(400), https, "") };
    let Some(place) = config.place(&address) else { return answer::respond(page_421(&request)?, https, "") };
    let route = Route::parse(address.path);
    let menu = route.as_ref().is_some_and(Route::is_menu);
    let line = if place.line {
        let text = request.headers().get(line::HEADER)?.unwrap_or_default();
        line::arrived(&text, config.gateway.as_ref(), &place.origin, arrived).await
    } else {
        None
    };
    let mut visit = Visit::new(&request, env, config, (place, line, menu), &address, arrived);
    let outcome = match &route {
        None => Err(Stop::Trouble(Trouble::NotFound)),
        Some(route) => handle(&mut visit, route, request).await,
    };
    let answer = match outcome {
        Ok(answer) | Err(Stop::Instead(answer)) => answer,
        Err(Stop::Trouble(trouble)) => return with_details(&visit, route.as_ref(), trouble, https),
        Err(Stop::Fault(why)) => {
            let id = clock::id().unwrap_or_default().chars().take(8).collect::<String>();
            worker::console_error!("fault {id} at {} {}: {why}", visit.method, address.path);
            return with_details(&visit, route.as_ref(), Trouble::Fault { id }, https);
        }
    };
    answer::respond(answer, https, visit.config.handover.forms(visit.service))
}

/// A trouble's response, with `Allow` or `Retry-After` where HTTP wants one.
fn with_details(visit: &Visit, route: Option<&Route>, trouble: Trouble, https: bool) -> Result<Response> {
    let allow = match (&trouble, route) {
        (Trouble::WrongMethod, Some(route)) => Some(route.methods().join(", ")),
        _ => None,
    };
    let retry_after = match &trouble {
        Trouble::TooMany { retry_after } | Trouble::Unavailable { retry_after } => Some(*retry_after),
        _ => None,
    };
    let answer = match answer::trouble(Some(visit), route, trouble) {
        Ok(answer) => answer,
        Err(_) => Answer::Empty(500),
    };
    let response = answer::respond(answer, https, visit.config.handover.forms(visit.service))?;
    if let Some(allow) = allow {
        response.headers().set("allow", &allow)?;
    }
    if let Some(seconds) = retry_after {
        response.headers().set("retry-after", &seconds.to_string())?;
    }
    Ok(response)
}

/// No service has this host, so there is no brand to show: a page in no colour.
fn page_421(request: &Request) -> Result<Answer> {
    use crate::pages::{Brand, Chrome, Message, Template};
    let accepted = request.headers().get("accept-language").ok().flatten().unwrap_or_default();
    let chrome = Chrome::new(crate::texts::Lang::accepted(&accepted), Brand::neutral(), clock::id()?);
    let html = Message { chrome, trouble: Trouble::WrongHost }.render().unwrap_or_default();
    Ok(Answer::Page { status: 421, html })
}

/// What is the same for every route; whether the request asks for a WebSocket.
async fn admit(visit: &mut Visit, route: &Route, request: Request) -> Result<bool, Stop> {
    if !route.is_of(visit.profile()) {
        return Err(Trouble::NotFound.into());
    }
    if !route.methods().contains(&visit.method.as_str()) {
        return Err(Trouble::WrongMethod.into());
    }
    visit.acts = !matches!(visit.method.as_str(), "GET" | "HEAD");
    let upgrade = matches!(route, Route::LiveUser(_) | Route::LivePassword | Route::LiveUsers | Route::DeviceConnect)
        && visit.header("upgrade").eq_ignore_ascii_case("websocket");
    if route.is_page() && (visit.acts || upgrade) && !visit.same_origin() {
        return Err(Trouble::Forbidden.into());
    }
    if visit.acts {
        visit.read_body(request, route.body_limit()).await?;
    }
    if matches!(route, Route::FederationCallback(_)) {
        federation::come_back(visit);
    }
    Ok(upgrade)
}

/// What is the same for every route, then the route's handler.
async fn handle(visit: &mut Visit, route: &Route, request: Request) -> Outcome {
    let upgrade = admit(visit, route, request).await?;
    let visit = &*visit;
    let route = if let Route::MenuDoor(route) = route { route } else { route };
    // Boxed: one future of them all would hold the code of every page.
    let handler: Pin<Box<dyn Future<Output = Outcome> + '_>> = match route {
        Route::SignIn if visit.acts => Box::pin(sign_in::submit(visit)),
        Route::SignIn => Box::pin(sign_in::page(visit)),
        Route::SignOut => Box::pin(sign_in::sign_out(visit)),
        Route::Top => Box::pin(my_account::top(visit, route)),
        Route::Settings => Box::pin(my_account::settings(visit, route)),
        Route::FirstPassword | Route::OwnPassword if visit.acts => Box::pin(my_account::change_password(visit, route)),
        Route::FirstPassword => Box::pin(my_account::first_password(visit, route)),
        Route::OwnPassword => Box::pin(my_account::own_password(visit, route)),
        Route::Users => Box::pin(users::list(visit, route)),
        Route::Disconnect(login, end) => Box::pin(user_acts::disconnect(visit, route, login, *end)),
        Route::ResetDevice(login) => Box::pin(user_acts::reset_device(visit, route, login)),
        Route::LiveUser(login) => Box::pin(users::live(visit, route, Some(login), upgrade)),
        Route::DeviceLogin => Box::pin(connect::login(visit)),
        Route::DeviceConnect => Box::pin(connect::connect(visit, upgrade)),
        Route::Operator(Operator::OpenApi) => return Ok(operator::openapi()),
        Route::Operator(action) => Box::pin(operator::handle(visit, action)),
        Route::FactorCode if visit.profile().second_step.is_some() => Box::pin(second_step::code(visit, route)),
        Route::FactorCode if visit.acts => Box::pin(factor::code(visit, route)),
        Route::FactorCode => Box::pin(factor::code_page(visit, route)),
        Route::Confirm if visit.acts => Box::pin(factor::confirm(visit, route)),
        Route::Confirm => Box::pin(factor::confirm_page(visit, route)),
        Route::Factor => Box::pin(factor::page(visit, route)),
        Route::FactorSetUp if visit.acts => Box::pin(factor::set_up(visit, route)),
        Route::FactorSetUp => Box::pin(factor::set_up_page(visit, route)),
        Route::FactorRemove if visit.acts => Box::pin(factor::remove(visit, route)),
        Route::FactorRemove => Box::pin(factor::remove_page(visit, route)),
        Route::History => Box::pin(history::own(visit, route)),
        Route::UserHistory(login) => Box::pin(history::of_user(visit, route, login)),
        Route::HistoryCheck => Box::pin(history::check(visit, route)),
        Route::EndGrace => Box::pin(my_client::end_grace(visit, route)),
        Route::LivePassword => Box::pin(users::live(visit, route, None, upgrade)),
        Route::LiveUsers => Box::pin(users::live_lists(visit, route, upgrade)),
        Route::Sheet => Box::pin(sheet::sheet(visit, route)),
        Route::Locked => Box::pin(concern::page(visit, route, Concern::Locked)),
        Route::UnlockMany => Box::pin(concern::act(visit, route, Concern::Locked)),
        Route::Previous => Box::pin(concern::page(visit, route, Concern::Previous)),
        Route::EndGraces => Box::pin(concern::act(visit, route, Concern::Previous)),
        Route::EndGraceOf(login) => Box::pin(user_acts::administer(visit, route, login, Act::EndGrace)),
        Route::Health => return Answer::json(200, &serde_json::json!({ "status": "ok" })),
        Route::Unlock(login) => Box::pin(user_acts::administer(visit, route, login, Act::Unlock)),
        Route::Prohibit(login) => Box::pin(user_acts::administer(visit, route, login, Act::Prohibit)),
        Route::Allow(login) => Box::pin(user_acts::administer(visit, route, login, Act::Allow)),
        Route::ResetFactor(login) if visit.profile().invites() => {
            Box::pin(console::act(visit, route, login, MemberAct::ResetTwoStep))
        }
        Route::ResetFactor(login) => Box::pin(user_acts::administer(visit, route, login, Act::ResetFactor)),
        Route::ShutOut(login) => Box::pin(user_acts::shut_out(visit, route, login)),
        Route::ForcePassword(login) if visit.acts => Box::pin(user_acts::force_password(visit, route, login)),
        Route::Account => Box::pin(my_connections::page(visit, route)),
        Route::EndSession(id) => Box::pin(my_connections::end_session(visit, route, id)),
        Route::EndOtherSessions => Box::pin(my_connections::end_others(visit, route)),
        Route::RefusePc(id) => Box::pin(my_connections::refuse_pc(visit, route, id)),
        Route::Preferences => Box::pin(preferences::choose(visit)),
        Route::News => Box::pin(preferences::read_news(visit, route)),
        Route::Link(ticket) => Box::pin(redeem::link(visit, ticket)),
        Route::Forgot => Box::pin(redeem::forgot(visit)),
        Route::Menu(page) => Box::pin(menu::handle(visit, route, *page)),
        Route::MenuDoor(_) => return Err(Trouble::NotFound.into()),
        Route::Register => Box::pin(second_step::register(visit, route)),
        Route::RegisterCode => Box::pin(second_step::register_code(visit, route)),
        Route::RegisterApp => Box::pin(second_step::register_app(visit, route)),
        Route::Recovery => Box::pin(second_step::lost(visit, route)),
        Route::RecoveryCode => Box::pin(second_step::keep(visit, route)),
        Route::Registered => Box::pin(second_step::registered(visit, route)),
        Route::SendCode => Box::pin(second_step::send(visit, route)),
        Route::ForgetBrowser(id) => Box::pin(my_connections::forget_browsers(visit, route, Some(id))),
        Route::ForgetBrowsers => Box::pin(my_connections::forget_browsers(visit, route, None)),
        Route::Invite => Box::pin(console::invite_page(visit, route)),
        Route::Invitations => Box::pin(console::invitations(visit, route)),
        Route::Import => Box::pin(import::import(visit, route)),
        Route::ImportStart => Box::pin(import::start(visit, route)),
        Route::ImportStop => Box::pin(import::stop(visit, route)),
        Route::Resend(login) => Box::pin(console::act(visit, route, login, MemberAct::Resend)),
        Route::Withdraw(login) => Box::pin(console::act(visit, route, login, MemberAct::Withdraw)),
        Route::ChangeAddress(login) => Box::pin(console::address(visit, route, login)),
        Route::UserMails(login) => Box::pin(console::mails(visit, route, login)),
        Route::HandOver => Box::pin(handover::on(visit, route)),
        Route::Keys => return handover::keys(visit),
        Route::Ending => Box::pin(retirement::page(visit, route)),
        Route::Federate(id) => Box::pin(federation::start(visit, route, id)),
        Route::FindDirectory => Box::pin(directory::find(visit)),
        Route::FederationCallback(id) => Box::pin(federation::callback(visit, route, id)),
        Route::Lines => Box::pin(lines::lines(visit, route)),
        Route::AccessPath => Box::pin(lines::access_path(visit, route)),
        Route::Doors => Box::pin(lines::doors(visit, route)),
        Route::LineNotice => Box::pin(lines::notice(visit, route)),
        // A refused password leaves its address behind, and reloading that asks for the page.
        Route::User(login) | Route::ForcePassword(login) if visit.profile().invites() => {
            Box::pin(console::member(visit, route, login))
        }
        Route::User(login) | Route::ForcePassword(login) => Box::pin(users::user(visit, route, login)),
    };
    handler.await
}
