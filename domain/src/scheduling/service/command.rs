use super::event::ServiceDetails;

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ServiceCommand {
    Add { details: ServiceDetails },
    Change { details: ServiceDetails },
    Retire,
}
