//! The time zones on offer: minutes east of UTC, and a place that keeps that time, in both languages. Where clocks are moved in
//! summer, the line an hour further on is the one.

/// Offset in minutes, Japanese, English; from west to east.
pub const ZONES: [(i16, &str, &str); 27] = [
    (-600, "ホノルル", "Honolulu"),
    (-540, "アンカレジ", "Anchorage"),
    (-480, "ロサンゼルス", "Los Angeles"),
    (-420, "デンバー", "Denver"),
    (-360, "シカゴ", "Chicago"),
    (-300, "ニューヨーク", "New York"),
    (-240, "サンティアゴ", "Santiago"),
    (-180, "サンパウロ", "São Paulo"),
    (0, "ロンドン", "London"),
    (60, "パリ", "Paris"),
    (120, "カイロ", "Cairo"),
    (180, "イスタンブール", "Istanbul"),
    (210, "テヘラン", "Tehran"),
    (240, "ドバイ", "Dubai"),
    (300, "カラチ", "Karachi"),
    (330, "デリー", "Delhi"),
    (345, "カトマンズ", "Kathmandu"),
    (360, "ダッカ", "Dhaka"),
    (390, "ヤンゴン", "Yangon"),
    (420, "バンコク", "Bangkok"),
    (480, "北京、シンガポール", "Beijing, Singapore"),
    (540, "東京", "Tokyo"),
    (570, "アデレード", "Adelaide"),
    (600, "シドニー", "Sydney"),
    (660, "ヌメア", "Nouméa"),
    (720, "オークランド", "Auckland"),
    (780, "アピア", "Apia"),
];

/// `UTC+09:00`
#[must_use]
pub fn offset(minutes: i16) -> String {
    let sign = if minutes < 0 { '-' } else { '+' };
    let minutes = minutes.unsigned_abs();
    format!("UTC{sign}{:02}:{:02}", minutes / 60, minutes % 60)
}
