//! Who sees which item of 認証・契約情報変更メニュー (ST-002, ST-004, ST-100): the manual's table, by role, plan and trial.

use super::{access::Role, trial::Trial};

/// The items, in the manual's order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Item {
    /// ログイン方法の設定
    Method,
    /// メールアドレス変更
    Address,
    /// パスワード変更
    Password,
    /// アクセス経路設定
    AccessPath,
    /// 2段階認証設定
    SecondStep,
    /// Active Directory設定
    ActiveDirectory,
    /// 契約情報変更
    Contract,
    /// プラン変更
    Plan,
    /// 解約
    Cancellation,
    /// その他の設定: what deviates from the manual, which has no such item (decisions).
    Settings,
}

impl Item {
    /// Those of the manual, in its order.
    pub const ALL: [Self; 9] = [
        Self::Method,
        Self::Address,
        Self::Password,
        Self::AccessPath,
        Self::SecondStep,
        Self::ActiveDirectory,
        Self::Contract,
        Self::Plan,
        Self::Cancellation,
    ];
}

/// Whether the menu has this item for a person of this role whose contract stands so.
#[must_use]
pub fn has(role: Role, trial: Trial, item: Item) -> bool {
    let contractor = role == Role::Administrator;
    match trial {
        Trial::Over => false,
        Trial::Changeable(_) => contractor && item == Item::Plan,
        Trial::None => contractor || item == Item::Password,
        Trial::Running(_) => match item {
            Item::Password => true,
            Item::AccessPath | Item::SecondStep | Item::ActiveDirectory | Item::Plan | Item::Settings => contractor,
            Item::Method | Item::Address | Item::Contract | Item::Cancellation => false,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// S004, 1.2, as printed; the two cells that the scan lacks are fixed by ST-100.
    const MANUAL: &str = "\
ログイン方法の設定     ○ × × ×
メールアドレス変更     ○ × × ×
パスワード変更         ○ ○ ○ ○
アクセス経路設定       ○ × ○ ×
2段階認証設定          ○ × ○ ×
Active Directory設定   ○ × ○ ×
契約情報変更           ○ × × ×
プラン変更             ○ × ○ ×
解約                   ○ × × ×
";

    #[test]
    fn st_002_st_003_the_menu_is_the_manuals_table() {
        let running = Trial::Running(1);
        for (line, item) in MANUAL.lines().zip(Item::ALL) {
            let marks: String = line.chars().filter(|mark| "○×".contains(*mark)).collect();
            let columns = [
                (Role::Administrator, Trial::None),
                (Role::User, Trial::None),
                (Role::Administrator, running),
                (Role::User, running),
            ];
            let ours: String = columns.map(|(role, trial)| if has(role, trial, item) { '○' } else { '×' }).iter().collect();
            assert_eq!(ours, marks, "{line}");
            for trial in [Trial::None, running] {
                assert_eq!(has(Role::Manager, trial, item), has(Role::User, trial, item), "ST-001: 契約者以外の方");
            }
        }
    }

    #[test]
    fn what_the_manual_does_not_have_is_where_2_step_is() {
        for role in Role::ALL {
            for trial in [Trial::None, Trial::Running(1), Trial::Changeable(1), Trial::Over] {
                assert_eq!(has(role, trial, Item::Settings), has(role, trial, Item::SecondStep), "{role:?} {trial:?}");
            }
        }
    }

    #[test]
    fn st_003_after_the_trial_only_the_contractor_changes_only_the_plan() {
        for role in Role::ALL {
            for item in Item::ALL {
                let left = role == Role::Administrator && item == Item::Plan;
                assert_eq!(has(role, Trial::Changeable(1), item), left);
                assert!(!has(role, Trial::Over, item));
            }
        }
    }
}
