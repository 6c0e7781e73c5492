//! `/api/v1/projections`: the readers of the log and how far they have come, and filling a read model anew
//! while it serves, for operators.

use chrono::{DateTime, Utc};
use frontdesk_adapters::crypto::sha256_hex;
use frontdesk_application::app::App;
use frontdesk_application::workers::readers::{ReaderStatus, statuses};
use frontdesk_domain::kernel::chain::Chain;
use frontdesk_projections::editions::{self, Asked, Change, ChangeError, ChangeRow};
use frontdesk_projections::read_model;
use poem::http::StatusCode;
use poem_openapi::param::{Header, Path, Query};
use poem_openapi::payload::Json;
use poem_openapi::{Enum, Object, OpenApi};

use super::caller::Caller;
use super::problem::{Problem, ReadProblem};
use super::read::{List, page};
use super::reply::{Created, Out, Reply};
use super::tag::Tag;

/// One edition of a reader of the log: a read model, a policy, or the translator of webhooks.
#[derive(Debug, Clone, PartialEq, Object)]
#[oai(rename = "Projection", skip_serializing_if_is_none)]
pub struct ProjectionOut {
    /// Its name.
    pub name: String,
    /// The version of its tables or of its logic.
    pub version: i32,
    /// serving: it is what is read. next: it is filled beside that. previous: it served before.
    pub edition: String,
    /// Whether it fills tables, and can be filled anew.
    pub is_read_model: bool,
    /// Whether this release runs this version. What other releases have left is kept as it is.
    pub is_of_this_release: bool,
    /// How far it has come in the log.
    pub position: i64,
    /// How many events it has yet to take.
    pub behind: i64,
    /// How many events it could not take; see `list_parked_events`.
    pub parked: i64,
    /// True while it stands still because an operator has said so.
    pub paused: bool,
    /// How long it has yet to fill its tables, at the speed so far.
    pub seconds_left: Option<u64>,
}

impl ProjectionOut {
    pub fn of(status: ReaderStatus) -> Self {
        Self {
            name: status.name,
            version: status.version,
            edition: status.edition.name().to_owned(),
            is_read_model: status.is_read_model,
            is_of_this_release: status.is_of_this_build,
            position: status.position,
            behind: status.behind,
            parked: status.parked,
            paused: status.paused,
            seconds_left: status.time_left.map(|left| left.as_secs()),
        }
    }
}

impl Out for ProjectionOut {}

page!(ProjectionPage of ProjectionOut);

/// What is done to a read model.
///
/// * `rebuild`: a next edition is filled beside the one that serves;
/// * `switch`: the next edition serves from now on, and the one that served becomes the previous one;
/// * `rollback`: the previous edition serves again;
/// * `drop_next`: the next edition is given up;
/// * `drop_previous`: the previous edition is given up;
/// * `pause`: the edition that serves stands still;
/// * `resume`: it goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[oai(rename_all = "snake_case", rename = "ProjectionChangeKind")]
pub enum ChangeDto {
    Rebuild,
    Switch,
    Rollback,
    DropNext,
    DropPrevious,
    Pause,
    Resume,
}

impl From<ChangeDto> for Change {
    fn from(change: ChangeDto) -> Self {
        match change {
            ChangeDto::Rebuild => Self::Rebuild,
            ChangeDto::Switch => Self::Switch,
            ChangeDto::Rollback => Self::Rollback,
            ChangeDto::DropNext => Self::DropNext,
            ChangeDto::DropPrevious => Self::DropPrevious,
            ChangeDto::Pause => Self::Pause,
            ChangeDto::Resume => Self::Resume,
        }
    }
}

/// What is to be done to a read model.
#[derive(Debug, Clone, PartialEq, Object)]
#[oai(rename = "ChangeProjection", deny_unknown_fields)]
pub struct ChangeIn {
    /// What is done.
    pub change: ChangeDto,
}

/// What was done to a read model.
#[derive(Debug, Clone, PartialEq, Object)]
#[oai(rename = "ProjectionChange", skip_serializing_if_is_none)]
pub struct ProjectionChangeOut {
    /// The read model.
    pub name: String,
    /// The version of its tables.
    pub version: i32,
    /// rebuild, switch, rollback, drop_next, drop_previous, pause or resume.
    pub change: String,
    /// How far in the log the edition had come that served.
    pub serving_position: i64,
    /// How far the one had come that the change is about.
    pub edition_position: Option<i64>,
    /// What kind of caller did it: operator, staff, assistant, provider or system.
    pub actor_kind: String,
    /// Who did it: the id of an API key, a call or a process.
    pub actor_id: String,
    /// When it was done.
    pub changed_at: DateTime<Utc>,
}

impl ProjectionChangeOut {
    pub fn of(row: ChangeRow) -> Self {
        Self {
            name: row.name,
            version: row.version,
            change: row.change,
            serving_position: row.serving,
            edition_position: row.edition,
            actor_kind: row.actor_kind,
            actor_id: row.actor_id,
            changed_at: row.changed_at,
        }
    }
}

impl Out for ProjectionChangeOut {}

page!(ProjectionChangePage of ProjectionChangeOut);

impl From<ChangeError> for Problem {
    fn from(error: ChangeError) -> Self {
        match error {
            ChangeError::Database(error) => error.into(),
            ChangeError::NotThere(_) => Self::unavailable("unavailable", error.to_string(), 2),
            ChangeError::Behind { .. } | ChangeError::Parked { .. } => {
                Self::new(StatusCode::CONFLICT, "projection-not-filled", error.to_string())
            }
            ChangeError::RequestReused => {
                Self::new(StatusCode::UNPROCESSABLE_ENTITY, "idempotency-key-reused", error.to_string())
            }
            ChangeError::Rebuilding(_) | ChangeError::NoNext(_) | ChangeError::NoPrevious(_) => {
                Self::new(StatusCode::CONFLICT, "projection-edition", error.to_string())
            }
        }
    }
}

pub struct ProjectionsApi(pub App);

#[OpenApi(prefix_path = "/api/v1", tag = "Tag::Operations")]
impl ProjectionsApi {
    /// List projections
    ///
    /// For operators. Every reader of the log: read models with their editions, policies, and the translator
    /// of webhooks; how far they have come, and how long those that are filled have yet to go.
    #[oai(path = "/projections", method = "get", operation_id = "list_projections")]
    async fn list(&self, caller: Caller) -> Result<Reply<ProjectionPage>, ReadProblem> {
        caller.must_operate()?;
        let items = statuses(&self.0.pool).await.map_err(Problem::from)?;
        let items = items.into_iter().map(ProjectionOut::of).collect();
        Ok(Reply::new(ProjectionPage { items, next_cursor: None }))
    }

    /// List what was done to projections
    ///
    /// For operators. The newest first.
    #[oai(path = "/projection-changes", method = "get", operation_id = "list_projection_changes")]
    async fn changes(
        &self,
        caller: Caller,
        /// Of one of them.
        #[oai(validator(min_length = 1, max_length = 100, pattern = "^[a-z0-9_.]+$"))]
        projection: Query<Option<String>>,
        cursor: Query<Option<String>>,
        #[oai(validator(minimum(value = "1"), maximum(value = "200")))] limit: Query<Option<u16>>,
    ) -> Result<Reply<ProjectionChangePage>, ReadProblem> {
        caller.must_operate()?;
        let list = List::of("projection_changes", None, &cursor, *limit);
        let changes = |page| editions::changes(&self.0.pool, projection.as_deref(), page);
        let page = list.page(&self.0, changes).await?;
        Ok(page.map(ProjectionChangeOut::of).into())
    }

    /// Change a projection
    ///
    /// For operators. `rebuild` fills a next edition of a read model from the beginning of the log, while the
    /// present one serves. When it has come as far, `switch` has it serve; `rollback` takes that back as long
    /// as the previous edition is not dropped. `list_projections` says how far an edition has come.
    #[oai(path = "/projections/:name/changes", method = "post", operation_id = "change_projection")]
    async fn change(
        &self,
        caller: Caller,
        /// A read model.
        #[oai(validator(min_length = 1, max_length = 100, pattern = "^[a-z0-9_.]+$"))]
        name: Path<String>,
        #[oai(name = "Idempotency-Key", validator(min_length = 1, max_length = 255))] idempotency_key: Header<
            Option<String>,
        >,
        body: Json<ChangeIn>,
    ) -> Result<Created<ProjectionChangeOut>, Problem> {
        caller.must_operate()?;
        let model = read_model(&name)
            .ok_or_else(|| Problem::not_found("there is no such read model; list_projections names them"))?;
        let mut owner = self.0.database.connect_as_owner().await.map_err(|error| {
            tracing::warn!(error = %Chain(&error), "no change of a projection");
            Problem::unavailable("unavailable", "the database cannot be reached", 2)
        })?;
        let by = caller.actor();
        let request =
            idempotency_key.as_deref().map(|key| sha256_hex(format!("{}\n{key}", by.id).as_bytes()));
        let asked = Asked { by: &by, request: request.as_deref() };
        let made = editions::make(&mut owner, model.as_ref(), body.change.into(), asked).await?;
        let reply = Created::new(ProjectionChangeOut::of(made.change));
        Ok(if made.repeated { reply.replayed() } else { reply })
    }
}
