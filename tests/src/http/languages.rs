//! Callers are answered in the language of the business.

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::app::{Garage, Reply, TestApp};

async fn speak(garage: &Garage, language: &str) -> Reply {
    let profile =
        json!({ "name": "Taller", "zone": "America/Bogota", "country": "CO", "language": language });
    garage.client.send(Method::PUT, &garage.path(""), &[], Some(profile.to_string().into())).await
}

fn message(answer: &Value) -> &str {
    answer["message"].as_str().expect("a message")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_spanish_business_is_spoken_to_and_answers_in_spanish() {
    let app = TestApp::start().await;
    let garage = Garage::open(&app, "Taller").await;
    assert_eq!(speak(&garage, "es").await.expect(200).body["profile"]["language"], "es");

    let open = garage
        .answer("c1", "t1", "check_availability", json!({ "day": "mañana", "part_of_day": "por la tarde" }))
        .await;
    assert_eq!(
        message(&open),
        "Para Oil change hay disponibilidad el martes 24 de noviembre al mediodía, a la una de la tarde o a las dos de la tarde. Hay más."
    );
    let at = json!({ "day": "el próximo martes", "time": "a las tres y media" });
    let later = garage.answer("c1", "t2", "check_availability", at).await;
    assert_eq!(later["slots"][0]["time"], "el martes 24 de noviembre a las cuatro de la tarde");
    // Models mix.
    let mixed = garage
        .answer("c1", "t3", "check_availability", json!({ "day": "tomorrow", "part_of_day": "afternoon" }))
        .await;
    assert_eq!(mixed["slots"][0]["time"], open["slots"][0]["time"]);

    let book = json!({ "slot_token": open["slots"][0]["slot_token"], "name": "Ada" });
    let booked = garage.answer("c1", "t4", "book_appointment", book).await;
    assert_eq!(
        message(&booked),
        "Oil change: la cita queda reservada a nombre de Ada para el martes 24 de noviembre al mediodía."
    );
    let other = json!({ "slot_token": open["slots"][0]["slot_token"], "name": "Grace" });
    let refused = garage.answer("c2", "t1", "book_appointment", other.clone()).await;
    assert_eq!(
        message(&refused),
        "Esa hora se acaba de ocupar. Todavía hay disponibilidad el martes 24 de noviembre a la una de la tarde, a las dos de la \
         tarde o a las tres de la tarde."
    );
    let found = garage.answer("c1", "t5", "find_appointments", json!({})).await;
    assert_eq!(message(&found), "Citas encontradas: Oil change, el martes 24 de noviembre al mediodía.");
    let cancel = json!({ "appointment_id": booked["appointment_id"] });
    let unknown = garage.answer("c3", "t1", "cancel_appointment", cancel).await;
    assert_eq!(
        message(&unknown),
        "Esa cita no se conoce en esta llamada; primero hay que buscarla con find_appointments."
    );
    let hours = garage.answer("c1", "t6", "get_business_hours", json!({})).await;
    assert_eq!(message(&hours), "De lunes a domingo: de las nueve de la mañana a las cinco de la tarde.");
    assert_eq!(
        message(&garage.answer("c1", "t7", "take_message", json!({ "message": "Hola" })).await),
        "El mensaje ya fue entregado."
    );
    for (id, tool, arguments, expected) in [
        ("w1", "check_availability", json!({ "day": "someday" }), "no es un día"),
        ("w2", "check_availability", json!({ "time": "luego" }), "no es una hora"),
        ("w3", "check_availability", json!({ "day": "2020-01-01" }), "ya pasó"),
        (
            "w4",
            "check_availability",
            json!({ "service": "tatuaje" }),
            "hay que preguntar cuál se desea: Oil change",
        ),
        ("w5", "book_appointment", json!({ "name": "Ada" }), "falta slot_token"),
        (
            "w6",
            "book_appointment",
            json!({ "slot_token": "x", "name": "Ada" }),
            "hay que copiarlo exactamente",
        ),
        ("w7", "order_pizza", json!({}), "no existe la herramienta"),
    ] {
        let result = garage.tool("c1", id, tool, arguments).await;
        assert!(result["error"].as_str().is_some_and(|error| error.contains(expected)), "{tool}: {result}");
    }
    let transfer = json!({ "type": "transfer-destination-request", "call": { "id": "c1" } });
    let nobody = garage.hook(transfer).await.body["error"].clone();
    assert_eq!(nobody, "Ahora mismo nadie puede atender la llamada. Puedo tomar un mensaje.");

    // The first answer stands, whatever is spoken by now.
    speak(&garage, "en").await.expect(200);
    assert_eq!(garage.answer("c2", "t1", "book_appointment", other.clone()).await, refused);
    assert!(
        message(&garage.answer("c2", "t2", "book_appointment", other).await)
            .starts_with("That time has just been taken. Still open: ")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_booking_says_what_is_open_whatever_the_reason() {
    let app = TestApp::start().await;
    let garage = Garage::open(&app, "Garage").await;
    let slots = garage.slots("tomorrow").await;
    // Nobody can be reached by a number that the network hides.
    let book = json!({ "slot_token": slots[0], "name": "Ada" });
    let function = json!({ "name": "book_appointment", "arguments": book });
    let hidden = json!({ "type": "tool-calls", "call": { "id": "c1" }, "toolCallList": [{ "id": "t1", "type": "function", "function": function }] });
    let reply = garage.hook(hidden).await.expect(200);
    let answer: Value =
        serde_json::from_str(reply.body["results"][0]["result"].as_str().expect("a text")).expect("JSON");
    assert!(
        message(&answer)
            .starts_with("A phone number or an email address is needed; ask for one. Still open: Tuesday, November 24th at 9"),
        "{answer}"
    );
    assert_eq!(answer["slots"].as_array().map(Vec::len), Some(3));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_caller_from_elsewhere_is_told_whose_clock_it_is() {
    let app = TestApp::start().await;
    let garage = Garage::open(&app, "Garage").await;
    let function = json!({ "name": "check_availability", "arguments": { "day": "tomorrow" } });
    let call = json!({ "id": "c1", "customer": { "number": "+12125550123" } });
    let from_abroad = json!({ "type": "tool-calls", "call": call, "toolCallList": [{ "id": "t1", "type": "function", "function": function }] });
    let reply = garage.hook(from_abroad).await.expect(200);
    let answer: Value =
        serde_json::from_str(reply.body["results"][0]["result"].as_str().expect("a text")).expect("JSON");
    assert_eq!(
        message(&answer),
        "For Oil change there is Tuesday, November 24th at 9 in the morning, at 10 in the morning or at 11 in the morning, Bogota time. There are more."
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_tools_say_which_language_to_speak_and_unknown_ones_are_refused() {
    let app = TestApp::start().await;
    let garage = Garage::open(&app, "Garage").await;
    let refused = speak(&garage, "tlh").await.problem(400, "bad-request");
    assert!(refused.text.contains(r#"\"en\", \"es\""#), "{}", refused.text);
    assert_eq!(garage.get("").await.body["profile"]["language"], "en");

    let position = speak(&garage, "es").await.expect(200).position.expect("a position");
    garage.get(&format!("?min_position={position}")).await.expect(200);
    let tools = async |client: &crate::support::app::Client, query: &str| {
        client.get(&format!("/api/v1/assistant-tools{query}")).await.expect(200).body["tools"][0]["function"]
            .clone()
    };
    let spanish = tools(&garage.client, "").await;
    assert!(
        spanish["description"].as_str().is_some_and(|text| text.ends_with("speak Spanish with the caller.")),
        "{spanish}"
    );
    assert_eq!(
        spanish["parameters"]["properties"]["part_of_day"]["enum"],
        json!(["mañana", "tarde", "noche"])
    );
    assert_eq!(tools(&app.operator(), "?language=es").await, spanish);
    assert!(
        tools(&app.operator(), "").await["description"]
            .as_str()
            .is_some_and(|text| text.contains("speak English"))
    );
    app.operator().get("/api/v1/assistant-tools?language=tlh").await.problem(400, "bad-request");
}
