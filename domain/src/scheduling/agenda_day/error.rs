#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, strum::IntoStaticStr)]
#[strum(serialize_all = "kebab-case")]
pub enum AgendaDayError {
    #[error("that time has just been taken")]
    TimeTaken,
    #[error("{}", no_seats(*left))]
    ClassFull { left: u32 },
    #[error("the hold has expired")]
    HoldExpired,
}

fn no_seats(left: u32) -> String {
    match left {
        0 => "no seat is left at that time".into(),
        1 => "one seat is left at that time".into(),
        left => format!("{left} seats are left at that time"),
    }
}

crate::refuses!(AgendaDayError, "agenda", {
    Self::TimeTaken | Self::ClassFull { .. } => Conflict,
    Self::HoldExpired => Gone,
});
