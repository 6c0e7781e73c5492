#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, strum::IntoStaticStr)]
#[strum(serialize_all = "kebab-case")]
pub enum CalendarFeedError {
    #[error("the resource has no calendar feed")]
    NotFound,
}

crate::refuses!(CalendarFeedError, "calendar-feed", { Self::NotFound => NotFound });
