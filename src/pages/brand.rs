//! How a service presents itself: its name, its mark and the accent of the header. Nothing else differs between brands.

/// A service's name and looks (`BRANDS`); nothing else differs between brands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Brand {
    /// The name in the header, in titles and in sentences.
    pub name: String,
    /// Path of the mark, also the favicon: `/static/img/….svg`.
    pub logo: String,
    /// The accent of the header.
    pub colour: Colour,
    /// Where help is; none: no link.
    pub support: Option<String>,
    /// 利用規約; none: no link (ST-010, コワークストレージ).
    pub terms: Option<String>,
    /// Path of the operator's logo below the login; none: it has none there.
    pub operator: Option<String>,
}

impl Brand {
    /// The shipped looks of a service, by its code in configuration.
    #[must_use]
    pub fn shipped(service: &str) -> Option<Self> {
        let (_, name, colour, support) = SHIPPED.iter().find(|row| row.0 == service)?;
        Some(Self {
            name: (*name).to_owned(),
            logo: format!("/static/img/{service}.svg"),
            colour: *colour,
            support: support.map(str::to_owned),
            terms: None,
            operator: None,
        })
    }

    /// No service in particular: for an address that belongs to none (421).
    #[must_use]
    pub fn neutral() -> Self {
        let logo = "/static/img/neutral.svg".to_owned();
        Self { name: String::new(), logo, colour: Colour::Gray, support: None, terms: None, operator: None }
    }
}

/// Code, name, colour and support address (CW-010) of each service.
const SHIPPED: [(&str, &str, Colour, Option<&str>); 3] = [
    ("coconowork", "ココナワーク", Colour::Blue, Some("https://support.coconowork.jp/hc/ja/")),
    ("worksdrive", "WORKSDRIVE", Colour::Green, None),
    ("cowork-storage", "コワークストレージ", Colour::Purple, None),
];

/// The accents a brand can have; `tokens.css` holds both themes of each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Colour {
    /// 青
    Blue,
    /// 緑
    Green,
    /// 橙
    Orange,
    /// 紫
    Purple,
    /// 灰
    Gray,
}

impl Colour {
    /// Every accent.
    pub const ALL: [Self; 5] = [Self::Blue, Self::Green, Self::Orange, Self::Purple, Self::Gray];

    /// Its name in configuration and in the class of `<html>`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Blue => "blue",
            Self::Green => "green",
            Self::Orange => "orange",
            Self::Purple => "purple",
            Self::Gray => "gray",
        }
    }

    /// The accent of a name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|colour| colour.name() == name)
    }
}
