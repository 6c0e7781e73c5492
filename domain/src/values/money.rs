//! Amounts of money, in the smallest unit of their currency (ISO 4217): 1500 EUR are fifteen euros, 1500 JPY
//! fifteen hundred yen.

use std::fmt;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// An amount is at most this: JavaScript reads it without loss.
pub const AMOUNT_MAX: u64 = 1_000_000_000_000;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
pub struct Money {
    /// In minor units.
    pub amount: u64,
    pub currency: Currency,
}

impl Money {
    /// So many hundredths of it, rounded half up.
    pub fn percent(self, percent: u32) -> Self {
        let hundredfold = u128::from(self.amount) * u128::from(percent);
        Self { amount: u64::try_from((hundredfold + 50) / 100).unwrap_or(u64::MAX), ..self }
    }
}

impl Money {
    /// `12.50 EUR`, and `200000 COP` without a fraction that is zero.
    pub fn spoken(&self) -> String {
        let unit = 10_u64.pow(self.currency.digits());
        if self.amount.is_multiple_of(unit) {
            format!("{} {}", self.amount / unit, self.currency)
        } else {
            self.to_string()
        }
    }
}

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = self.currency.digits();
        let unit = 10_u64.pow(digits);
        match digits {
            0 => write!(f, "{} {}", self.amount, self.currency),
            _ => write!(
                f,
                "{}.{:0>width$} {}",
                self.amount / unit,
                self.amount % unit,
                self.currency,
                width = digits as usize
            ),
        }
    }
}

/// A currency by its code in ISO 4217.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Currency(iso_currency::Currency);

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not the code of a currency in ISO 4217, for example EUR")]
pub struct UnknownCurrency(String);

impl Currency {
    /// How many digits its minor unit has; none where it has no minor unit.
    fn digits(self) -> u32 {
        self.0.exponent().unwrap_or_default().into()
    }
}

impl FromStr for Currency {
    type Err = UnknownCurrency;

    fn from_str(text: &str) -> Result<Self, UnknownCurrency> {
        iso_currency::Currency::from_code(text)
            .map(Self)
            .ok_or_else(|| UnknownCurrency(text.chars().take(16).collect()))
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.code())
    }
}

impl TryFrom<String> for Currency {
    type Error = UnknownCurrency;

    fn try_from(text: String) -> Result<Self, UnknownCurrency> {
        text.parse()
    }
}

impl From<Currency> for String {
    fn from(currency: Currency) -> Self {
        currency.to_string()
    }
}

impl JsonSchema for Currency {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Currency".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "type": "string", "pattern": "^[A-Z]{3}$", "description": "A currency in ISO 4217, for example EUR." })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn money(amount: u64, currency: &str) -> Money {
        Money { amount, currency: currency.parse().expect("a currency") }
    }

    #[test]
    fn an_amount_is_written_with_the_digits_of_its_currency() {
        for (amount, currency, text) in [
            (1_505, "EUR", "15.05 EUR"),
            (7, "USD", "0.07 USD"),
            (1_500, "JPY", "1500 JPY"),
            (1_500, "KWD", "1.500 KWD"),
            (0, "COP", "0.00 COP"),
        ] {
            assert_eq!(money(amount, currency).to_string(), text);
        }
        for (amount, spoken) in [(1_500, "15 EUR"), (1_550, "15.50 EUR"), (0, "0 EUR")] {
            assert_eq!(money(amount, "EUR").spoken(), spoken);
        }
        assert!("EURO".parse::<Currency>().is_err() && "eur".parse::<Currency>().is_err());
    }

    #[test]
    fn a_share_is_rounded_to_the_nearest_unit() {
        assert_eq!(money(999, "EUR").percent(50), money(500, "EUR"));
        assert_eq!(money(1_001, "EUR").percent(0), money(0, "EUR"));
        assert_eq!(money(AMOUNT_MAX, "EUR").percent(100), money(AMOUNT_MAX, "EUR"));
    }
}
