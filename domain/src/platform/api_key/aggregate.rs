use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::command::ApiKeyCommand;
use super::error::ApiKeyError;
use super::event::{ApiKeyEvent, Issue, Scope};
use crate::kernel::ids::ApiKeyId;

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub enum ApiKey {
    #[default]
    Unknown,
    Issued(IssuedKey),
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct IssuedKey {
    pub issue: Issue,
    pub revoked: bool,
}

impl IssuedKey {
    pub fn is_valid(&self, now: DateTime<Utc>) -> bool {
        !self.revoked && self.issue.expires_at.is_none_or(|expires_at| now < expires_at)
    }
}

impl ApiKey {
    pub fn issued(&self) -> Result<&IssuedKey, ApiKeyError> {
        match self {
            Self::Unknown => Err(ApiKeyError::NotFound),
            Self::Issued(issued) => Ok(issued),
        }
    }

    pub fn decide(&self, command: ApiKeyCommand) -> Result<Vec<ApiKeyEvent>, ApiKeyError> {
        match command {
            ApiKeyCommand::Issue { issue, now } => {
                if *self != Self::Unknown {
                    return Err(ApiKeyError::AlreadyIssued);
                }
                if issue.expires_at.is_some_and(|expires_at| expires_at <= now) {
                    return Err(ApiKeyError::AlreadyExpired);
                }
                if (issue.scope == Scope::Operator) != issue.business_id.is_none() {
                    return Err(ApiKeyError::WrongScope);
                }
                Ok(vec![ApiKeyEvent::ApiKeyIssued { issue }])
            }
            ApiKeyCommand::Revoke => {
                Ok(if self.issued()?.revoked { vec![] } else { vec![ApiKeyEvent::ApiKeyRevoked {}] })
            }
        }
    }

    pub fn evolve(&mut self, event: ApiKeyEvent) {
        match (self, event) {
            (this, ApiKeyEvent::ApiKeyIssued { issue }) => {
                *this = Self::Issued(IssuedKey { issue, revoked: false })
            }
            (Self::Issued(issued), ApiKeyEvent::ApiKeyRevoked {}) => issued.revoked = true,
            (Self::Unknown, ApiKeyEvent::ApiKeyRevoked {}) => {}
        }
    }
}

crate::aggregate!(ApiKey, "api_key", ApiKeyId, ApiKeyCommand, ApiKeyEvent, ApiKeyError);
