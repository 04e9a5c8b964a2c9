//! 認証・契約情報変更メニュー over HTTP (ST-080 to ST-111). Its login, second step and confirmation are the ordinary ones behind a
//! door of their own (`/menu/login`, …); here are its pages. The person's Account decides about his login, the Contract about the
//! contract; what neither the plan nor the role permits is not there.

use durable::{
    account::{AskAddress, By, ChangePassword, MenuPage, MenuView, OpenTemporary, SetMethod, Stage, WhoIs, sign_in::NewSession},
    contract::{Change, ChangeContract, Plan},
    names::Door,
    refusal::Refusal,
    rules::{
        access::Actor,
        date::stamp,
        login_name,
        menu::Item,
        password::{Policy, Violation, violations},
        trial::{Trial, trial},
    },
    shell::call::Kind,
};

use crate::{
    answer::{Answer, Outcome, Stop, refused, to_sign_in},
    federation::{self, Aim},
    known_browser::Fresh,
    lines,
    my_account::{chrome, gone},
    pages::{Chrome, Group, Menu, MenuField, MenuForm, MenuPassword, Notice, Of, PasswordErrors, Switch, Trouble, WrongCurrent},
    password_hash, retirement,
    route::{MenuRoute, Route, encode},
    session::Session,
    sign_in::{in_turn, too_often, within_outer_limit},
    texts,
    visit::{Form, Visit},
};

/// Longest name of a company or person, in characters, as at the operator's door.
const NAME: usize = 100;

/// Who is logged in to the menu, and what its pages need.
async fn view(visit: &Visit, route: &Route) -> Result<MenuView, Stop> {
    let session = own(visit, route)?;
    let view = visit.ask(Kind::Account, &session.uid, MenuPage { session: session.hash.clone() }).await?;
    view.map_err(|refusal| refused(visit, route, &gone(refusal)))
}

fn own<'a>(visit: &'a Visit, route: &Route) -> Result<&'a Session, Stop> {
    visit.session.as_ref().ok_or_else(|| Stop::Instead(to_sign_in(visit, route)))
}

/// The view, if the menu has the item for him; the password checked lately, if the page changes something that it protects.
pub async fn permitted(visit: &Visit, route: &Route, item: Item) -> Result<MenuView, Stop> {
    let view = view(visit, route).await?;
    if !view.has(item, visit.arrived) {
        return Err(Trouble::NotFound.into());
    }
    if view.me.confirmed { Ok(view) } else { Err(to_confirm(visit, route)) }
}

fn to_confirm(visit: &Visit, route: &Route) -> Stop {
    Stop::Instead(Answer::see(format!("{}?next={}", visit.path(&Route::Confirm), encode(&route.path()))))
}

pub fn frame(visit: &Visit, view: &MenuView) -> worker::Result<Chrome> {
    chrome(visit, &view.me, None)
}

fn words(visit: &Visit) -> &'static texts::Menu {
    &texts::of(visit.lang).menu
}

/// Every page of the menu.
pub async fn handle(visit: &Visit, route: &Route, page: MenuRoute) -> Outcome {
    retirement::refresh(visit).await?;
    if visit.acts && !within_outer_limit(visit) {
        return Err(too_often());
    }
    match page {
        MenuRoute::Top => top(visit, route).await,
        MenuRoute::Password => password(visit, route).await,
        MenuRoute::Method => method(visit, route).await,
        MenuRoute::Address => address(visit, route).await,
        MenuRoute::Contract => record(visit, route).await,
        MenuRoute::Plan => plan(visit, route).await,
        MenuRoute::Cancellation => cancellation(visit, route).await,
        MenuRoute::SecondStep => second_step(visit, route).await,
        MenuRoute::Settings => settings(visit, route).await,
        MenuRoute::Directory => crate::directory::settings(visit, route).await,
        MenuRoute::AccessPath => lines::access_path(visit, route).await,
    }
}

async fn top(visit: &Visit, route: &Route) -> Outcome {
    let view = view(visit, route).await?;
    let t = words(visit);
    let all = [
        (Of::Own, Item::Method, t.method, MenuRoute::Method),
        (Of::Own, Item::Address, t.address, MenuRoute::Address),
        (Of::Own, Item::Password, t.password, MenuRoute::Password),
        (Of::Wide, Item::AccessPath, texts::of(visit.lang).line.access_path, MenuRoute::AccessPath),
        (Of::Wide, Item::SecondStep, t.second_step, MenuRoute::SecondStep),
        (Of::Wide, Item::ActiveDirectory, texts::of(visit.lang).directory.title, MenuRoute::Directory),
        (Of::Wide, Item::Settings, t.settings, MenuRoute::Settings),
        (Of::Contract, Item::Contract, t.record, MenuRoute::Contract),
        (Of::Contract, Item::Plan, t.plan, MenuRoute::Plan),
        (Of::Contract, Item::Cancellation, t.cancellation, MenuRoute::Cancellation),
    ];
    let groups = [Of::Own, Of::Wide, Of::Contract].map(|of| {
        let own = all.iter().filter(|(group, item, ..)| *group == of && view.has(*item, visit.arrived));
        Group { of, items: own.map(|(_, _, label, page)| (*label, page.path())).collect() }
    });
    let at = |instant| stamp(instant, visit.zone);
    let trial = match trial(&view.facts, visit.arrived) {
        Trial::Running(end) => Some((t.trial_left)(at(end))),
        Trial::Changeable(last) => Some((t.trial_over)(at(last))),
        Trial::None | Trial::Over => None,
    };
    let groups = groups.into_iter().filter(|group| !group.items.is_empty()).collect();
    Answer::page(&Menu { chrome: frame(visit, &view)?, groups, trial })
}

/// パスワード変更 (ST-110, ST-111)
async fn password(visit: &Visit, route: &Route) -> Outcome {
    let view = view(visit, route).await?;
    if !view.has(Item::Password, visit.arrived) {
        return Err(Trouble::NotFound.into());
    }
    let page = |status, errors| password_page(visit, &view, status, errors, false);
    if !visit.acts {
        return page(200, PasswordErrors::default());
    }
    let form = visit.form()?;
    let (current, new) = (form.need("current")?, form.need("new")?);
    let broken = broken(visit, &view, new, form.need("again")?);
    let session = own(visit, route)?;
    let stage = Stage::Menu;
    let open = || visit.ask(Kind::Account, &session.uid, durable::account::OpenChange { session: session.hash.clone(), stage });
    let (challenge, permit) = match in_turn((Door::Web, &session.hash), visit.arrived, open).await? {
        Ok(open) => open,
        Err(refusal) => return Err(refused(visit, route, &gone(refusal))),
    };
    let current = password_hash::compute(current, &challenge)?;
    let new = password_hash::compute(new, &challenge)?;
    let (fresh, renewed) = renewed(visit)?;
    let (session_hash, violations) = (session.hash.clone(), broken);
    let command = ChangePassword {
        session: session_hash,
        stage,
        challenge,
        current,
        new,
        violations,
        renewed,
        reflect: false,
        graceless: true,
    };
    let changed = visit.ask(Kind::Account, &session.uid, command).await?;
    drop(permit);
    match changed {
        Ok(_) => done(visit, session, fresh),
        Err(Refusal::Password { wrong_current: Some(0), .. }) => Err(Stop::Instead(to_sign_in(visit, route))),
        Err(Refusal::Password { violations, wrong_current }) => {
            let wrong_current = wrong_current.map(|left| WrongCurrent { left: Some(left) });
            page(422, PasswordErrors { wrong_current, violations })
        }
        Err(Refusal::Wrong) => Err(Trouble::Unavailable { retry_after: 1 }.into()),
        Err(refusal) => Err(refused(visit, route, &gone(refusal))),
    }
}

/// What the text of a new password breaks.
fn broken(visit: &Visit, view: &MenuView, new: &str, again: &str) -> Vec<Violation> {
    let mut broken = violations(&policy(visit, view), new, &view.me.login);
    if new != again {
        broken.push(Violation::Mismatch);
    }
    broken
}

/// What a new password must be in this contract.
fn policy(visit: &Visit, view: &MenuView) -> Policy {
    view.facts.settings.password_policy(visit.profile().password)
}

fn renewed(visit: &Visit) -> worker::Result<(Fresh, NewSession)> {
    let fresh = Fresh::new()?;
    let renewed = fresh.stored(visit);
    Ok((fresh, renewed))
}

fn password_page(visit: &Visit, view: &MenuView, status: u16, errors: PasswordErrors, method: bool) -> Outcome {
    let (login, policy, method_resets) = (view.me.login.clone(), policy(visit, view), !view.facts.settings.keep_factor);
    let services =
        if method { federation::others(visit, view.linked.as_ref().map(|own| own.provider.as_str())) } else { Vec::new() };
    let linked = view.linked.as_ref().map_or_else(Default::default, |own| {
        let shown = if own.address.is_empty() { &own.name } else { &own.address };
        [federation::label(visit, &own.provider), shown.clone()]
    });
    let page = MenuPassword { chrome: frame(visit, view)?, login, policy, errors, method, method_resets, services, linked };
    federation::leads(visit, Answer::page_with(status, &page))
}

/// Back to the menu with the cookie of the session's new id and the receipt.
fn done(visit: &Visit, session: &Session, fresh: Fresh) -> Outcome {
    let cookies = fresh.cookies(visit, session.uid.clone(), Stage::Menu, false)?;
    Ok(Answer::See { path: format!("{}?notice={}", MenuRoute::Top.path(), Notice::PasswordChanged.code()), cookies })
}

/// ログイン方法の設定: to mail address and password (ST-101, ST-102).
async fn method(visit: &Visit, route: &Route) -> Outcome {
    let view = permitted(visit, route, Item::Method).await?;
    let page = |status, violations| password_page(visit, &view, status, PasswordErrors { wrong_current: None, violations }, true);
    if !visit.acts {
        return page(200, Vec::new());
    }
    let form = visit.form()?;
    if !form.may("provider").is_empty() || !form.may("linked").is_empty() {
        return method_linked(visit, route, &view, &form).await;
    }
    let new = form.need("new")?;
    let broken = broken(visit, &view, new, form.need("again")?);
    if !broken.is_empty() {
        return page(422, broken);
    }
    let session = own(visit, route)?;
    let challenge = visit.ask(Kind::Account, &session.uid, OpenTemporary).await?.map_err(|_| Trouble::NotFound)?;
    let output = password_hash::compute(new, &challenge)?;
    let (fresh, renewed) = renewed(visit)?;
    let command = SetMethod { session: session.hash.clone(), challenge, output, renewed };
    match visit.ask(Kind::Account, &session.uid, command).await? {
        Ok(_) => done(visit, session, fresh),
        Err(Refusal::Password { violations, .. }) => page(422, violations),
        Err(Refusal::ConfirmDue) => Err(to_confirm(visit, route)),
        Err(refusal) => Err(refused(visit, route, &gone(refusal))),
    }
}

/// ログイン方法の設定: to a linked service (ST-103), chosen or, on the way back, confirmed.
async fn method_linked(visit: &Visit, route: &Route, view: &MenuView, form: &Form) -> Outcome {
    let session = own(visit, route)?;
    let aim = Aim::Method { uid: session.uid.clone(), session: session.hash.clone() };
    if form.may("linked").is_empty() {
        return federation::begin(visit, form.need("provider")?, aim).await;
    }
    let by = By::Menu { session: session.hash.clone() };
    match federation::take(visit, form.need("linked")?, &aim, (&session.uid, &view.contract, by)).await? {
        Ok(answer) => Ok(answer),
        Err(Refusal::ConfirmDue) => Err(to_confirm(visit, route)),
        Err(refusal) => Err(refused(visit, route, &gone(refusal))),
    }
}

/// メールアドレス変更 (ST-104)
async fn address(visit: &Visit, route: &Route) -> Outcome {
    let view = permitted(visit, route, Item::Address).await?;
    let t = words(visit);
    let page = |status, typed: [&str; 2], wrong: [Option<&'static str>; 2]| {
        let field = |name, label, value: &str, error: Option<&str>| {
            let value = value.chars().take(254).collect();
            MenuField { name, label, kind: "email", value, error: error.map(str::to_owned) }
        };
        let mut lead = vec![t.address_lead.to_owned()];
        lead.extend((!view.pending.is_empty()).then(|| (t.address_pending)(view.pending.clone())));
        let fields = vec![
            field("address", texts::of(visit.lang).storage.address, typed[0], wrong[0]),
            field("again", t.address_again, typed[1], wrong[1]),
        ];
        let facts = vec![(t.address_now, view.me.login.clone())];
        let action = MenuRoute::Address.path();
        let form =
            MenuForm { lead, facts, fields, action, submit: t.address_submit, ..MenuForm::new(frame(visit, &view)?, t.address) };
        Answer::page_with(status, &form)
    };
    if !visit.acts {
        return page(200, ["", ""], [None, None]);
    }
    let form = visit.form()?;
    let typed = [form.need("address")?, form.need("again")?];
    let read = typed.map(|text| login_name::parse(text, visit.profile().name_kind));
    let malformed = read[0].is_none().then_some(t.address_malformed);
    let differs = (read[0] != read[1]).then_some(t.address_differs);
    let Some(address) = read[0].clone().filter(|_| differs.is_none()) else { return page(422, typed, [malformed, differs]) };
    let session = own(visit, route)?;
    let ask = AskAddress { session: session.hash.clone(), address: address.clone() };
    match visit.ask(Kind::Account, &session.uid, ask).await? {
        Ok(_) => {
            let lead = vec![(t.address_sent_lead)(address)];
            Answer::page(&MenuForm { lead, ..MenuForm::new(frame(visit, &view)?, t.address_sent) })
        }
        Err(Refusal::Used) => page(422, typed, [Some(t.address_same), None]),
        Err(Refusal::TooMany { .. }) => page(429, typed, [Some(texts::of(visit.lang).console.notice_just_sent), None]),
        Err(Refusal::Fixed { .. }) => page(429, typed, [Some(texts::of(visit.lang).console.moved_often), None]),
        Err(Refusal::ConfirmDue) => Err(to_confirm(visit, route)),
        Err(refusal) => Err(refused(visit, route, &gone(refusal))),
    }
}

/// Who acts on the contract, his password checked lately.
pub async fn actor(visit: &Visit, route: &Route) -> Result<Actor, Stop> {
    let session = own(visit, route)?;
    let who = WhoIs { session: session.hash.clone(), touch: true, menu: true };
    match visit.ask(Kind::Account, &session.uid, who).await? {
        Ok(actor) => Ok(Actor { address: visit.address(), ..actor }),
        Err(Refusal::ConfirmDue) => Err(to_confirm(visit, route)),
        Err(refusal) => Err(refused(visit, route, &gone(refusal))),
    }
}

/// Changes the contract, and says what came of it.
pub async fn change(visit: &Visit, route: &Route, change: Change, (title, done): (&'static str, &'static str)) -> Outcome {
    let actor = actor(visit, route).await?;
    let contract = actor.contract.clone();
    let line = match visit.ask(Kind::Contract, &contract, ChangeContract { actor, change }).await? {
        Ok(_) => done,
        Err(Refusal::Used) => words(visit).unchanged,
        Err(refusal) => return Err(refused(visit, route, &refusal)),
    };
    let view = view(visit, route).await?;
    Answer::page(&MenuForm { lead: vec![line.to_owned()], ..MenuForm::new(frame(visit, &view)?, title) })
}

/// 契約情報変更: asks, shows, changes.
async fn record(visit: &Visit, route: &Route) -> Outcome {
    let view = permitted(visit, route, Item::Contract).await?;
    let t = words(visit);
    let page = |status, values: [&str; 2], wrong: [Option<String>; 2]| {
        let [name_error, contact_error] = wrong;
        let field = |name, label, value: &str, error| MenuField { name, label, kind: "text", value: value.to_owned(), error };
        let fields = vec![field("name", t.company, values[0], name_error), field("contact", t.contact, values[1], contact_error)];
        let lead = vec![t.record_lead.to_owned()];
        let action = MenuRoute::Contract.path();
        Answer::page_with(
            status,
            &MenuForm { lead, fields, action, submit: t.change, ..MenuForm::new(frame(visit, &view)?, t.record) },
        )
    };
    if !visit.acts {
        return page(200, [&view.facts.name, &view.facts.contact], [None, None]);
    }
    let form = visit.form()?;
    let values = [form.need("name")?.trim(), form.need("contact")?.trim()];
    let wrong = values.map(|value| match value.chars().count() {
        0 => Some(t.missing.to_owned()),
        length if length > NAME => Some((t.too_long)(NAME)),
        _ if value.chars().any(char::is_control) => Some(t.missing.to_owned()),
        _ => None,
    });
    if wrong.iter().any(Option::is_some) {
        return page(422, values, wrong);
    }
    let [name, contact] = values.map(str::to_owned);
    if form.may("sure").is_empty() {
        let facts = vec![(t.company, name.clone()), (t.contact, contact.clone())];
        let hidden = vec![("name", name), ("contact", contact), ("sure", "1".to_owned())];
        let (lead, action) = (vec![t.check.to_owned()], MenuRoute::Contract.path());
        return Answer::page(&MenuForm {
            lead,
            facts,
            hidden,
            action,
            submit: t.change,
            ..MenuForm::new(frame(visit, &view)?, t.record)
        });
    }
    change(visit, route, Change::Record { name, contact }, (t.record, t.record_done)).await
}

/// プラン変更: from 無料トライアル to 基本プラン (ST-003): asks, shows, changes.
async fn plan(visit: &Visit, route: &Route) -> Outcome {
    let view = permitted(visit, route, Item::Plan).await?;
    let t = words(visit);
    let (now, then) = ((t.plan_now, t.plan_trial.to_owned()), (t.plan_then, t.plan_basic.to_owned()));
    let page = |lead: &str, facts| {
        let (lead, action) = (vec![lead.to_owned()], MenuRoute::Plan.path());
        Ok::<_, Stop>(MenuForm { lead, facts, action, submit: t.plan_submit, ..MenuForm::new(frame(visit, &view)?, t.plan) })
    };
    let sure = visit.acts && {
        let form = visit.form()?;
        form.operation()?;
        !form.may("sure").is_empty()
    };
    if sure {
        return change(visit, route, Change::Basic, (t.plan, t.plan_done)).await;
    }
    if view.facts.plan == Plan::Basic {
        let facts = vec![(t.plan_now, t.plan_basic.to_owned())];
        return Answer::page(&MenuForm { action: "", submit: "", ..page(t.plan_is_basic, facts)? });
    }
    if visit.acts {
        let hidden = vec![("sure", "1".to_owned())];
        return Answer::page(&MenuForm { hidden, cancel: true, submit: t.change, ..page(t.check, vec![now, then])? });
    }
    Answer::page(&page(t.plan_lead, vec![now])?)
}

/// 解約
async fn cancellation(visit: &Visit, route: &Route) -> Outcome {
    let view = permitted(visit, route, Item::Cancellation).await?;
    let t = words(visit);
    if let Some(at) = view.facts.cancelled {
        let lead = vec![(t.cancelled)(stamp(at, visit.zone))];
        return Answer::page(&MenuForm { lead, ..MenuForm::new(frame(visit, &view)?, t.cancellation) });
    }
    let page = |status, wrong| {
        let (lead, action) = (vec![t.cancel_lead.to_owned()], MenuRoute::Cancellation.path());
        let tick = Some((t.cancel_check, wrong));
        let form = MenuForm {
            lead,
            tick,
            action,
            submit: t.cancel_submit,
            danger: true,
            ..MenuForm::new(frame(visit, &view)?, t.cancellation)
        };
        Answer::page_with(status, &form)
    };
    if !visit.acts {
        return page(200, None);
    }
    let form = visit.form()?;
    form.operation()?;
    if form.may("sure").is_empty() {
        return page(422, Some(t.cancel_unchecked));
    }
    change(visit, route, Change::Cancellation, (t.cancellation, t.cancel_done)).await
}

/// 2段階認証設定 (ST-090 to ST-094): chosen, confirmed, changed.
async fn second_step(visit: &Visit, route: &Route) -> Outcome {
    let view = permitted(visit, route, Item::SecondStep).await?;
    let (t, s) = (words(visit), &texts::of(visit.lang).step);
    let now = !view.facts.settings.no_second_step;
    let (action, label) = (MenuRoute::SecondStep.path(), |on: bool| if on { s.setting_on } else { s.setting_off });
    let new = |title| Ok::<_, Stop>(MenuForm { action, submit: s.setting_submit, ..MenuForm::new(frame(visit, &view)?, title) });
    if view.facts.lines.only {
        let lead = [s.setting_line, texts::of(visit.lang).line.second_step_off].map(str::to_owned).to_vec();
        return Answer::page(&MenuForm { lead, ..MenuForm::new(frame(visit, &view)?, t.second_step) });
    }
    if !visit.acts {
        let lead = [s.setting_lead, s.setting_warning, s.setting_line].map(str::to_owned).to_vec();
        let choices = vec![("on", s.setting_on, now), ("off", s.setting_off, !now)];
        return Answer::page(&MenuForm { lead, choices, ..new(t.second_step)? });
    }
    let form = visit.form()?;
    form.operation()?;
    let enabled = match form.need("choice")? {
        "on" => true,
        "off" => false,
        _ => return Err(Trouble::Unreadable { field: "choice".to_owned() }.into()),
    };
    let checked = !form.may("check").is_empty();
    if enabled != now && (!checked || form.may("sure").is_empty()) {
        let lead = vec![(s.setting_check)(visit.profile().wording).to_owned(), s.setting_other.to_owned()];
        let facts = vec![(s.setting_now, label(now).to_owned()), (s.setting_then, label(enabled).to_owned())];
        let hidden = vec![("choice", form.need("choice")?.to_owned()), ("check", "1".to_owned())];
        let tick = Some((s.setting_tick, checked.then_some(s.setting_untick)));
        let page = MenuForm { lead, facts, hidden, tick, cancel: true, danger: !enabled, ..new(s.setting_check_title)? };
        return Answer::page_with(if checked { 422 } else { 200 }, &page);
    }
    let said = (t.second_step, if enabled { s.setting_done_on } else { s.setting_done_off });
    change(visit, route, Change::SecondStep { enabled }, said).await
}

/// その他の設定: what deviates from the manual, off unless the contractor chooses it (decisions).
async fn settings(visit: &Visit, route: &Route) -> Outcome {
    let view = permitted(visit, route, Item::Settings).await?;
    let t = words(visit);
    if !visit.acts {
        let now = &view.facts.settings;
        let switch = |name, label, hint, on| Switch { name, label, hint, on };
        let switches = vec![
            switch("keep_factor", t.keep_factor, t.keep_factor_hint, now.keep_factor),
            switch("short_reset", t.short_reset, t.short_reset_hint, now.short_reset),
            switch("passphrase", t.passphrase, t.passphrase_hint, now.passphrase),
        ];
        let (lead, action) = (vec![t.settings_lead.to_owned()], MenuRoute::Settings.path());
        return Answer::page(&MenuForm {
            lead,
            switches,
            action,
            submit: t.change,
            ..MenuForm::new(frame(visit, &view)?, t.settings)
        });
    }
    let form = visit.form()?;
    form.operation()?;
    let [keep_factor, short_reset, passphrase] =
        ["keep_factor", "short_reset", "passphrase"].map(|name| !form.may(name).is_empty());
    let said = (t.settings, t.settings_done);
    change(visit, route, Change::Settings { keep_factor, short_reset, passphrase }, said).await
}
