//! The pages: values in, HTML out.
//!
//! One typed struct a page and one template beside it; `page.render()` (of [`Template`]) is the whole interface. Every
//! string is escaped by the template engine, and no page carries inline code or style, so that the content security policy
//! can forbid both. Each page has samples, and the tests render all of them in every profile and language.

mod account;
mod brand;
mod chrome;
mod concern;
mod confirm;
mod console;
mod directory;
mod effects;
mod ending;
mod factor;
mod federated;
mod frame;
pub mod history;
mod import;
mod letter;
mod line;
pub mod links;
mod locked;
mod menu;
mod message;
mod news;
mod own_client;
mod password;
mod previous;
mod qr;
mod receipt;
mod redeem;
mod second_step;
mod settings;
mod sheet;
mod shut_out;
mod sign_in;
mod state;
mod top;
mod user;
mod users;

pub use askama::Template;
use durable::rules::password::Policy;

pub use self::{
    account::{Account, AccountLive, OwnAct, OwnDevices, OwnQuestion, Pc, Remembered, SessionRow},
    brand::{Brand, Colour},
    chrome::{Chrome, Kind, Nav, Notice, Who},
    concern::{ActResult, ConcernList, ConcernLive, ConcernQuestion, ConcernResults, ConcernRow, Why},
    confirm::{Act, Confirm},
    console::{
        AddressError, Invitations, InviteErrors, InvitePage, InvitedRow, MailRow, Member, MemberAct, MemberAddress, MemberFacts,
        MemberMails, MemberQuestion, Typed,
    },
    directory::{Connection, DirectorySettings, DirectoryState},
    ending::{EndingRow, EndingUsers},
    factor::{CodeError, ConfirmPassword, Factor, FactorCode, FactorRemove, FactorSetUp},
    federated::{Federated, FederatedState, ServiceDoor},
    history::{History, HistoryCheck},
    import::{FileError, ImportForm, ImportLive, ImportPage},
    letter::LetterPage,
    line::{Door, DoorMethod, DoorRow, Doors, LineError, LineNotice, Lines},
    locked::LockedRow,
    menu::{Group, Menu, MenuField, MenuForm, MenuPassword, Of, Switch},
    message::{Message, Trouble},
    news::News,
    own_client::{Choice, ClientLive, EndGrace, Grace, GraceQuestion, OwnClient},
    password::{FirstPassword, OwnPassword, OwnPasswordState, PasswordErrors, WrongCurrent},
    previous::{PreviousRow, headings as previous_headings},
    receipt::Receipt,
    redeem::{Forgot, ForgotState, LinkState, Redeem, SetPassword, Settled},
    second_step::{SecondStep, StepError, StepState},
    settings::Settings,
    sheet::{Sheet, SheetRow},
    shut_out::ShutOutDone,
    sign_in::{SignIn, SignInState},
    state::{Plan, State},
    top::Top,
    user::{Device, Stamp, User, UserLive, UserPassword, Watch},
    users::{Range, Sort, UserRow, Users, UsersLive},
};
use crate::texts::Lang;

/// What becomes of every word of a sample that could come from a person: itself, or something hostile.
pub type Word = fn(&str) -> String;

/// Every sample of every page, rendered: its name and its HTML.
///
/// # Errors
/// When a template fails, which none of ours can.
pub fn samples(lang: Lang, brand: &Brand, policy: Policy, word: Word) -> askama::Result<Vec<(&'static str, String)>> {
    let mut chrome = Chrome::new(lang, brand.clone(), "0123456789abcdef0123456789abcdef".to_owned());
    chrome.who = Some(Who { login: word("admin.00001"), kind: Kind::Administrator });
    chrome.here = word("/users?q=a");
    // Passwords of classes are those of the storage services.
    chrome.storage = matches!(policy.classes, durable::rules::password::Classes::AtLeast(_));
    let chrome = &chrome;
    let mut all = Vec::new();
    all.extend(rendered(SignIn::samples(chrome, word))?);
    all.extend(rendered(FirstPassword::samples(chrome, policy, word))?);
    all.extend(rendered(OwnPassword::samples(chrome, policy, word))?);
    all.extend(rendered(EndGrace::samples(chrome, word))?);
    all.extend(rendered(Top::samples(chrome, word))?);
    all.extend(rendered(Settings::samples(chrome))?);
    all.extend(rendered(Users::samples(chrome, word))?);
    all.extend(rendered(User::samples(chrome, word))?);
    all.extend(rendered(Confirm::samples(chrome, word))?);
    all.extend(rendered(History::samples(chrome, word))?);
    all.extend(rendered(HistoryCheck::samples(chrome, word))?);
    all.extend(rendered(Message::samples(chrome, word))?);
    all.extend(rendered(Factor::samples(chrome))?);
    all.extend(rendered(FactorSetUp::samples(chrome, word))?);
    all.extend(rendered(FactorCode::samples(chrome, word))?);
    all.extend(rendered(FactorRemove::samples(chrome, word))?);
    all.extend(rendered(ConfirmPassword::samples(chrome, word))?);
    all.extend(rendered(ShutOutDone::samples(chrome, word))?);
    all.extend(rendered(Sheet::samples(chrome, word))?);
    all.extend(rendered(ConcernList::samples(chrome, word))?);
    all.extend(rendered(ConcernQuestion::samples(chrome, word))?);
    all.extend(rendered(ConcernResults::samples(chrome, word))?);
    all.extend(rendered(Account::samples(chrome, word))?);
    all.extend(rendered(OwnQuestion::samples(chrome, word))?);
    all.extend(rendered(Redeem::samples(chrome, policy, word))?);
    all.extend(rendered(Forgot::samples(chrome, word))?);
    all.extend(rendered(Menu::samples(chrome, word))?);
    all.extend(rendered(MenuForm::samples(chrome, word))?);
    all.extend(rendered(MenuPassword::samples(chrome, policy, word))?);
    all.extend(rendered(SecondStep::samples(chrome, word))?);
    all.extend(rendered(Member::samples(chrome, word))?);
    all.extend(rendered(MemberQuestion::samples(chrome, word))?);
    all.extend(rendered(MemberAddress::samples(chrome, word))?);
    all.extend(rendered(MemberMails::samples(chrome, word))?);
    all.extend(rendered(InvitePage::samples(chrome, word))?);
    all.extend(rendered(Invitations::samples(chrome, word))?);
    all.extend(rendered(ImportForm::samples(chrome, word))?);
    all.extend(rendered(ImportPage::samples(chrome, word))?);
    all.extend(rendered(DirectorySettings::samples(chrome, word))?);
    all.extend(rendered(Connection::samples(chrome, word))?);
    all.extend(rendered(EndingUsers::samples(chrome, word))?);
    all.extend(rendered(Federated::samples(chrome, word))?);
    all.extend(rendered(Lines::samples(chrome, word))?);
    all.extend(rendered(LineError::samples(chrome))?);
    all.extend(rendered(LineNotice::samples(chrome, word))?);
    all.extend(rendered(Doors::samples(chrome, word))?);
    Ok(all)
}

/// Each page as HTML.
fn rendered<T: Template>(pages: Vec<(&'static str, T)>) -> askama::Result<Vec<(&'static str, String)>> {
    pages.into_iter().map(|(name, page)| Ok((name, page.render()?))).collect()
}
