//! Who may act on whom (CW-003, CW-008, CW-033, ST-002; decisions, "Who may act on whom").
//!
//! Three questions, answered from the service's [`Profile`]: is the act one of this service's, is the subject in the
//! actor's own contract, and is it the actor himself (own acts) or somebody below him (acts on users). A refusal says nothing
//! else than that there is nobody: another contract's account is indistinguishable from an unknown one. [`matrix`] renders all
//! answers; a test compares them with the committed `tests/access_matrix.txt`.

mod matrix;

use serde::{Deserialize, Serialize};

pub use self::matrix::matrix;
use crate::profile::Profile;

/// What an account is in its contract.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// アカウント管理者, 契約者
    Administrator,
    /// 管理者権限を持つ利用者
    Manager,
    /// 一般ユーザ, 利用者
    User,
}

impl Role {
    /// All roles, the highest first.
    pub const ALL: [Self; 3] = [Self::Administrator, Self::Manager, Self::User];

    /// Its code in JSON.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Administrator => "administrator",
            Self::Manager => "manager",
            Self::User => "user",
        }
    }
}

/// Who acts: the account of a session, as its own object vouches for it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Actor {
    /// His account.
    pub uid: String,
    /// His contract.
    pub contract: String,
    /// His role.
    pub role: Role,
    /// His login name, for the journal.
    pub login: String,
    /// His name.
    pub name: String,
    /// SHA-256 of his session id.
    pub session: String,
    /// The address that he asks from, as the Worker sees it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub address: String,
}

/// Whom it is done to. For [`Act::ListUsers`], [`Act::ReadHistory`] and [`Act::Import`] it is the contract; account and role say nothing there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Subject<'a> {
    /// The account.
    pub uid: &'a str,
    /// Its contract.
    pub contract: &'a str,
    /// Its role.
    pub role: Role,
}

/// What is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Act {
    /// Sees his own pages.
    OwnPage,
    /// Changes his own password.
    OwnPassword,
    /// Sees the list of the users below him (CW-040).
    ListUsers,
    /// Sees a user (CW-050).
    ViewUser,
    /// 切断 (CW-070)
    Disconnect,
    /// 初期化 of the registered phone (CW-063)
    ResetDevice,
    /// ロックアウトを解除 (CW-084)
    Unlock,
    /// 利用を禁止 (CW-091)
    Prohibit,
    /// 利用を許可 (CW-091)
    Allow,
    /// 設定を解除 of the second factor (CW-101, ST-095)
    ResetFactor,
    /// パスワードを変更 of a user (CW-120)
    ForcePassword,
    /// すべて遮断 (CW-065)
    Revoke,
    /// Reads and verifies the whole contract's 操作履歴
    ReadHistory,
    /// 猶予を今すぐ終了 of a user (CW-119)
    EndGrace,
    /// Invites a user, and sends his invitation again (ST-070)
    Invite,
    /// Withdraws an invitation that waits
    Withdraw,
    /// メールアドレス変更 of a user: has a link sent (ST-106)
    ChangeAddress,
    /// Sees which mails a user was sent
    ReadMails,
    /// Invites many users from a file
    Import,
}

/// Who the subject of an act has to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Reach {
    /// The actor himself, whoever he is.
    Himself,
    /// The contract, if there is a role below the actor's.
    Contract,
    /// Somebody below the actor.
    Below,
    /// The contract with everybody in it, for who is above all others.
    Everybody,
}

impl Act {
    /// All acts.
    pub const ALL: [Self; 19] = [
        Self::OwnPage,
        Self::OwnPassword,
        Self::ListUsers,
        Self::ViewUser,
        Self::Disconnect,
        Self::ResetDevice,
        Self::Unlock,
        Self::Prohibit,
        Self::Allow,
        Self::ResetFactor,
        Self::ForcePassword,
        Self::Revoke,
        Self::ReadHistory,
        Self::EndGrace,
        Self::Invite,
        Self::Withdraw,
        Self::ChangeAddress,
        Self::ReadMails,
        Self::Import,
    ];

    fn reach(self) -> Reach {
        match self {
            Self::OwnPage | Self::OwnPassword => Reach::Himself,
            Self::ListUsers | Self::Import => Reach::Contract,
            Self::ReadHistory => Reach::Everybody,
            Self::ViewUser
            | Self::Disconnect
            | Self::ResetDevice
            | Self::Unlock
            | Self::Prohibit
            | Self::Allow
            | Self::ResetFactor
            | Self::ForcePassword
            | Self::Revoke
            | Self::EndGrace
            | Self::Invite
            | Self::Withdraw
            | Self::ChangeAddress
            | Self::ReadMails => Reach::Below,
        }
    }
}

/// Why not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Denied {
    /// For this actor there is nobody and nothing there: answered exactly like an unknown account.
    NotFound,
}

/// Whether `actor` may do `act` to `subject`.
///
/// # Errors
/// [`Denied::NotFound`] for everything that is not his, another contract's accounts first of all.
pub fn decide(profile: &Profile, actor: &Actor, subject: &Subject, act: Act) -> Result<(), Denied> {
    let himself = actor.uid == subject.uid;
    let below = profile.below(actor.role);
    let reached = match act.reach() {
        Reach::Himself => himself,
        Reach::Contract => !below.is_empty(),
        Reach::Everybody => actor.role == Role::Administrator,
        Reach::Below => !himself && below.contains(&subject.role),
    };
    let known = profile.roles.contains(&actor.role) && profile.acts.contains(&act);
    if known && reached && actor.contract == subject.contract { Ok(()) } else { Err(Denied::NotFound) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::profile::{self, Service};

    fn actor(role: Role) -> Actor {
        let text = String::from;
        Actor {
            uid: text("u1"),
            contract: text("c1"),
            role,
            login: text("a"),
            name: text("n"),
            session: text("s"),
            address: text(""),
        }
    }

    fn allowed(service: Service, who: Role, whom: (&str, &str, Role), act: Act) -> bool {
        let subject = Subject { uid: whom.0, contract: whom.1, role: whom.2 };
        decide(profile::of(service), &actor(who), &subject, act).is_ok()
    }

    #[test]
    fn cw_008_an_administrator_acts_on_the_users_of_his_contract_only() {
        use Role::{Administrator, Manager, User};
        let act = |whom| allowed(Service::Coconowork, Administrator, whom, Act::Disconnect);
        assert!(act(("u2", "c1", User)));
        assert!(!act(("u2", "c2", User)), "another contract");
        assert!(!act(("u1", "c2", User)), "another contract, his own uid");
        assert!(!act(("u2", "c1", Administrator)), "another administrator");
        assert!(!act(("u2", "c1", Manager)), "a role that this service does not have");
        assert!(!act(("u1", "c1", User)), "himself");
    }

    #[test]
    fn cw_040_only_who_administers_somebody_lists_the_users_of_his_contract() {
        for service in Service::ALL {
            let list = |who, contract| allowed(service, who, ("", contract, Role::User), Act::ListUsers);
            assert!(list(Role::Administrator, "c1") && !list(Role::Administrator, "c2") && !list(Role::User, "c1"));
            assert_eq!(list(Role::Manager, "c1"), profile::of(service).roles.contains(&Role::Manager));
        }
    }

    #[test]
    fn only_the_administrator_reads_the_history_of_his_contract() {
        for service in Service::ALL {
            for role in Role::ALL {
                let read = |contract| allowed(service, role, ("", contract, Role::User), Act::ReadHistory);
                assert_eq!(read("c1"), role == Role::Administrator, "{service:?} {role:?}");
                assert!(!read("c2"), "another contract's");
            }
        }
    }

    #[test]
    fn cw_033_a_general_user_sees_his_own_pages_only() {
        for act in Act::ALL {
            let own = matches!(act, Act::OwnPage | Act::OwnPassword);
            for service in Service::ALL {
                assert_eq!(allowed(service, Role::User, ("u1", "c1", Role::User), act), own, "{act:?}");
                assert!(!allowed(service, Role::User, ("u2", "c1", Role::User), act), "{act:?}");
            }
        }
    }

    #[test]
    fn st_095_only_the_contractor_acts_on_managers_and_nobody_on_the_contractor() {
        use Role::{Administrator, Manager, User};
        for service in [Service::Worksdrive, Service::CoworkStorage] {
            let act = |who, whom| allowed(service, who, ("u2", "c1", whom), Act::ResetFactor);
            assert_eq!([Administrator, Manager, User].map(|whom| act(Administrator, whom)), [false, true, true]);
            assert_eq!([Administrator, Manager, User].map(|whom| act(Manager, whom)), [false, false, true]);
        }
    }

    #[test]
    fn acts_on_devices_exist_only_where_devices_do() {
        for service in Service::ALL {
            let profile = profile::of(service);
            for act in [Act::Disconnect, Act::ResetDevice, Act::Revoke, Act::EndGrace] {
                assert_eq!(profile.acts.contains(&act), profile.remote_access);
            }
        }
    }
}
