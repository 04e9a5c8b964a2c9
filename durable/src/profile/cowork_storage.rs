//! コワークストレージ: one system with WORKSDRIVE (S004). Brand and hosts are configuration and texts.

use super::{Profile, Service, Wording, worksdrive};

/// コワークストレージ
pub static COWORK_STORAGE: Profile = Profile {
    service: Service::CoworkStorage,
    wording: Wording::CoworkStorage,
    own_providers: &["ntt-east-business-id"],
    ..worksdrive::BASE
};
