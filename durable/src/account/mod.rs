//! One person's whole authority: credentials, lock, sessions, phone, tokens, what was cut. One object holds one [`Person`]
//! together with that person's sockets; nothing about him is decided anywhere else.
//!
//! One file per door: `sign_in` (web login), `factor` (its second step), `own` (his own pages), `admin` (what an administrator
//! does to him), `connect` (devices), `credential` (what a change of the password does to the client), `operator`, `overview` (what of
//! him is connected), `news` and `preferences` (what he is told, and how).
//! `redeem` is the door of mailed links, `menu` the menu of the storage services, `second_step` what they ask for besides the
//! password. `browsers` keeps guessers elsewhere from locking out a browser that is known; `connections` compares live sockets with the
//! `redeem` is the door of mailed links, `mails` what was sent; `import` starts the invitation of many. `browsers` keeps guessers elsewhere from locking out a browser that is known; `connections` compares live sockets with the
//! state; `frames` is what devices say; `receipt` is what an act did and how the devices answered; `summary` is what the contract is told.

pub mod admin;
pub mod browsers;
pub mod connect;
pub mod connections;
pub mod credential;
pub mod factor;
pub mod federation;
pub mod frames;
pub mod import;
pub mod line;
pub mod mails;
pub mod menu;
pub mod news;
pub mod operator;
pub mod overview;
pub mod own;
pub mod person;
pub mod preferences;
pub mod receipt;
pub mod redeem;
pub mod retirement;
pub mod second_step;
pub mod sign_in;
pub mod summary;

use serde::{Deserialize, Serialize};

pub use self::{
    admin::{
        Acted, Administer, AskAddressChange, Disconnect, ForcePassword, Invite, ReadMails, ResetDevice, UserView, View, Watch,
        Withdraw,
    },
    connect::{AttemptDevice, Connect, Connected, DeviceAnswer, SettleDevice},
    credential::{Acknowledge, EndGrace, PasswordPage, PasswordView, Rotate},
    factor::{CodeDoor, ConfirmPassword, GiveCode, Offer, OfferFactor, RemoveFactor},
    federation::{Asserted, By, ConfirmLinked, Linked, SignInLinked, TakeLinked},
    import::StartImport,
    line::{LineNotice, WhoSets},
    mails::Note,
    menu::{AskAddress, MenuPage, MenuView, SetMethod, TellConnection},
    news::{Matter, News, ReadNews},
    operator::{
        Delete, Inspect, Inspection, OpenTemporary, Provision, Provisioned, ResetFactor, RetryMail, SetTemporary, Unlock,
    },
    overview::{AccountPage, AccountView, EndSessions, RefusePc},
    own::{ChangePassword, HandOver, Me, MeView, OpenChange, SignOut, WhoIs},
    person::{Person, Role, Stage},
    preferences::{Prefer, Preferences},
    receipt::Receipt,
    redeem::{AskLink, ClaimLink, LinkView, LookAtLink, UseLink},
    retirement::Retire,
    second_step::{ForgetBrowsers, KeepRecovery, Method, SendCode, StepView},
    sign_in::{Attempt, Challenge, Settle, SignedIn},
    summary::Summary,
};
use crate::{
    ask::{Ask, Reply, commands, encode},
    refusal::Refusal,
    rules::access::Actor,
    turn::Turn,
};

/// Nothing to say but that it is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Done;

commands! {
    /// Everything that can be asked of an Account.
    Command {
        /// Web login, first half: charge.
        Attempt -> Challenge,
        /// Web login, second half: verify and decide.
        Settle -> SignedIn,
        /// Who is logged in, for his own pages.
        Me -> MeView,
        /// Who is logged in, as an actor towards another account.
        WhoIs -> Actor,
        /// ログアウト
        SignOut -> Done,
        /// Own password change, first half: charge.
        OpenChange -> Challenge,
        /// Own password change, second half.
        ChangePassword -> Done,
        /// The detail page of this person, for his administrator.
        View -> UserView,
        /// 切断
        Disconnect -> Acted,
        /// 端末認証情報の初期化
        ResetDevice -> Acted,
        /// A page wants to follow this person live (a WebSocket upgrade).
        Watch -> Done,
        /// Device login, first half: charge.
        AttemptDevice -> Challenge,
        /// Device login, second half.
        SettleDevice -> DeviceAnswer,
        /// A device connects (a WebSocket upgrade).
        Connect -> Connected,
        /// The operator creates or updates the account.
        Provision -> Provisioned,
        /// The operator looks.
        Inspect -> Inspection,
        /// The operator unlocks.
        Unlock -> Done,
        /// The operator removes the second factor.
        ResetFactor -> Done,
        /// Somebody else is about to set a password here: what to hash it with.
        OpenTemporary -> Challenge,
        /// The operator sets a temporary password.
        SetTemporary -> Done,
        /// The operator deletes the account.
        Delete -> Done,
        /// ロックアウトを解除, 利用を禁止, 利用を許可, 設定を解除, 猶予を今すぐ終了
        Administer -> Acted,
        /// パスワードを変更 of this person by his administrator, すべて遮断
        ForcePassword -> Stage,
        /// The password once more, second half.
        ConfirmPassword -> Done,
        /// A person is about to set up his second factor.
        OfferFactor -> Offer,
        /// The login's one-time code, or the first one of a set-up.
        GiveCode -> SignedIn,
        /// A person removes his second factor.
        RemoveFactor -> Done,
        /// The page of the own password: who is logged in, and how his client stands.
        PasswordPage -> PasswordView,
        /// 猶予を今すぐ終了
        EndGrace -> Acted,
        /// A client acknowledges its new token (a frame of its socket).
        Acknowledge -> Done,
        /// あなたの接続
        AccountPage -> AccountView,
        /// A person ends web sessions of his.
        EndSessions -> Acted,
        /// このPCを拒否
        RefusePc -> Acted,
        /// Language and time zone.
        Prefer -> Done,
        /// 確認しました, to what he was told.
        ReadNews -> Done,
        /// A live device's token is old: it gets another (a round of the object itself).
        Rotate -> Done,
        /// The page behind a mailed link.
        LookAtLink -> LinkView,
        /// A mailed link that sets a password, first half: claim.
        ClaimLink -> Challenge,
        /// A mailed link is used; second half where it sets a password.
        UseLink -> Done,
        /// Somebody asks for a mail with a link.
        AskLink -> Done,
        /// 認証・契約情報変更メニュー
        MenuPage -> MenuView,
        /// メールアドレス変更: asks for the link.
        AskAddress -> Done,
        /// メールアドレス・パスワード認証の設定
        SetMethod -> Done,
        /// A code by SMS is to be sent.
        SendCode -> Done,
        /// 「リカバリーコードを保存しました」
        KeepRecovery -> SignedIn,
        /// Ends browsers that the second step remembers.
        ForgetBrowsers -> Acted,
        /// 招待 of a new user.
        Invite -> Acted,
        /// An invitation that waits is withdrawn.
        Withdraw -> Done,
        /// メールアドレス変更 of this person by his administrator.
        AskAddressChange -> Acted,
        /// 最近のメール
        ReadMails -> Vec<Note>,
        /// A person starts the import of a file.
        StartImport -> Done,
        /// The operator has a dead letter tried again.
        RetryMail -> Done,
        /// The contractor is mailed what the users of his Active Directory need.
        TellConnection -> Done,
        /// The login goes on at the application.
        HandOver -> Actor,
        /// It is told that its linked service ends.
        Retire -> Done,
        /// Login with a linked service.
        SignInLinked -> SignedIn,
        /// A linked service becomes the login method.
        TakeLinked -> Done,
        /// The linked service once more, in place of the password.
        ConfirmLinked -> Done,
        /// 回線情報通知設定
        LineNotice -> bool,
        /// Who is logged in, as an actor on the settings of his contract.
        WhoSets -> Actor,
    }
}

impl Command {
    /// Whether its decision depends on the contract's facts and settings, where a service has such. Whatever is done in a session does:
    /// the contract says from where one may be used (ST-064). What is listed here is done without one, or by an actor whom his own
    /// account has vouched for in the same request.
    #[must_use]
    pub fn needs_facts(&self) -> bool {
        !matches!(
            self,
            Self::Attempt(_)
                | Self::SignOut(_)
                | Self::View(_)
                | Self::Disconnect(_)
                | Self::ResetDevice(_)
                | Self::Watch(_)
                | Self::AttemptDevice(_)
                | Self::SettleDevice(_)
                | Self::Connect(_)
                | Self::Provision(_)
                | Self::Inspect(_)
                | Self::Unlock(_)
                | Self::ResetFactor(_)
                | Self::OpenTemporary(_)
                | Self::SetTemporary(_)
                | Self::Delete(_)
                | Self::Administer(_)
                | Self::ForcePassword(_)
                | Self::Acknowledge(_)
                | Self::Rotate(_)
                | Self::ClaimLink(_)
                | Self::Invite(_)
                | Self::Withdraw(_)
                | Self::AskAddressChange(_)
                | Self::ReadMails(_)
                | Self::RetryMail(_)
        )
    }
}

/// Runs one command against the stored person and encodes its reply. `person` is `None` as long as nobody was provisioned
/// here; every command but `Provision` then finds nobody.
///
/// # Errors
/// When the reply cannot be encoded, which no answer type of ours can cause.
pub fn turn(turn: &mut Turn, person: &mut Option<Person>, command: Command) -> serde_json::Result<String> {
    let before = retirement::linked_user(person.as_ref());
    let reply = decide(turn, person, command);
    retirement::noted(turn, before, person.as_mut());
    if let Some(person) = person {
        mails::note(turn, person);
    }
    reply
}

fn decide(turn: &mut Turn, person: &mut Option<Person>, command: Command) -> serde_json::Result<String> {
    match command {
        Command::Attempt(c) => known(turn, person, &c, sign_in::attempt),
        Command::Settle(c) => known(turn, person, &c, sign_in::settle),
        Command::Me(c) => known(turn, person, &c, own::me),
        Command::WhoIs(c) => known(turn, person, &c, own::who_is),
        Command::SignOut(c) => known(turn, person, &c, |t, p, c| Ok(own::sign_out(t, p, c))),
        Command::OpenChange(c) => known(turn, person, &c, own::open_change),
        Command::ChangePassword(c) => known(turn, person, &c, own::change_password),
        Command::View(c) => known(turn, person, &c, admin::view),
        Command::Disconnect(c) => known(turn, person, &c, admin::disconnect),
        Command::ResetDevice(c) => known(turn, person, &c, admin::reset_device),
        Command::Watch(c) => known(turn, person, &c, admin::watch),
        Command::AttemptDevice(c) => known(turn, person, &c, connect::attempt),
        Command::SettleDevice(c) => known(turn, person, &c, connect::settle),
        Command::Connect(c) => known(turn, person, &c, connect::connect),
        Command::Provision(c) => encode::<Provision>(&operator::provision(turn, person, &c)),
        Command::Inspect(c) => known(turn, person, &c, |t, p, _| Ok(operator::inspect(t, p))),
        Command::Unlock(c) => known(turn, person, &c, |t, p, c| Ok(operator::unlock(t, p, c))),
        Command::ResetFactor(c) => known(turn, person, &c, |t, p, c| Ok(operator::reset_factor(t, p, c))),
        Command::OpenTemporary(c) => known(turn, person, &c, |t, p, _| Ok(operator::open_temporary(t, p))),
        Command::SetTemporary(c) => known(turn, person, &c, operator::set_temporary),
        Command::ConfirmPassword(c) => known(turn, person, &c, factor::confirm_password),
        Command::OfferFactor(c) => known(turn, person, &c, factor::offer),
        Command::GiveCode(c) => known(turn, person, &c, factor::give_code),
        Command::RemoveFactor(c) => known(turn, person, &c, factor::remove),
        Command::Delete(c) => {
            let reply = operator::delete(turn, person.as_ref(), &c);
            if reply.is_ok() {
                *person = None;
            }
            encode::<Delete>(&reply)
        }
        Command::Administer(c) => known(turn, person, &c, admin::administer),
        Command::ForcePassword(c) => known(turn, person, &c, admin::force_password),
        Command::PasswordPage(c) => known(turn, person, &c, credential::page),
        Command::EndGrace(c) => known(turn, person, &c, credential::end_grace),
        Command::Acknowledge(c) => known(turn, person, &c, |t, p, c| Ok(credential::acknowledge(t, p, c))),
        Command::AccountPage(c) => known(turn, person, &c, overview::page),
        Command::EndSessions(c) => known(turn, person, &c, overview::end_sessions),
        Command::RefusePc(c) => known(turn, person, &c, overview::refuse_pc),
        Command::Prefer(c) => known(turn, person, &c, preferences::prefer),
        Command::ReadNews(c) => known(turn, person, &c, news::read),
        Command::Rotate(c) => known(turn, person, &c, |t, p, c| Ok(credential::rotate(t, p, c))),
        Command::LookAtLink(c) => known(turn, person, &c, redeem::look),
        Command::ClaimLink(c) => known(turn, person, &c, redeem::claim),
        Command::UseLink(c) => known(turn, person, &c, redeem::redeem),
        Command::AskLink(c) => known(turn, person, &c, |t, p, c| Ok(redeem::ask(t, p, c))),
        Command::MenuPage(c) => known(turn, person, &c, menu::page),
        Command::AskAddress(c) => known(turn, person, &c, menu::ask_address),
        Command::SetMethod(c) => known(turn, person, &c, menu::set_method),
        Command::SendCode(c) => known(turn, person, &c, second_step::send),
        Command::KeepRecovery(c) => known(turn, person, &c, second_step::keep),
        Command::ForgetBrowsers(c) => known(turn, person, &c, second_step::forget_browsers),
        Command::Invite(c) => encode::<Invite>(&admin::invite(turn, person, &c)),
        Command::Withdraw(c) => {
            let reply = admin::withdraw(turn, person.as_ref(), &c);
            if reply.is_ok() {
                *person = None;
            }
            encode::<Withdraw>(&reply)
        }
        Command::AskAddressChange(c) => known(turn, person, &c, admin::ask_address_change),
        Command::ReadMails(c) => known(turn, person, &c, |_, p, c| admin::read_mails(p, c)),
        Command::StartImport(c) => known(turn, person, &c, import::start),
        Command::RetryMail(c) => known(turn, person, &c, |t, p, c| Ok(operator::retry_mail(t, p, c))),
        Command::TellConnection(c) => known(turn, person, &c, menu::tell_connection),
        Command::HandOver(c) => known(turn, person, &c, own::hand_over),
        Command::Retire(c) => known(turn, person, &c, |t, p, c| Ok(retirement::retire(t, p, c))),
        Command::SignInLinked(c) => known(turn, person, &c, federation::sign_in),
        Command::TakeLinked(c) => known(turn, person, &c, federation::take),
        Command::ConfirmLinked(c) => known(turn, person, &c, federation::confirm),
        Command::LineNotice(c) => known(turn, person, &c, line::notice),
        Command::WhoSets(c) => known(turn, person, &c, line::who_sets),
    }
}

fn known<C: Ask>(
    turn: &mut Turn,
    person: &mut Option<Person>,
    command: &C,
    decide: impl FnOnce(&mut Turn, &mut Person, &C) -> Reply<C::Answer>,
) -> serde_json::Result<String> {
    let reply = person.as_mut().map_or(Err(Refusal::NotFound), |person| decide(turn, person, command));
    encode::<C>(&reply)
}
