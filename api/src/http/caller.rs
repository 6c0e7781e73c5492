//! Who calls, and what they may do.
//!
//! An API key is `fd_` and 26 characters that name it, an underscore, and its secret. We keep a keyed hash of the secret. The operator's key of
//! the configuration is any text. A key of one business finds nothing of any other: what it may not see does not exist for it.

use frontdesk_adapters::crypto::{Hasher, random_secret, same_secret};
use frontdesk_domain::kernel::ids::{ApiKeyId, BusinessId, StreamId};
use frontdesk_domain::kernel::metadata::{Actor, ActorKind};
use frontdesk_domain::platform::api_key::{ApiKey, Scope};
use poem::Request;
use poem_openapi::SecurityScheme;
use poem_openapi::auth::Bearer;
use uuid::Uuid;

use super::problem::Problem;
use crate::app::App;

const KEY_PREFIX: &str = "fd_";
/// What stands for the deployment itself, where a tenant is wanted.
pub const DEPLOYMENT: Uuid = Uuid::nil();

/// An API key: `Authorization: Bearer fd_…`
#[derive(SecurityScheme)]
#[oai(rename = "api_key", ty = "bearer", bearer_format = "fd_…", checker = "check")]
pub struct Caller(pub Principal);

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Principal {
    pub scope: Scope,
    /// `None`: an operator, who may act in every business.
    pub tenant: Option<BusinessId>,
    pub actor: Actor,
}

pub fn secret_hash(hasher: &Hasher, secret: &str) -> String {
    hasher.hash("api-key", secret.as_bytes()).to_string()
}

/// A new key as its holder gets it, and its secret's hash.
pub fn new_key(hasher: &Hasher, id: ApiKeyId) -> (String, String) {
    let secret = random_secret();
    let name = id.to_string();
    let name = name.trim_start_matches(ApiKeyId::PREFIX).trim_start_matches('_');
    (format!("{KEY_PREFIX}{name}_{secret}"), secret_hash(hasher, &secret))
}

fn parts(token: &str) -> Option<(ApiKeyId, &str)> {
    let (name, secret) = token.strip_prefix(KEY_PREFIX)?.split_once('_')?;
    Some((format!("{}_{name}", ApiKeyId::PREFIX).parse().ok()?, secret))
}

async fn check(request: &Request, bearer: Bearer) -> poem::Result<Principal> {
    let app = request.data::<App>().ok_or_else(|| Problem::internal(&std::fmt::Error))?;
    Ok(authenticate(app, &bearer.token).await?)
}

/// The principal that a key stands for.
pub async fn authenticate(app: &App, token: &str) -> Result<Principal, Problem> {
    let wrong = || Problem::unauthorized("the API key is not known, has expired or was revoked");
    let is_operator_key = |hash: &String| same_secret(hash.as_bytes(), secret_hash(app.bus.hasher(), token).as_bytes());
    if app.keys.operator.as_ref().is_some_and(is_operator_key) {
        let actor = Actor::new(ActorKind::Operator, "configuration");
        return Ok(Principal { scope: Scope::Operator, tenant: None, actor });
    }
    let (id, secret) = parts(token).ok_or_else(wrong)?;
    let key = app.bus.current::<ApiKey>(id).await?;
    let issued = key.issued().map_err(|_| wrong())?;
    let is_right = same_secret(issued.issue.secret_hash.as_bytes(), secret_hash(app.bus.hasher(), secret).as_bytes());
    if !is_right || !issued.is_valid(app.bus.clock().now()) {
        return Err(wrong());
    }
    let kind = if issued.issue.scope == Scope::Operator { ActorKind::Operator } else { ActorKind::Staff };
    Ok(Principal { scope: issued.issue.scope, tenant: issued.issue.business_id, actor: Actor::new(kind, id) })
}

impl Caller {
    pub fn actor(&self) -> Actor {
        self.0.actor.clone()
    }

    /// Whether somebody of the deployment itself calls.
    pub fn must_operate(&self) -> Result<(), Problem> {
        match self.0.scope {
            Scope::Operator => Ok(()),
            Scope::TenantAdmin | Scope::TenantRead | Scope::Auditor => {
                Err(Problem::forbidden("only an operator's key may do that"))
            }
        }
    }

    /// The business, if the key reaches it.
    pub fn may_read(&self, business_id: BusinessId) -> Result<BusinessId, Problem> {
        match self.0.tenant {
            Some(tenant) if tenant != business_id => Err(Problem::not_found("there is no such business, or not for this key")),
            _ => Ok(business_id),
        }
    }

    pub fn may_write(&self, business_id: BusinessId) -> Result<BusinessId, Problem> {
        self.may_read(business_id)?;
        match self.0.scope {
            Scope::Operator | Scope::TenantAdmin => Ok(business_id),
            Scope::TenantRead | Scope::Auditor => {
                Err(Problem::forbidden("this key may only read; use one with the scope tenant_admin"))
            }
        }
    }

    /// Whether the key may see how things came about, and not only how they are.
    pub fn may_audit(&self, business_id: BusinessId) -> Result<BusinessId, Problem> {
        self.may_read(business_id)?;
        match self.0.scope {
            Scope::Operator | Scope::TenantAdmin | Scope::Auditor => Ok(business_id),
            Scope::TenantRead => Err(Problem::forbidden("this key may not see histories; use one with the scope auditor")),
        }
    }
}

#[cfg(test)]
mod tests {
    use frontdesk_adapters::crypto::MasterKey;

    use super::*;

    #[test]
    fn a_key_names_itself_and_hides_its_secret() {
        let hasher = MasterKey::generate().hasher();
        let id = ApiKeyId::from_uuid(Uuid::from_u128(7));
        let (key, hash) = new_key(&hasher, id);
        let (named, secret) = parts(&key).expect("a key");
        assert_eq!(named, id);
        assert_eq!(secret_hash(&hasher, secret), hash);
        for text in ["", "fd_", "fd_x_y", "key_00000000000000000000000007_x", "fd_0000000000000000000000000Z_x"] {
            assert!(parts(text).is_none(), "{text}");
        }
    }

    #[test]
    fn each_scope_may_do_what_it_is_for() {
        let (own, other) = (BusinessId::from_uuid(Uuid::from_u128(1)), BusinessId::from_uuid(Uuid::from_u128(2)));
        let caller = |scope| {
            let tenant = (scope != Scope::Operator).then_some(own);
            Caller(Principal { scope, tenant, actor: Actor::new(ActorKind::Staff, "x") })
        };
        let status = |result: Result<BusinessId, Problem>| result.map_or_else(|problem| problem.body.status, |_| 200);
        for (scope, read, write, audit, elsewhere) in [
            (Scope::Operator, 200, 200, 200, 200),
            (Scope::TenantAdmin, 200, 200, 200, 404),
            (Scope::TenantRead, 200, 403, 403, 404),
            (Scope::Auditor, 200, 403, 200, 404),
        ] {
            let caller = caller(scope);
            assert_eq!(status(caller.may_read(own)), read, "{scope:?}");
            assert_eq!(status(caller.may_write(own)), write, "{scope:?}");
            assert_eq!(status(caller.may_audit(own)), audit, "{scope:?}");
            for refused in [caller.may_read(other), caller.may_write(other), caller.may_audit(other)] {
                assert_eq!(status(refused), elsewhere, "{scope:?}");
            }
            assert_eq!(caller.must_operate().is_ok(), scope == Scope::Operator);
        }
    }
}
