//! Asks the management interface of this machine.
//!
//! Touches WMI, by the numbers of its errors: its texts are in the language of the system. Must never wait for an
//! answer on a thread that anything else needs: a provider may hang.

use std::collections::{BTreeMap, HashMap};
use std::path::PathBuf;

use wmi::{AuthLevel, IWbemClassWrapper, Variant, WMIConnection, WMIError};

use super::{Called, Question, ROWS_MAX, Row, TEXT_BYTES_MAX, Value};
use crate::ask::AskError;
use crate::win::management::{self as wmi_says, code};

/// `WBEM_E_INVALID_METHOD`, where there is no number of a failed call.
const NO_METHOD: u32 = 0x8004_102e;

/// Reads what was asked for.
pub(super) fn ask(question: &Question) -> Result<Vec<Row>, AskError> {
    let failed = |error| failed(question, &error);
    let connection = WMIConnection::with_namespace_path(question.namespace).map_err(failed)?;
    if question.is_private {
        connection
            .set_proxy_blanket(AuthLevel::PktPrivacy)
            .map_err(failed)?;
    }
    // An older Windows lacks some fields, and refuses a question that names them.
    let query = format!("SELECT * FROM {}", question.class);
    let instances: Vec<HashMap<String, Variant>> = connection.raw_query(query).map_err(failed)?;
    if instances.len() > ROWS_MAX {
        return Err(AskError::TooLarge {
            path: PathBuf::from(question.class),
            max: u64::try_from(ROWS_MAX).unwrap_or(u64::MAX),
        });
    }
    let rows = instances.into_iter().map(|instance| {
        let fields: BTreeMap<String, Value> = instance
            .into_iter()
            .filter(|(name, _)| question.fields.contains(&name.as_str()))
            .filter_map(|(name, variant)| Some((name, value(variant)?)))
            .collect();
        let methods = match fields.get("DeviceID") {
            Some(Value::Text(id)) => called(&connection, question, id),
            Some(Value::Flag(_) | Value::Number(_) | Value::Texts(_)) | None => BTreeMap::new(),
        };
        Row { fields, methods }
    });
    Ok(rows.collect())
}

fn called(connection: &WMIConnection, question: &Question, id: &str) -> BTreeMap<String, Called> {
    // A path of WMI has its own backslash before each one, and before quotes.
    let id = id.replace('\\', r"\\").replace('"', r#"\""#);
    let path = format!(r#"{}.DeviceID="{id}""#, question.class);
    let methods = question.methods.iter().map(|method| {
        let told = match connection.exec_method(&path, method, None) {
            Ok(Some(told)) => values_of(&told),
            Ok(None) => Called::Failed(NO_METHOD),
            Err(error) => Called::Failed(code(&error).unwrap_or(NO_METHOD)),
        };
        ((*method).to_owned(), told)
    });
    methods.collect()
}

fn values_of(told: &IWbemClassWrapper) -> Called {
    let names = match told.list_properties() {
        Ok(names) => names,
        Err(error) => return Called::Failed(code(&error).unwrap_or(NO_METHOD)),
    };
    let values = names.into_iter().filter_map(|name| {
        let told = told.get_property(&name).ok()?;
        Some((name, value(told)?))
    });
    let mut values: BTreeMap<String, Value> = values.collect();
    match values
        .remove("ReturnValue")
        .and_then(|value| value.number())
    {
        None | Some(0) => Called::Told(values),
        // A number of 32 bits that WMI may show with a sign.
        Some(code) => Called::Failed(u32::try_from(code & 0xffff_ffff).unwrap_or(u32::MAX)),
    }
}

/// The value, where it is one that a fact can be made of.
fn value(variant: Variant) -> Option<Value> {
    Some(match variant {
        Variant::String(text) => Value::Text(text.chars().take(TEXT_BYTES_MAX / 4).collect()),
        Variant::Bool(flag) => Value::Flag(flag),
        Variant::I1(number) => Value::Number(number.into()),
        Variant::I2(number) => Value::Number(number.into()),
        Variant::I4(number) => Value::Number(number.into()),
        Variant::I8(number) => Value::Number(number),
        Variant::UI1(number) => Value::Number(number.into()),
        Variant::UI2(number) => Value::Number(number.into()),
        Variant::UI4(number) => Value::Number(number.into()),
        Variant::UI8(number) => Value::Number(i64::try_from(number).ok()?),
        Variant::Array(items) => Value::Texts(items.into_iter().filter_map(text).collect()),
        Variant::Empty
        | Variant::Null
        | Variant::R4(_)
        | Variant::R8(_)
        | Variant::Unknown(_)
        | Variant::Object(_) => return None,
    })
}

fn text(variant: Variant) -> Option<String> {
    match value(variant)? {
        Value::Text(text) => Some(text),
        Value::Number(number) => Some(number.to_string()),
        Value::Flag(flag) => Some(flag.to_string()),
        Value::Texts(_) => None,
    }
}

fn failed(question: &Question, error: &WMIError) -> AskError {
    wmi_says::failed(question.namespace, question.class, error)
}
