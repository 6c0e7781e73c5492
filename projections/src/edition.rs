//! Which filling of a read model's tables.

/// One filling of a read model's tables.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, strum::IntoStaticStr, strum::EnumString)]
#[strum(serialize_all = "snake_case")]
pub enum Edition {
    /// What is read.
    Serving,
    /// It is filled beside the one that serves.
    Next,
    /// It served before, and goes on following the log.
    Previous,
    /// It served until a moment ago: within a change only.
    Retiring,
}

impl Edition {
    /// What follows the name of a read model, after a separator.
    pub(crate) fn suffix(self, separator: &str) -> String {
        match self {
            Self::Serving => String::new(),
            other => format!("{separator}{}", other.name()),
        }
    }

    pub fn name(self) -> &'static str {
        self.into()
    }
}
