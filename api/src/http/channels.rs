//! `/api/v1/businesses/{business_id}/channels`: the channels by which callers reach a business.

use frontdesk_adapters::crypto::random_secret;
use frontdesk_adapters::providers;
use frontdesk_adapters::providers::provider::{KEY_PLACE, Provider};
use frontdesk_application::app::App;
use frontdesk_domain::conversations::channel::ChannelDetails;
use frontdesk_domain::conversations::commands::channels::{AddChannel, ChannelView, RemoveChannel};
use frontdesk_domain::kernel::ids::{BusinessId, ChannelId};
use frontdesk_domain::values::phone::PhoneNumber;
use frontdesk_domain::values::sender::{
    Authentication, AuthenticationKind, ChannelAddressKind, ChannelNumber, HmacAlgorithm, HmacEncoding,
    HmacScheme,
};
use frontdesk_domain::values::text::Name;
use frontdesk_projections::channels::{self, ChannelRow, Channels};
use frontdesk_projections::directory::Directory;
use poem_openapi::param::{Path, Query};
use poem_openapi::payload::Json;
use poem_openapi::{Enum, Object, OpenApi};

use super::businesses::entry;
use super::caller::Caller;
use super::fault::{Fault, each};
use super::field::{Field, same};
use super::problem::{Problem, ReadProblem};
use super::read::Read;
use super::reply::{Created, Done, Out, Reply};
use super::tag::Tag;
use super::write::Write;

/// A way by which the platform's messages name this business.
#[derive(Debug, Clone, PartialEq, Object)]
#[oai(rename = "ChannelNumber", deny_unknown_fields)]
pub struct NumberDto {
    /// What it is.
    pub kind: NumberKind,
    /// The number or id itself.
    #[oai(validator(min_length = 1, max_length = 200))]
    pub value: String,
}

/// By what the messages of a platform name a business.
///
/// * `phone_number`: a phone number in E.164;
/// * `phone_number_id`: the platform's id of a phone number;
/// * `assistant_id`: the platform's id of an assistant;
/// * `account_id`: the platform's id of an account that has several numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[oai(rename_all = "snake_case", rename = "ChannelNumberKind")]
pub enum NumberKind {
    PhoneNumber,
    PhoneNumberId,
    AssistantId,
    AccountId,
}

same! {
    NumberKind = ChannelAddressKind { PhoneNumber, PhoneNumberId, AssistantId, AccountId }
}

impl NumberDto {
    fn of(number: ChannelNumber) -> Self {
        Self { kind: number.kind.into(), value: number.value }
    }

    fn read(self) -> Result<ChannelNumber, Fault> {
        let value = match self.kind {
            NumberKind::PhoneNumber => {
                PhoneNumber::parse(&self.value, None).map_err(|error| Fault::body("/value", error))?.into()
            }
            NumberKind::PhoneNumberId | NumberKind::AssistantId | NumberKind::AccountId => self.value,
        };
        Ok(ChannelNumber { kind: self.kind.into(), value })
    }
}

/// How a platform proves itself.
///
/// * `secret`: a shared secret in a header of the platform's own, like X-Vapi-Secret;
/// * `bearer`: a token in Authorization: Bearer;
/// * `hmac`: a signature over the raw body, made as `hmac` says;
/// * `signature`: a signature in the platform's own way, with the secret that it shows: Twilio's auth token, the
///   secret of a Meta app.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[oai(rename_all = "snake_case", rename = "ChannelAuthentication")]
pub enum Scheme {
    Secret,
    Bearer,
    Hmac,
    Signature,
}

same! {
    Scheme = AuthenticationKind { Secret, Bearer, Hmac, Signature }
}

/// The hash function of a signature.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[oai(rename_all = "snake_case", rename = "HmacAlgorithm")]
pub enum Algorithm {
    Sha1,
    Sha256,
    Sha512,
}

/// How a signature is written in its header.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[oai(rename_all = "snake_case", rename = "HmacEncoding")]
pub enum Encoding {
    Hex,
    Base64,
}

/// What is signed and where the signature stands; the defaults are the platform's own.
#[derive(Debug, Clone, PartialEq, Object)]
#[oai(rename = "Hmac", deny_unknown_fields, skip_serializing_if_is_none)]
pub struct HmacIn {
    /// The hash function.
    #[oai(default = "Algorithm::default")]
    pub algorithm: Algorithm,
    /// How the signature is written.
    #[oai(default = "Encoding::default")]
    pub encoding: Encoding,
    /// The header that it stands in.
    #[oai(default = "default_signature_header", validator(min_length = 1, max_length = 100))]
    pub signature_header: String,
    /// What stands before the signature in its header, like sha256=.
    #[oai(default, validator(max_length = 50))]
    pub signature_prefix: String,
    /// Set to an empty text if no timestamp is signed.
    #[oai(default = "default_timestamp_header", validator(max_length = 100))]
    pub timestamp_header: String,
    /// With {timestamp} and {body} in it.
    #[oai(default = "default_payload_format", validator(min_length = 6, max_length = 200))]
    pub payload_format: String,
}

#[allow(clippy::derivable_impls)]
impl Default for Algorithm {
    fn default() -> Self {
        Self::Sha256
    }
}

#[allow(clippy::derivable_impls)]
impl Default for Encoding {
    fn default() -> Self {
        Self::Hex
    }
}

fn default_signature_header() -> String {
    "x-signature".into()
}

fn default_timestamp_header() -> String {
    "x-timestamp".into()
}

fn default_payload_format() -> String {
    "{timestamp}.{body}".into()
}

impl Default for HmacIn {
    fn default() -> Self {
        Self {
            algorithm: Algorithm::Sha256,
            encoding: Encoding::Hex,
            signature_header: default_signature_header(),
            signature_prefix: String::new(),
            timestamp_header: default_timestamp_header(),
            payload_format: default_payload_format(),
        }
    }
}

impl HmacIn {
    fn read(self) -> Result<HmacScheme, Fault> {
        for (field, wanted) in [("body", true), ("timestamp", !self.timestamp_header.is_empty())] {
            if wanted != self.payload_format.contains(&format!("{{{field}}}")) {
                let must = if wanted { "must" } else { "cannot" };
                let why = if wanted { "" } else { " without a timestamp_header" };
                let detail = format_args!("{must} contain {{{field}}}{why}");
                return Err(Fault::body("/hmac/payload_format", detail));
            }
        }
        let is_header = |name: &str| poem::http::HeaderName::from_bytes(name.as_bytes()).is_ok();
        if !is_header(&self.signature_header) {
            return Err(Fault::body("/hmac/signature_header", "must be the name of an HTTP header"));
        }
        if !(self.timestamp_header.is_empty() || is_header(&self.timestamp_header)) {
            return Err(Fault::body("/hmac/timestamp_header", "must be the name of an HTTP header"));
        }
        if self.signature_header.eq_ignore_ascii_case(&self.timestamp_header) {
            return Err(Fault::body(
                "/hmac/timestamp_header",
                "must be another header than signature_header",
            ));
        }
        Ok(HmacScheme {
            algorithm: match self.algorithm {
                Algorithm::Sha1 => HmacAlgorithm::Sha1,
                Algorithm::Sha256 => HmacAlgorithm::Sha256,
                Algorithm::Sha512 => HmacAlgorithm::Sha512,
            },
            encoding: match self.encoding {
                Encoding::Hex => HmacEncoding::Hex,
                Encoding::Base64 => HmacEncoding::Base64,
            },
            signature_header: self.signature_header.to_lowercase(),
            signature_prefix: self.signature_prefix,
            timestamp_header: (!self.timestamp_header.is_empty())
                .then(|| self.timestamp_header.to_lowercase()),
            payload_format: self.payload_format,
        })
    }
}

/// A new channel.
#[derive(Debug, Clone, PartialEq, Object)]
#[oai(rename = "NewChannel", deny_unknown_fields, skip_serializing_if_is_none)]
pub struct ChannelIn {
    /// For people: which telephone line or assistant it is.
    pub name: Field<Name>,
    /// The platform that it is on, by its name in the address of its webhooks. Left out, it is vapi.
    pub provider: Option<String>,
    /// One of those that the platform offers.
    pub authentication: Scheme,
    /// The secret, token or key that the platform proves itself with. Without one, we make one and show it
    /// once.
    #[oai(validator(min_length = 16, max_length = 200))]
    pub secret: Option<String>,
    /// For the authentication hmac.
    pub hmac: Option<HmacIn>,
    /// With hmac, the platform's messages are known by these; otherwise the secret says whose they are.
    #[oai(default, validator(max_items = 50))]
    pub numbers: Vec<NumberDto>,
    /// The assistant to answer a platform that asks which one to use.
    #[oai(validator(max_length = 200))]
    pub assistant_id: Option<String>,
}

/// A channel by which callers reach a business.
#[derive(Debug, Clone, PartialEq, Object)]
#[oai(rename = "Channel", skip_serializing_if_is_none)]
pub struct ChannelOut {
    pub id: Field<ChannelId>,
    /// For people: which telephone line or assistant it is.
    pub name: Field<Name>,
    /// The platform that it is on.
    pub provider: String,
    /// How the platform proves itself.
    pub authentication: Scheme,
    /// By what its messages name the business.
    pub numbers: Vec<NumberDto>,
    /// The assistant to answer a platform that asks which one to use.
    pub assistant_id: Option<String>,
    /// Where the platform sends its messages.
    pub webhook_url: String,
    /// What a platform that asks the address for a token is told, beside the address.
    pub verify_token: Option<String>,
    /// Shown once, when the channel is made.
    pub secret: Option<String>,
}

impl Out for ChannelOut {}

impl ChannelOut {
    fn of(app: &App, id: ChannelId, channel: ChannelDetails, secret: Option<String>) -> Self {
        let ChannelDetails { name, provider, authentication, numbers, assistant_id } = channel;
        Self {
            id: Field(id),
            name: Field(name),
            webhook_url: app.webhook_url(&provider, id),
            verify_token: providers::find(&provider)
                .filter(|provider| provider.asks_for_a_token())
                .map(|provider| app.verify_token(provider.name(), &id.to_string())),
            provider,
            authentication: AuthenticationKind::from(&authentication).into(),
            numbers: numbers.into_iter().map(NumberDto::of).collect(),
            assistant_id,
            secret,
        }
    }
}

/// The provider with this name; of new channels, if there is no name.
fn provider_named(name: Option<&str>) -> Result<&'static dyn Provider, Fault> {
    let Some(name) = name else { return Ok(providers::of_new_channels()) };
    providers::find(name).ok_or_else(|| {
        let known: Vec<&str> = providers::ALL.iter().map(|provider| provider.name()).collect();
        Fault::body("/provider", format_args!("must be one of {}, not {name:?}", known.join(", ")))
    })
}

/// Refuses an authentication that a provider's platform does not offer.
fn must_offer(
    provider: &str,
    offered: &[AuthenticationKind],
    wanted: AuthenticationKind,
) -> Result<(), Fault> {
    if offered.contains(&wanted) {
        return Ok(());
    }
    let offered: Vec<&str> = offered.iter().map(<&str>::from).collect();
    let detail = format_args!("must be one of {} with {provider}", offered.join(", "));
    Err(Fault::body("/authentication", detail))
}

/// All channels of a business.
#[derive(Debug, Clone, PartialEq, Object)]
#[oai(rename = "ChannelList")]
pub struct ChannelList {
    /// In the order in which they were added.
    pub items: Vec<ChannelOut>,
}

impl Out for ChannelList {}

pub struct ChannelsApi(pub App);

#[OpenApi(prefix_path = "/api/v1", tag = "Tag::Businesses")]
impl ChannelsApi {
    /// Add a channel
    ///
    /// Tell the platform the webhook_url and, where it asks for them, the secret and the verify_token of the reply;
    /// the secret is shown once.
    #[oai(path = "/businesses/:business_id/channels", method = "post", operation_id = "add_channel")]
    async fn add_channel(
        &self,
        caller: Caller,
        business_id: Path<Field<BusinessId>>,
        body: Json<ChannelIn>,
    ) -> Result<Created<ChannelOut>, Problem> {
        let tenant = caller.may_write(business_id.0.0)?;
        let ChannelIn { name, provider, authentication, secret, hmac, numbers, assistant_id } = body.0;
        let provider = provider_named(provider.as_deref())?;
        must_offer(provider.name(), provider.authentications(), authentication.into())?;
        if hmac.is_some() && authentication != Scheme::Hmac {
            return Err(Fault::body("/hmac", "is taken with the authentication hmac only").into());
        }
        if secret.is_none() && authentication == Scheme::Signature {
            return Err(Fault::body("/secret", "is needed: the platform shows it, and signs with it").into());
        }
        let secret = secret.unwrap_or_else(random_secret);
        // RFC 9110, section 5.5: spaces around a header's value are not a part of it.
        let is_header_value =
            secret.bytes().all(|byte| (0x20..0x7f).contains(&byte)) && secret.trim() == secret;
        if matches!(authentication, Scheme::Secret | Scheme::Bearer) && !is_header_value {
            let detail = "comes in a header, so it must be of printable ASCII characters and neither begin nor end with a space";
            return Err(Fault::body("/secret", detail).into());
        }
        let hash = provider.secret_hash(self.0.bus.hasher(), &secret);
        let authentication = match authentication {
            Scheme::Secret => Authentication::Secret { hash },
            Scheme::Bearer => Authentication::Bearer { hash },
            Scheme::Hmac => Authentication::Hmac {
                sealed_key: self.0.keys.channels.seal_text(KEY_PLACE, secret.as_bytes()),
                scheme: hmac.unwrap_or_default().read()?,
            },
            Scheme::Signature => {
                let sealed = self.0.keys.channels.seal_text(KEY_PLACE, secret.as_bytes());
                Authentication::Signature { sealed_keys: vec![sealed] }
            }
        };
        let numbers = each("/numbers", numbers, NumberDto::read)?;
        let command = AddChannel {
            name: name.0,
            provider: provider.name().into(),
            authentication,
            numbers,
            assistant_id,
        };
        let show = |ChannelView { id, details }| ChannelOut::of(&self.0, id, details, Some(secret.clone()));
        Write::by(&caller, tenant).run(&self.0, &command, show).await
    }

    /// List a business's channels
    ///
    /// With the address of the webhooks of each. Secrets are not shown.
    #[oai(path = "/businesses/:business_id/channels", method = "get", operation_id = "list_channels")]
    async fn list_channels(
        &self,
        caller: Caller,
        business_id: Path<Field<BusinessId>>,
        min_position: Query<Option<String>>,
    ) -> Result<Reply<ChannelList>, ReadProblem> {
        let tenant = caller.may_read(business_id.0.0)?;
        Read::of(&self.0, &Directory).and(&Channels).at(&min_position).ready().await?;
        let business = entry(&self.0, tenant).await?.state;
        let rows = channels::list(&self.0.pool, tenant).await?;
        // Right after an upgrade the rows of the channels that earlier releases added are still to come.
        let legacy =
            business.registered().map(|business| business.legacy_channels.clone()).unwrap_or_default();
        let to_come = legacy.into_iter().filter(|channel| rows.iter().all(|row| row.id() != channel.id));
        let to_come: Vec<_> = to_come.map(|channel| (channel.id, ChannelDetails::from(channel))).collect();
        let rows = rows.into_iter().map(|row: ChannelRow| (row.id(), row.details));
        let out = |(id, details)| ChannelOut::of(&self.0, id, details, None);
        Ok(Reply::new(ChannelList { items: to_come.into_iter().chain(rows).map(out).collect() }))
    }

    /// Remove a channel
    ///
    /// Its secret and numbers lead nowhere from then on.
    #[oai(
        path = "/businesses/:business_id/channels/:channel_id",
        method = "delete",
        operation_id = "remove_channel"
    )]
    async fn remove_channel(
        &self,
        caller: Caller,
        business_id: Path<Field<BusinessId>>,
        channel_id: Path<Field<ChannelId>>,
    ) -> Result<Done, Problem> {
        let tenant = caller.may_write(business_id.0.0)?;
        Write::by(&caller, tenant).run_silently(&self.0, &RemoveChannel { channel_id: channel_id.0.0 }).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_provider_that_is_not_known_is_refused_with_those_that_are() {
        let first = providers::of_new_channels().name();
        assert_eq!(provider_named(None).map(|provider| provider.name()), Ok(first));
        assert_eq!(provider_named(Some(first)).map(|provider| provider.name()), Ok(first));
        let fault = provider_named(Some("somebody")).map(|_| ()).expect_err("unknown");
        for provider in providers::ALL {
            assert!(fault.detail.contains(provider.name()), "{}", fault.detail);
        }
    }

    #[test]
    fn an_authentication_that_a_provider_does_not_offer_is_refused_with_those_that_it_does() {
        use AuthenticationKind::{Bearer, Hmac, Secret};
        assert_eq!(must_offer("meta", &[Hmac], Hmac), Ok(()));
        assert_eq!(
            must_offer("meta", &[Hmac, Secret], Bearer),
            Err(Fault::body("/authentication", "must be one of hmac, secret with meta"))
        );
    }
}
