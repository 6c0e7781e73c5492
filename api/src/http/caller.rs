//! Who calls, and what they may do. A key of one business finds nothing of any other: what it may not see
//! does not exist for it.

use frontdesk_application::access::{Principal, authenticate};
use frontdesk_application::app::App;
use frontdesk_domain::kernel::ids::BusinessId;
use frontdesk_domain::kernel::metadata::Actor;
use frontdesk_domain::platform::api_key::Scope;
use poem::Request;
use poem_openapi::SecurityScheme;
use poem_openapi::auth::{Bearer, BearerAuthorization};
use uuid::Uuid;

use super::problem::Problem;

/// What stands for the deployment itself, where a tenant is wanted.
pub const DEPLOYMENT: Uuid = Uuid::nil();

/// An API key: `Authorization: Bearer fd_…`
#[derive(SecurityScheme)]
#[oai(rename = "api_key", ty = "bearer", bearer_format = "fd_…", checker = "check")]
pub struct Caller(pub Principal);

/// Who it is, unless that [is known already](authenticate_early).
async fn check(request: &Request, bearer: Bearer) -> poem::Result<Principal> {
    if let Some(principal) = request.data::<Principal>() {
        return Ok(principal.clone());
    }
    let app = request.data::<App>().ok_or_else(|| Problem::internal(&std::fmt::Error))?;
    authenticate(&app.bus, app.keys.operator.as_deref(), &bearer.token)
        .await
        .map_err(|error| Problem::from(error).into())
}

/// Finds out who calls before a handler asks, and notes it for that.
pub async fn authenticate_early(request: &mut Request) -> poem::Result<()> {
    let principal = check(request, Bearer::from_request(request)?).await?;
    request.set_data(principal);
    Ok(())
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
            Some(tenant) if tenant != business_id => {
                Err(Problem::not_found("there is no such business, or not for this key"))
            }
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
            Scope::TenantRead => {
                Err(Problem::forbidden("this key may not see histories; use one with the scope auditor"))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use frontdesk_domain::kernel::ids::StreamId;
    use frontdesk_domain::kernel::metadata::ActorKind;

    use super::*;

    #[test]
    fn each_scope_may_do_what_it_is_for() {
        let (own, other) =
            (BusinessId::from_uuid(Uuid::from_u128(1)), BusinessId::from_uuid(Uuid::from_u128(2)));
        let caller = |scope| {
            let tenant = (scope != Scope::Operator).then_some(own);
            Caller(Principal { scope, tenant, actor: Actor::new(ActorKind::Staff, "x") })
        };
        let status =
            |result: Result<BusinessId, Problem>| result.map_or_else(|problem| problem.body.status, |_| 200);
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
