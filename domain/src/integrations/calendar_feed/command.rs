use super::event::FeedIssue;

#[derive(Debug, Clone, PartialEq)]
pub enum CalendarFeedCommand {
    Issue { issue: FeedIssue },
    Revoke,
}
