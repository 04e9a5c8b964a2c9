//! コワークストレージ: one system with WORKSDRIVE (S004). Brand, hosts and providers are configuration and texts.

use super::{Profile, Service, worksdrive};

/// コワークストレージ
pub static COWORK_STORAGE: Profile = Profile { service: Service::CoworkStorage, ..worksdrive::BASE };
