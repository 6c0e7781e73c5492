//! Notes of the business about customers.

use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::kernel::ids::{CustomerId, NoteId};
use crate::kernel::metadata::Actor;
use crate::kernel::personal::{Personal, SubjectId};
use crate::kernel::work::{Command, Failure, Work};
use crate::people::commands::customers::{find, survivor};
use crate::people::customer_note::{CustomerNote, CustomerNoteCommand, CustomerNoteError};
use crate::values::text::Note;

#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct WriteNote {
    pub customer_id: CustomerId,
    pub text: Personal<Note>,
}

/// A note as it was written.
#[derive(Debug, Clone)]
pub struct NoteView {
    pub id: NoteId,
    pub customer_id: CustomerId,
    pub text: Personal<Note>,
    pub by: Actor,
    pub written_at: DateTime<Utc>,
}

impl Command for WriteNote {
    const NAME: &'static str = "WriteNote";
    type Output = NoteView;

    async fn decide<W: Work>(&self, work: &W) -> Result<NoteView, Failure> {
        let customer_id = find(work, self.customer_id).await?.id;
        let id: NoteId = work.new_id();
        let (text, by) = (self.text.about(SubjectId::of(customer_id)), work.actor().clone());
        let now = work.now();
        let write = CustomerNoteCommand::Write { customer_id, text: text.clone(), by: by.clone(), now };
        work.execute::<CustomerNote>(id, write).await?;
        Ok(NoteView { id, customer_id, text, by, written_at: now })
    }
}

/// Hides the text of a note for good.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct RedactNote {
    pub customer_id: CustomerId,
    pub note_id: NoteId,
    pub reason: Option<Personal<Note>>,
}

impl Command for RedactNote {
    const NAME: &'static str = "RedactNote";
    type Output = ();

    async fn decide<W: Work>(&self, work: &W) -> Result<(), Failure> {
        let note = work.load::<CustomerNote>(self.note_id).await?.state;
        let written_about = note.customer_id().map_err(Failure::refused)?;
        // The survivor's list has the notes of a merged customer, and redacts them.
        let (listed_with, _) = survivor(work, written_about).await?;
        if listed_with != find(work, self.customer_id).await?.id {
            return Err(Failure::refused(CustomerNoteError::NotFound));
        }
        let subject = SubjectId::of(written_about);
        work.about(subject);
        let reason = self.reason.as_ref().map(|reason| reason.about(subject));
        work.execute::<CustomerNote>(
            self.note_id,
            CustomerNoteCommand::Redact { reason, by: work.actor().clone() },
        )
        .await
        .map(drop)
    }
}
