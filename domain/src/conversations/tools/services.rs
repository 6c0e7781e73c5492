//! What a business offers, in words: a service with its terms, or the names of several.

use serde_json::{Value, json};

use crate::conversations::tools::answers::question;
use crate::languages::{Change, Conjunction, Language, Said, sentence};
use crate::scheduling::service::{Deadline, Fee, Late, ServiceDetails};
use crate::values::money::Money;
use crate::values::text::Note;

/// The most services in one answer: nobody remembers more.
const SERVICES_MAX: usize = 5;

/// Services as they can be booked, and where the business is.
pub fn offered(services: &[&ServiceDetails], address: Option<&Note>, language: Language) -> Value {
    let told = match services {
        [] => vec![],
        [service] => terms(service, language),
        services => vec![names(services, language)],
    };
    let address =
        address.map(|address| sentence(&language.say(&Said::Address { address: address.as_str() })));
    let message = told.into_iter().chain(address).collect::<Vec<_>>().join(" ");
    let services: Vec<Value> = services.iter().take(SERVICES_MAX).map(|service| shown(service)).collect();
    json!({ "status": "ok", "message": message, "services": services })
}

fn shown(service: &ServiceDetails) -> Value {
    json!({
        "service": service.name,
        "durations_minutes": service.durations().collect::<Vec<_>>(),
        "price": service.price.map(|price| price.to_string()),
        "questions": service.questions.iter().map(question).collect::<Vec<_>>(),
    })
}

fn names(services: &[&ServiceDetails], language: Language) -> String {
    let names = services.iter().take(SERVICES_MAX).map(|service| service.name.to_string());
    let more = services.len().checked_sub(SERVICES_MAX).filter(|more| *more > 0);
    let more = more.map(|count| language.say(&Said::More { count }));
    let names: Vec<String> = names.chain(more).collect();
    language.say(&Said::Services { names: &language.list(&names, Conjunction::And) })
}

/// In sentences.
fn terms(service: &ServiceDetails, language: Language) -> Vec<String> {
    let description = service.description.as_ref().map(|description| sentence(description.as_str()));
    let seats = service.is_class().then(|| language.say(&Said::Seats { seats: service.seats }));
    let sentences = [Some(length_and_price(service, language)), description, seats];
    sentences.into_iter().flatten().chain(fees(service, language)).chain(asked(service, language)).collect()
}

fn length_and_price(service: &ServiceDetails, language: Language) -> String {
    let lengths: Vec<String> = service.durations().map(|minutes| length(minutes, language)).collect();
    let price = service.price.map(|price| match (price.spoken(), service.is_class()) {
        (price, true) => language.say(&Said::PricePerPerson { price: &price }),
        (price, false) => price,
    });
    language.say(&Said::Service {
        name: service.name.as_str(),
        lengths: &language.list(&lengths, Conjunction::Or),
        price: price.as_deref(),
    })
}

fn length(minutes: u32, language: Language) -> String {
    language.say(&Said::Length { minutes })
}

/// What it costs to cancel or move late, and not to come.
fn fees(service: &ServiceDetails, language: Language) -> Option<String> {
    let policy = &service.policy;
    let changes = if policy.cancellation == policy.reschedule {
        vec![(Change::Either, policy.cancellation)]
    } else {
        vec![(Change::Cancelling, policy.cancellation), (Change::Moving, policy.reschedule)]
    };
    let late = |(change, deadline)| late_change(change, deadline, service.price, language);
    let no_show = policy.no_show.fee.and_then(|fee| due(fee, service.price));
    let no_show = no_show.map(|fee| language.say(&Said::NoShowFee { fee: &fee.spoken() }));
    let told: Vec<String> = changes.into_iter().filter_map(late).chain(no_show).collect();
    (!told.is_empty()).then(|| sentence(&language.list(&told, Conjunction::And)))
}

/// `None` if it is free until the start.
fn late_change(
    change: Change,
    deadline: Deadline,
    price: Option<Money>,
    language: Language,
) -> Option<String> {
    let fee = match deadline.after {
        Late::Refused => None,
        Late::Charged { fee } => Some(due(fee, price)?.spoken()),
    };
    let before = Some(deadline.minutes_before).filter(|minutes| *minutes > 0)?;
    let before = length(before, language);
    Some(language.say(&Said::LateChange { change, before: &before, fee: fee.as_deref() }))
}

fn due(fee: Fee, price: Option<Money>) -> Option<Money> {
    fee.of(price).filter(|fee| fee.amount > 0)
}

fn asked(service: &ServiceDetails, language: Language) -> Option<String> {
    let questions: Vec<&str> = service.questions.iter().map(|question| question.text.as_str()).collect();
    let questions = questions.join(" ");
    (!questions.is_empty()).then(|| sentence(&language.say(&Said::AskedBefore { questions: &questions })))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scheduling::service::{NoShowPolicy, Policy};
    use crate::values::question::{AnswerKind, Question};
    use crate::values::text::{Name, Text};

    fn service(name: &str) -> ServiceDetails {
        ServiceDetails::new(Name::parse(name).expect("a name"), 30, vec![])
    }

    fn euros(amount: u64) -> Money {
        Money { amount, currency: "EUR".parse().expect("a currency") }
    }

    fn told(language: &str, services: &[&ServiceDetails], address: Option<&str>) -> String {
        let address = address.map(|address| Note::parse(address).expect("an address"));
        let answer = offered(services, address.as_ref(), language.parse().expect("a language"));
        answer["message"].as_str().expect("a text").to_owned()
    }

    #[test]
    fn a_service_is_told_with_its_terms() {
        let late = |minutes_before, after| Deadline { minutes_before, after };
        let policy = Policy {
            cancellation: late(24 * 60, Late::Charged { fee: Fee::Percent { percent: 50 } }),
            reschedule: late(120, Late::Refused),
            no_show: NoShowPolicy { fee: Some(Fee::Amount { money: euros(2_500) }), limit: None },
            ..Policy::default()
        };
        let question = Question {
            id: "allergies".into(),
            text: Text::parse("Any allergies?").expect("a question"),
            answer: AnswerKind::Text,
            required: true,
        };
        let massage = ServiceDetails {
            description: Note::parse("With warm oil").ok(),
            other_durations: vec![90],
            price: Some(euros(4_000)),
            policy,
            questions: vec![question],
            ..service("Massage")
        };
        assert_eq!(
            told("en", &[&massage], None),
            "Massage takes 30 minutes or 1 hour and 30 minutes and costs 40 EUR. With warm oil. Cancelling less than 24 hours \
             before costs 20 EUR, moving less than 2 hours before is not possible and not coming costs 25 EUR. Asked before \
             booking: Any allergies?"
        );
        assert_eq!(
            told("es", &[&massage], None),
            "Massage dura 30 minutos o 1 hora y 30 minutos y cuesta 40 EUR. With warm oil. Cancelar con menos de 24 horas de \
             anticipación cuesta 20 EUR, mover la cita con menos de 2 horas de anticipación no es posible y no presentarse cuesta \
             25 EUR. Antes de reservar se pregunta: Any allergies?"
        );
        let answer = offered(&[&massage], None, Language::default());
        assert_eq!(answer["services"][0]["durations_minutes"], json!([30, 90]));
        assert_eq!(answer["services"][0]["questions"][0]["id"], "allergies");
    }

    #[test]
    fn what_is_free_or_not_known_is_not_told() {
        assert_eq!(told("en", &[&service("Haircut")], None), "Haircut takes 30 minutes.");
        let free = Late::Charged { fee: Fee::Amount { money: euros(0) } };
        let deadline = Deadline { minutes_before: 60, after: free };
        let policy = Policy { cancellation: deadline, reschedule: deadline, ..Policy::default() };
        let class = ServiceDetails { price: Some(euros(900)), seats: 8, policy, ..service("Yoga") };
        assert_eq!(
            told("en", &[&class], Some("7 High Street")),
            "Yoga takes 30 minutes and costs 9 EUR per person. Up to 8 people take part at the same time. \
             The address is 7 High Street."
        );
    }

    #[test]
    fn of_many_services_five_are_named() {
        let services: Vec<ServiceDetails> =
            ["Corte", "Barba", "Tinte", "Peinado", "Manicura", "Masaje", "Yoga"].map(service).into();
        let services: Vec<&ServiceDetails> = services.iter().collect();
        assert_eq!(told("es", &services[..2], None), "Los servicios son Corte y Barba.");
        assert_eq!(
            told("es", &services, Some("Calle 7 #10, Bogotá D.C.")),
            "Los servicios son Corte, Barba, Tinte, Peinado, Manicura y 2 más. La dirección es Calle 7 #10, Bogotá D.C."
        );
        assert_eq!(
            told("en", &services[..5], None),
            "The services are Corte, Barba, Tinte, Peinado and Manicura."
        );
        assert_eq!(
            offered(&services, None, Language::default())["services"].as_array().map(Vec::len),
            Some(5)
        );
    }

    #[test]
    fn a_business_without_services_has_its_address() {
        assert_eq!(told("en", &[], Some("7 High Street")), "The address is 7 High Street.");
    }
}
