//! What a person chooses about his pages — language and time zone — and what he has read. Both change nothing else, and lead back
//! to the page they were said on.

use durable::{
    account::{Prefer, Preferences, ReadNews},
    shell::call::Kind,
};

use crate::{
    answer::{Answer, Outcome, Stop, refused, to_sign_in},
    my_account::gone,
    pages::Trouble,
    route::{Route, same_page},
    view,
    visit::Visit,
};

/// POST /preferences: into the cookie, and for who is logged in into his Account, so that his next login brings it along.
pub async fn choose(visit: &Visit) -> Outcome {
    let form = visit.form()?;
    form.operation()?;
    let (language, zone) = (form.may("language"), form.may("zone"));
    let chosen = view::chosen(language, zone);
    let unreadable = |field: &str| Err(Trouble::Unreadable { field: field.to_owned() }.into());
    if chosen.language != language {
        return unreadable("language");
    }
    if chosen.zone.is_none() && (!zone.is_empty() || language.is_empty()) {
        return unreadable("zone");
    }
    if let Some(session) = &visit.session {
        // Whoever is not, or not completely, logged in chooses for this browser only.
        let _ = visit.ask(Kind::Account, &session.uid, Prefer { session: session.hash.clone(), chosen: chosen.clone() }).await?;
    }
    let cookie = view::cookie(&visit.origin, &view::over(&chosen, &visit.chosen));
    Ok(Answer::See { path: same_page(form.may("next")), cookies: vec![cookie] })
}

/// The cookie that a login brings when the person has chosen something else in another browser.
pub fn remembered(visit: &Visit, chosen: &Preferences) -> Option<String> {
    let view = view::over(chosen, &visit.chosen);
    (view != visit.chosen).then(|| view::cookie(&visit.origin, &view))
}

/// POST /news
pub async fn read_news(visit: &Visit, route: &Route) -> Outcome {
    let form = visit.form()?;
    form.operation()?;
    let Some(session) = &visit.session else { return Err(Stop::Instead(to_sign_in(visit, route))) };
    let upto = form.need("upto")?.parse().map_err(|_| Trouble::Unreadable { field: "upto".to_owned() })?;
    let read = visit.ask(Kind::Account, &session.uid, ReadNews { session: session.hash.clone(), upto }).await?;
    read.map_err(|refusal| refused(visit, route, &gone(refusal)))?;
    Ok(Answer::see(same_page(form.may("next"))))
}
