//! Value modifiers (Sigma modifiers appendix 2.1.0).

/// One modifier, as it follows a field's name after `|`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Modifier {
    /// The value is anywhere in the field.
    Contains,
    /// The field starts with the value.
    StartsWith,
    /// The field ends with the value.
    EndsWith,
    /// Every value of the list, not one of them.
    All,
    /// The field is there (true) or not (false).
    Exists,
    /// Upper and lower case differ.
    Cased,
    /// The field is different from the value.
    Neq,
    /// Dashes and slashes of command-line flags are interchangeable.
    WinDash,
    /// A regular expression.
    Re,
    /// Regular expression without case.
    ReIgnoreCase,
    /// Regular expression in which `^` and `$` are the ends of lines.
    ReMultiLine,
    /// Regular expression in which `.` matches the end of a line.
    ReDotAll,
    /// Base64 of the value.
    Base64,
    /// Base64 of the value at any of the three offsets.
    Base64Offset,
    /// UTF-16 with a byte order mark.
    Utf16,
    /// UTF-16, little-endian (also `wide`).
    Utf16Le,
    /// UTF-16, big-endian.
    Utf16Be,
    /// Less than.
    Lt,
    /// Less than or equal.
    Lte,
    /// Greater than.
    Gt,
    /// Greater than or equal.
    Gte,
    /// An IP network.
    Cidr,
    /// `%name%` stands for values that the caller gives.
    Expand,
    /// The value is the name of another field.
    FieldRef,
    /// Minute of a time.
    Minute,
    /// Hour of a time.
    Hour,
    /// Day of the month of a time.
    Day,
    /// ISO week of a time.
    Week,
    /// Month of a time.
    Month,
    /// Year of a time.
    Year,
}

impl Modifier {
    /// The modifier of a name; None where there is no such modifier.
    pub fn of_name(name: &str) -> Option<Modifier> {
        Some(match name {
            "contains" => Modifier::Contains,
            "startswith" => Modifier::StartsWith,
            "endswith" => Modifier::EndsWith,
            "all" => Modifier::All,
            "exists" => Modifier::Exists,
            "cased" => Modifier::Cased,
            "neq" => Modifier::Neq,
            "windash" => Modifier::WinDash,
            "re" => Modifier::Re,
            "i" | "ignorecase" => Modifier::ReIgnoreCase,
            "m" | "multiline" => Modifier::ReMultiLine,
            "s" | "dotall" => Modifier::ReDotAll,
            "base64" => Modifier::Base64,
            "base64offset" => Modifier::Base64Offset,
            "utf16" => Modifier::Utf16,
            "utf16le" | "wide" => Modifier::Utf16Le,
            "utf16be" => Modifier::Utf16Be,
            "lt" => Modifier::Lt,
            "lte" => Modifier::Lte,
            "gt" => Modifier::Gt,
            "gte" => Modifier::Gte,
            "cidr" => Modifier::Cidr,
            "expand" => Modifier::Expand,
            "fieldref" => Modifier::FieldRef,
            "minute" => Modifier::Minute,
            "hour" => Modifier::Hour,
            "day" => Modifier::Day,
            "week" => Modifier::Week,
            "month" => Modifier::Month,
            "year" => Modifier::Year,
            _ => return None,
        })
    }
}
