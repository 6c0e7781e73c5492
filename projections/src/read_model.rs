//! A reader that fills tables of its own.
//!
//! They stand in a schema that carries the version of the read model. Of one version there may be several
//! editions, each with its schema and its checkpoint: see [`editions`](crate::editions).

use std::fmt;
use std::sync::Arc;

use frontdesk_domain::kernel::recorded::RecordedEvent;
use futures::future::BoxFuture;
use sqlx::PgConnection;

use crate::checkpoints::Checkpoint;
use crate::edition::Edition;
use crate::reader::{Reader, ReaderError};

pub trait ReadModel: Send + Sync {
    /// Its name, unique among all readers. It never changes: the checkpoint and the schema carry it.
    fn name(&self) -> &'static str;

    /// Each version has tables and a checkpoint of its own.
    fn version(&self) -> i32;

    /// The aggregates whose events it wants.
    fn aggregates(&self) -> &'static [&'static str];

    /// Its tables, `if not exists`, with `{schema}` for the name of its schema.
    fn tables(&self) -> &'static str;

    /// Takes in the events of whole commits, all of them or none, as [`Reader::take`] does.
    fn take<'a>(
        &'a self,
        tables: Tables<'a>,
        events: &'a [Arc<RecordedEvent>],
    ) -> BoxFuture<'a, Result<(), ReaderError>>;

    fn schema(&self, edition: Edition) -> String {
        format!("{}_v{}{}", self.name(), self.version(), edition.suffix("_"))
    }

    fn checkpoint(&self, edition: Edition) -> Checkpoint {
        Checkpoint { name: self.name(), version: self.version(), edition }
    }
}

/// The tables of an edition, to be written in a transaction.
#[derive(Debug)]
pub struct Tables<'c> {
    pub connection: &'c mut PgConnection,
    schema: String,
}

impl Tables<'_> {
    /// A statement on them: `{schema}` stands for the name of their schema.
    pub fn sql(&self, statement: &str) -> String {
        statement.replace("{schema}", &self.schema)
    }
}

/// Fills an edition of a read model.
pub struct Filling {
    pub model: Arc<dyn ReadModel>,
    pub edition: Edition,
}

impl Filling {
    /// Fills the edition that serves.
    pub fn serving(model: Arc<dyn ReadModel>) -> Arc<dyn Reader> {
        Arc::new(Self { model, edition: Edition::Serving })
    }
}

impl fmt::Debug for Filling {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Filling({})", self.checkpoint().key())
    }
}

impl Reader for Filling {
    fn name(&self) -> &'static str {
        self.model.name()
    }

    fn version(&self) -> i32 {
        self.model.version()
    }

    fn aggregates(&self) -> &'static [&'static str] {
        self.model.aggregates()
    }

    fn take<'a>(
        &'a self,
        transaction: &'a mut PgConnection,
        events: &'a [Arc<RecordedEvent>],
    ) -> BoxFuture<'a, Result<(), ReaderError>> {
        let schema = self.model.schema(self.edition);
        self.model.take(Tables { connection: transaction, schema }, events)
    }

    fn checkpoint(&self) -> Checkpoint {
        self.model.checkpoint(self.edition)
    }
}
