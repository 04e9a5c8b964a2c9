//! The operator API's description (`OpenAPI` 3.1) as it is served. The tests hold the answers against it.

/// `/operator/v1/openapi.json`
pub const DOCUMENT: &str = include_str!("openapi.json");
