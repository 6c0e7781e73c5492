//! `/api/v1/businesses/{business_id}/api-keys` and `/api/v1/operator-keys`.

use chrono::{DateTime, Utc};
use frontdesk_application::access::new_key;
use frontdesk_application::app::App;
use frontdesk_domain::kernel::ids::{ApiKeyId, BusinessId, StreamId};
use frontdesk_domain::platform::api_key::{ApiKey, Scope};
use frontdesk_domain::platform::commands::api_keys::{IssueApiKey, RevokeApiKey};
use frontdesk_domain::values::text::Name;
use frontdesk_projections::directory::{self, Directory, Entry};
use poem_openapi::param::{Path, Query};
use poem_openapi::payload::Json;
use poem_openapi::{Enum, Object, OpenApi};
use uuid::Uuid;

use super::caller::{Caller, DEPLOYMENT};
use super::field::Field;
use super::problem::{Problem, ReadProblem};
use super::read::{List, Read, page};
use super::reply::{Created, Done, Out, Reply};
use super::tag::Tag;
use super::write::Write;

/// What a key of a business may do.
///
/// * `tenant_admin`: everything within the business;
/// * `tenant_read`: reading within the business;
/// * `auditor`: reading and histories within the business.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[oai(rename_all = "snake_case", rename = "Scope")]
pub enum ScopeDto {
    TenantAdmin,
    TenantRead,
    Auditor,
}

impl From<ScopeDto> for Scope {
    fn from(scope: ScopeDto) -> Self {
        match scope {
            ScopeDto::TenantAdmin => Self::TenantAdmin,
            ScopeDto::TenantRead => Self::TenantRead,
            ScopeDto::Auditor => Self::Auditor,
        }
    }
}

/// A new key of a business.
#[derive(Debug, Clone, PartialEq, Object)]
#[oai(rename = "NewApiKey", deny_unknown_fields, skip_serializing_if_is_none)]
pub struct ApiKeyIn {
    /// For people: who or what uses it.
    pub name: Field<Name>,
    /// What it may do.
    pub scope: ScopeDto,
    /// From when on it is refused. Never, if it is left out.
    pub expires_at: Option<Field<DateTime<Utc>>>,
}

/// A new operator's key.
#[derive(Debug, Clone, PartialEq, Object)]
#[oai(rename = "NewOperatorKey", deny_unknown_fields, skip_serializing_if_is_none)]
pub struct OperatorKeyIn {
    /// For people: who or what uses it.
    pub name: Field<Name>,
    /// From when on it is refused. Never, if it is left out.
    pub expires_at: Option<Field<DateTime<Utc>>>,
}

/// A key to this API.
#[derive(Debug, Clone, PartialEq, Object)]
#[oai(rename = "ApiKey", skip_serializing_if_is_none)]
pub struct ApiKeyOut {
    pub id: Field<ApiKeyId>,
    /// For people: who or what uses it.
    pub name: Field<Name>,
    /// operator, tenant_admin, tenant_read or auditor.
    pub scope: String,
    /// From when on it is refused.
    pub expires_at: Option<DateTime<Utc>>,
    /// True once it has been taken back. It is refused from then on.
    pub revoked: bool,
    /// The key itself: shown once, when it is issued.
    pub key: Option<String>,
}

impl Out for ApiKeyOut {}

impl ApiKeyOut {
    fn of_entry(entry: &Entry<ApiKey>) -> Option<Self> {
        let issued = entry.state.issued().ok()?;
        let scope: &'static str = issued.issue.scope.into();
        Some(Self {
            id: Field(ApiKeyId::from_uuid(entry.id)),
            name: Field(issued.issue.name.clone()),
            scope: scope.into(),
            expires_at: issued.issue.expires_at,
            revoked: issued.revoked,
            key: None,
        })
    }
}

page!(ApiKeyPage of ApiKeyOut);

pub struct ApiKeysApi(pub App);

impl ApiKeysApi {
    async fn issue(
        &self,
        caller: &Caller,
        business_id: Option<BusinessId>,
        scope: Scope,
        name: Name,
        expires_at: Option<DateTime<Utc>>,
    ) -> Result<Created<ApiKeyOut>, Problem> {
        let key_id = ApiKeyId::from_uuid(Uuid::now_v7());
        let (key, secret_hash) = new_key(self.0.bus.hasher(), key_id);
        let tenant = business_id.unwrap_or(BusinessId::from_uuid(DEPLOYMENT));
        let command = IssueApiKey { key_id, business_id, scope, name, secret_hash, expires_at };
        let show = |issue: frontdesk_domain::platform::api_key::Issue| ApiKeyOut {
            id: Field(key_id),
            name: Field(issue.name),
            scope: <&'static str>::from(issue.scope).into(),
            expires_at: issue.expires_at,
            revoked: false,
            key: Some(key.clone()),
        };
        Write::by(caller, tenant).run(&self.0, &command, show).await
    }

    async fn page(
        &self,
        tenant: BusinessId,
        cursor: &Option<String>,
        limit: Option<u16>,
        min_position: &Option<String>,
    ) -> Result<Reply<ApiKeyPage>, ReadProblem> {
        let list = List::of("api-keys", tenant, cursor, limit);
        let read = Read::of(&self.0, &Directory).at(min_position);
        let page =
            read.page(list, |page| directory::list::<ApiKey>(&self.0.pool, Some(tenant), page)).await?;
        Ok(page.filter_map(|entry| ApiKeyOut::of_entry(&entry)).into())
    }
}

#[OpenApi(prefix_path = "/api/v1", tag = "Tag::ApiKeys")]
impl ApiKeysApi {
    /// Issue a key of a business
    ///
    /// The key is in the reply and nowhere else.
    #[oai(path = "/businesses/:business_id/api-keys", method = "post", operation_id = "issue_api_key")]
    async fn issue_key(
        &self,
        caller: Caller,
        business_id: Path<Field<BusinessId>>,
        body: Json<ApiKeyIn>,
    ) -> Result<Created<ApiKeyOut>, Problem> {
        let tenant = caller.may_write(business_id.0.0)?;
        let ApiKeyIn { name, scope, expires_at } = body.0;
        self.issue(&caller, Some(tenant), scope.into(), name.0, expires_at.map(|at| at.0)).await
    }

    /// List the keys of a business
    ///
    /// The revoked ones, too. The keys themselves are not shown.
    #[oai(path = "/businesses/:business_id/api-keys", method = "get", operation_id = "list_api_keys")]
    async fn list_keys(
        &self,
        caller: Caller,
        business_id: Path<Field<BusinessId>>,
        cursor: Query<Option<String>>,
        #[oai(validator(minimum(value = "1"), maximum(value = "200")))] limit: Query<Option<u16>>,
        min_position: Query<Option<String>>,
    ) -> Result<Reply<ApiKeyPage>, ReadProblem> {
        let tenant = caller.may_read(business_id.0.0)?;
        self.page(tenant, &cursor, *limit, &min_position).await
    }

    /// Revoke a key of a business
    ///
    /// It is refused from then on.
    #[oai(
        path = "/businesses/:business_id/api-keys/:key_id",
        method = "delete",
        operation_id = "revoke_api_key"
    )]
    async fn revoke_key(
        &self,
        caller: Caller,
        business_id: Path<Field<BusinessId>>,
        key_id: Path<Field<ApiKeyId>>,
    ) -> Result<Done, Problem> {
        let tenant = caller.may_write(business_id.0.0)?;
        Write::by(&caller, tenant).run_silently(&self.0, &RevokeApiKey { key_id: key_id.0.0 }).await
    }

    /// Issue an operator's key
    ///
    /// For operators. The key is in the reply and nowhere else.
    #[oai(path = "/operator-keys", method = "post", operation_id = "issue_operator_key")]
    async fn issue_operator_key(
        &self,
        caller: Caller,
        body: Json<OperatorKeyIn>,
    ) -> Result<Created<ApiKeyOut>, Problem> {
        caller.must_operate()?;
        let OperatorKeyIn { name, expires_at } = body.0;
        self.issue(&caller, None, Scope::Operator, name.0, expires_at.map(|at| at.0)).await
    }

    /// List the operators' keys
    ///
    /// For operators. The revoked ones, too. The keys themselves are not shown.
    #[oai(path = "/operator-keys", method = "get", operation_id = "list_operator_keys")]
    async fn list_operator_keys(
        &self,
        caller: Caller,
        cursor: Query<Option<String>>,
        #[oai(validator(minimum(value = "1"), maximum(value = "200")))] limit: Query<Option<u16>>,
        min_position: Query<Option<String>>,
    ) -> Result<Reply<ApiKeyPage>, ReadProblem> {
        caller.must_operate()?;
        self.page(BusinessId::from_uuid(DEPLOYMENT), &cursor, *limit, &min_position).await
    }

    /// Revoke an operator's key
    ///
    /// For operators. It is refused from then on.
    #[oai(path = "/operator-keys/:key_id", method = "delete", operation_id = "revoke_operator_key")]
    async fn revoke_operator_key(
        &self,
        caller: Caller,
        key_id: Path<Field<ApiKeyId>>,
    ) -> Result<Done, Problem> {
        caller.must_operate()?;
        Write::by(&caller, BusinessId::from_uuid(DEPLOYMENT))
            .run_silently(&self.0, &RevokeApiKey { key_id: key_id.0.0 })
            .await
    }
}
