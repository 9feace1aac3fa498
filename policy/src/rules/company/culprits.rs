//! Which items of a list made an expression false: the package, the volume, the product.
//!
//! Touches the facts of a case. Must never change an outcome: it only says what it rests on.

use cel::common::ast::{ComprehensionExpr, Expr, operators};
use cel::common::types::CelBool;
use cel::parser::Expression as Parsed;
use cel::{Context, Value};

use super::values::{self, Record};
use crate::facts::Evidence;
use crate::rules::Case;

/// Items told of one list.
const TOLD_MAX: usize = 8;

/// The items that `exists` found or that broke an `all`, of every list the expression goes over at its
/// top.
pub(super) fn find(parsed: &Parsed, context: &Context<'_, '_>, case: &Case<'_>) -> Vec<Evidence> {
    let mut told = vec![];
    walk(&parsed.expr, context, case, &mut told);
    told
}

fn walk(expr: &Expr, context: &Context<'_, '_>, case: &Case<'_>, told: &mut Vec<Evidence>) {
    match expr {
        Expr::Call(call) => {
            for part in call.target.iter().map(AsRef::as_ref).chain(&call.args) {
                walk(&part.expr, context, case, told);
            }
        }
        Expr::Comprehension(over) => items(over, context, case, told),
        Expr::Unspecified
        | Expr::Ident(_)
        | Expr::List(_)
        | Expr::Literal(_)
        | Expr::Map(_)
        | Expr::Select(_)
        | Expr::Struct(_) => {}
    }
}

fn items(
    over: &ComprehensionExpr,
    context: &Context<'_, '_>,
    case: &Case<'_>,
    told: &mut Vec<Evidence>,
) {
    let (Expr::Ident(list), Expr::Call(step)) = (&over.iter_range.expr, &over.loop_step.expr)
    else {
        return;
    };
    let wanted = match step.func_name.as_str() {
        operators::LOGICAL_OR => true,
        operators::LOGICAL_AND => false,
        _ => return,
    };
    let Some(asked) = step.args.last() else { return };
    let found = values::records(list, case)
        .unwrap_or_default()
        .into_iter()
        .filter(|record| holds(asked, over, context, *record) == Some(wanted))
        .take(TOLD_MAX)
        .map(|record| {
            let (what, title) = record.title();
            Evidence::new(what, title)
        });
    told.extend(found);
}

fn holds(
    asked: &Parsed,
    over: &ComprehensionExpr,
    context: &Context<'_, '_>,
    record: Record<'_>,
) -> Option<bool> {
    let mut inner = context.new_inner_scope();
    inner.add_variable_as_val(&over.iter_var, Box::new(record));
    let value = Value::resolve_val(asked, &inner).ok()?;
    value.downcast_ref::<CelBool>().map(|truth| *truth.inner())
}
