use super::event::CustomerDetails;

#[derive(Debug, Clone, PartialEq)]
pub enum CustomerCommand {
    Register { details: CustomerDetails },
    Change { details: CustomerDetails },
}
