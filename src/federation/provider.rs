//! The linked services as they are configured (`IDENTITY_PROVIDERS`, interface, section 2): whom to ask, as whom, and which of the
//! claims means what.
//!
//! Invariant: what is asked over the network has an https address, or one of this machine; what a contractor has named, an address of
//! the public Internet (ASVS 1.3.6).

use durable::{
    profile::{Service, of},
    secret::Secret,
};
use serde::Deserialize;
use serde_json::Value;

/// The services of the manual in its order (ST-010), as it calls an account there; any other stands behind them.
const KNOWN: [(&str, &str); 5] = [
    ("google", "Googleアカウント"),
    ("facebook", "Facebookアカウント"),
    ("microsoft", "Microsoftアカウント"),
    ("d-account", "dアカウント"),
    ("ntt-east-business-id", "NTT東日本ビジネスID"),
];
/// What the ids of Active Directories begin with.
const DIRECTORY: &str = "adfs-";
/// Longest id.
const ID: usize = 64;

/// An `OpenID` provider.
#[derive(Clone, Debug)]
pub struct Provider {
    /// Its id: in paths, and in the accounts that are linked to it.
    pub id: String,
    /// What an account there is called: Googleアカウント.
    pub label: String,
    /// The services that offer it.
    pub services: Vec<Service>,
    /// `iss` of its assertions, exactly.
    pub issuer: String,
    /// Where it is asked; `None`: as its discovery document says.
    pub endpoints: Option<Endpoints>,
    /// Who we are there.
    pub client_id: String,
    /// How we show that.
    pub client_secret: Secret,
    /// What is asked for; `openid` is among it.
    pub scopes: String,
    /// The claim that names the account.
    pub subject_claim: String,
    /// The claim with its address.
    pub address_claim: String,
    /// The claim with its name.
    pub name_claim: String,
    /// The version of a contract's settings ([`durable::contract::Directory`]); empty for one of the configuration.
    pub version: String,
    /// Whether only addresses for which [`is_public`] holds are asked.
    pub public: bool,
}

/// Where a provider is asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoints {
    /// The page where people log in.
    pub authorization: String,
    /// Where a code becomes an assertion.
    pub token: String,
    /// Its keys.
    pub keys: String,
    /// Whether the secret goes into the form instead of the header.
    pub secret_in_form: bool,
    /// Whether whoever comes back says who has sent him (RFC 9207).
    pub names_itself: bool,
}

impl Provider {
    /// The origin that its login page has, as far as the configuration tells: pages with its button may send a form there.
    #[must_use]
    pub fn origin(&self) -> &str {
        let page = self.endpoints.as_ref().map_or(&self.issuer, |endpoints| &endpoints.authorization);
        origin_of(page).unwrap_or_default()
    }
}

/// One entry of the setting.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Setting {
    id: String,
    #[serde(default)]
    label: String,
    services: Vec<String>,
    issuer: Option<String>,
    authorization_endpoint: Option<String>,
    token_endpoint: Option<String>,
    jwks_uri: Option<String>,
    client_id: String,
    client_secret_name: String,
    #[serde(default)]
    scopes: Value,
    subject_claim: Option<String>,
    address_claim: Option<String>,
    name_claim: Option<String>,
}

/// The origin of an address that may be asked; `None` for any other.
#[must_use]
pub fn origin_of(address: &str) -> Option<&str> {
    let (scheme, rest) = address.split_once("://")?;
    let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let plain = |text: &str| text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-:[]".contains(&byte));
    let name = host.rsplit_once(':').map_or(host, |(name, _)| name);
    let local = name == "localhost" || name.ends_with(".localhost") || name == "127.0.0.1";
    let safe = scheme == "https" || scheme == "http" && local;
    let whole = address.bytes().all(|byte| byte.is_ascii_graphic());
    if !safe || host.is_empty() || !plain(host) || !whole {
        return None;
    }
    address.get(..scheme.len().checked_add(3)?.checked_add(host.len())?)
}

/// Whether an address can be one of the public Internet: https at its own port, at a name with a dot that is no number and not
/// reserved for this machine or this house (RFC 6761, 6762, 7686, 8375). What the name leads to is the network's to refuse.
#[must_use]
pub fn is_public(address: &str) -> bool {
    let host = origin_of(address).and_then(|origin| origin.strip_prefix("https://")).unwrap_or_default().to_ascii_lowercase();
    let name = host.strip_suffix(":443").unwrap_or(&host);
    let last = name.rsplit('.').next().unwrap_or_default();
    let reserved = ["localhost", "local", "internal", "test", "invalid", "onion"].contains(&last) || name.ends_with(".home.arpa");
    let named = |label: &str| !label.is_empty() && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    name.contains('.')
        && name.split('.').all(named)
        && !reserved
        && last.bytes().any(|byte| byte.is_ascii_alphabetic())
        && !last.starts_with("0x")
}

/// The providers of the setting, in the order of their buttons. `secret` gives the value of another setting.
///
/// # Errors
/// What is wrong, for the log.
pub fn parse(text: &str, secret: impl Fn(&str) -> Option<String>) -> Result<Vec<Provider>, String> {
    let settings: Vec<Setting> = serde_json::from_str(text).map_err(|why| why.to_string())?;
    let mut providers: Vec<Provider> = Vec::new();
    for setting in settings {
        let id = setting.id.clone();
        let provider = read(setting, &secret).map_err(|why| format!("{id}: {why}"))?;
        if providers.iter().any(|other| other.id == provider.id) {
            return Err(format!("{id}: is there twice"));
        }
        providers.push(provider);
    }
    providers.sort_by_key(|provider| KNOWN.iter().position(|(id, _)| *id == provider.id).unwrap_or(KNOWN.len()));
    Ok(providers)
}

fn read(setting: Setting, secret: impl Fn(&str) -> Option<String>) -> Result<Provider, String> {
    let Setting { id, label, services, issuer, client_id, client_secret_name, scopes, .. } = setting;
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    if id.is_empty() || id.len() > ID || !id.bytes().all(plain) || id.starts_with(DIRECTORY) {
        return Err(format!("an id is of a to z, 0 to 9 and -, and does not begin with {DIRECTORY}"));
    }
    let storage = |code: String| match Service::parse(&code) {
        Some(service) if of(service).settings => Ok(service),
        _ => Err(format!("{code} is not a storage service")),
    };
    let services: Vec<Service> = services.into_iter().map(storage).collect::<Result<_, _>>()?;
    let has = |service: &Service| of(*service).own_providers.contains(&id.as_str());
    if let Some(only) = Service::ALL.iter().find(|service| has(service))
        && !services.iter().all(has)
    {
        return Err(format!("only {} has it", only.code()));
    }
    let endpoints = match (setting.authorization_endpoint, setting.token_endpoint, setting.jwks_uri) {
        (None, None, None) => None,
        (Some(authorization), Some(token), Some(keys)) => {
            Some(Endpoints { authorization, token, keys, secret_in_form: true, names_itself: false })
        }
        _ => return Err("of authorization_endpoint, token_endpoint and jwks_uri there are all or none".to_owned()),
    };
    let asked = endpoints.iter().flat_map(|own| [&own.authorization, &own.token, &own.keys]).chain(&issuer);
    if let Some(address) = asked.into_iter().find(|address| origin_of(address).is_none()) {
        return Err(format!("{address} is not an https address"));
    }
    // Without an issuer it is the origin of its login page, as Facebook's is.
    let issuer = match (issuer, &endpoints) {
        (Some(issuer), _) => issuer,
        (None, Some(own)) => origin_of(&own.authorization).unwrap_or_default().to_owned(),
        (None, None) => return Err("needs an issuer, or its three endpoints".to_owned()),
    };
    let known = KNOWN.iter().find(|(known, _)| *known == id).map(|(_, label)| (*label).to_owned());
    let label = known.or(Some(label).filter(|label| !label.is_empty())).ok_or("needs a label")?;
    if client_id.is_empty() {
        return Err("needs a client_id".to_owned());
    }
    let client_secret = secret(&client_secret_name).ok_or_else(|| format!("the setting {client_secret_name} is missing"))?;
    let scopes = match scopes {
        Value::Null => "openid email profile".to_owned(),
        Value::String(scopes) => scopes,
        Value::Array(scopes) => scopes.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(" "),
        _ => return Err("scopes is a list or a text".to_owned()),
    };
    if !scopes.split(' ').any(|scope| scope == "openid") {
        return Err("scopes needs openid".to_owned());
    }
    let claim =
        |claim: Option<String>, default: &str| claim.filter(|name| !name.is_empty()).unwrap_or_else(|| default.to_owned());
    Ok(Provider {
        id,
        label,
        services,
        issuer,
        endpoints,
        client_id,
        client_secret: Secret::new(client_secret),
        scopes,
        subject_claim: claim(setting.subject_claim, "sub"),
        address_claim: claim(setting.address_claim, "email"),
        name_claim: claim(setting.name_claim, "name"),
        version: String::new(),
        public: false,
    })
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn entry(id: &str, more: &Value) -> Value {
        let mut entry = json!({
            "id": id, "label": "Sample ID", "services": ["worksdrive"], "issuer": "https://id.example.jp",
            "client_id": "kagiban", "client_secret_name": "SAMPLE_SECRET",
        });
        for (key, value) in more.as_object().unwrap() {
            entry[key] = value.clone();
        }
        entry
    }

    fn read_all(entries: &[Value]) -> Result<Vec<Provider>, String> {
        let secret = |name: &str| (name == "SAMPLE_SECRET").then(|| "s3cret".to_owned());
        parse(&Value::from(entries.to_vec()).to_string(), secret)
    }

    #[test]
    fn st_030_buttons_stand_in_the_manuals_order_under_its_names() {
        let both = json!({ "services": ["cowork-storage"] });
        let ids = ["sample", "ntt-east-business-id", "d-account", "microsoft", "google", "facebook"];
        let all = read_all(&ids.map(|id| entry(id, &both))).unwrap();
        let labels: Vec<&str> = all.iter().map(|provider| provider.label.as_str()).collect();
        let manual =
            ["Googleアカウント", "Facebookアカウント", "Microsoftアカウント", "dアカウント", "NTT東日本ビジネスID", "Sample ID"];
        assert_eq!(labels, manual);
    }

    #[test]
    fn st_030_only_cowork_storage_has_the_ntt_east_business_id() {
        assert!(read_all(&[entry("ntt-east-business-id", &json!({}))]).unwrap_err().contains("only cowork-storage"));
    }

    #[test]
    fn what_is_malformed_is_named() {
        for (more, why) in [
            (json!({ "issuer": "http://id.example.jp" }), "https"),
            (json!({ "issuer": "https://id.example.jp@evil.example" }), "https"),
            (json!({ "issuer": null }), "issuer"),
            (json!({ "token_endpoint": "https://id.example.jp/token" }), "all or none"),
            (json!({ "services": ["coconowork"] }), "storage"),
            (json!({ "client_secret_name": "OTHER" }), "OTHER"),
            (json!({ "scopes": "email" }), "openid"),
            (json!({ "label": "" }), "label"),
            (json!({ "client": "x" }), "unknown field"),
        ] {
            let said = read_all(&[entry("sample", &more)]).unwrap_err();
            assert!(said.contains(why), "{said}");
        }
        for id in ["adfs-abc", "Google", "", "a/b"] {
            assert!(read_all(&[entry(id, &json!({}))]).is_err(), "{id}");
        }
        assert!(read_all(&[entry("a", &json!({})), entry("a", &json!({}))]).unwrap_err().contains("twice"));
        assert!(read_all(&[entry("a", &json!({ "issuer": "http://localhost:9000/op" }))]).is_ok());
    }

    #[test]
    fn endpoints_stand_in_for_an_issuer() {
        let endpoints = json!({
            "issuer": null, "authorization_endpoint": "https://www.example.jp/dialog/oauth",
            "token_endpoint": "https://graph.example.jp/token", "jwks_uri": "https://www.example.jp/keys",
        });
        let provider = read_all(&[entry("facebook", &endpoints)]).unwrap().remove(0);
        assert_eq!((provider.issuer.as_str(), provider.origin()), ("https://www.example.jp", "https://www.example.jp"));
    }

    #[test]
    fn asvs_1_3_6_a_contractor_names_servers_of_the_public_internet_only() {
        for good in [
            "https://adfs.example.jp",
            "https://adfs.example.jp:443/adfs",
            "https://ADFS.Example.JP/adfs",
            "https://xn--eckwd4c7c.example",
        ] {
            assert!(is_public(good), "{good}");
        }
        for bad in [
            "http://adfs.example.jp",
            "https://adfs.example.jp:8443",
            "https://adfs.example.jp:80",
            "https://10.0.0.5",
            "https://127.0.0.1/x",
            "https://127.1",
            "https://169.254.169.254/latest",
            "https://2130706433",
            "https://0x7f000001",
            "https://0x7f.0x1",
            "https://1.0x7f",
            "https://[::1]",
            "https://[::ffff:10.0.0.1]:443",
            "https://localhost",
            "https://localhost.",
            "https://a.localhost",
            "https://adfs",
            "https://adfs.local",
            "https://adfs.corp.internal",
            "https://x.home.arpa",
            "https://adfs.example.jp.",
            "https://.example.jp",
            "https://a..jp",
            "https://adfs.example.jp@10.0.0.1",
            "ftp://adfs.example.jp",
            "",
        ] {
            assert!(!is_public(bad), "{bad}");
        }
    }

    proptest! {
        #[test]
        fn an_origin_is_never_another_hosts(text in "\\PC*") {
            if let Some(origin) = origin_of(&text) {
                prop_assert!(text.starts_with(origin) && !origin.contains(['@', '\\', '"', ';', ',', ' ']));
            }
        }
    }
}
