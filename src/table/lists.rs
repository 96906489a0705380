//! The tables of what lists give: customers and validation codes.

use std::sync::Arc;

use arrow_array::builder::{Int64Builder, StringBuilder};
use arrow_array::{ArrayRef, StructArray};
use arrow_schema::{DataType, Field};

use super::{Table, schema, text};
use crate::model::{Customer, ValidationCode};

/// Builds the columns of a customers list, whose pages come one after the other.
#[derive(Debug, Default)]
pub struct CustomerColumns {
    customer_id: StringBuilder,
    company_name: StringBuilder,
    domain: StringBuilder,
    relationship_to_partner: StringBuilder,
}

impl CustomerColumns {
    /// Adds a customer.
    pub fn push(&mut self, customer: &Customer) {
        self.customer_id.append_value(&customer.customer_id);
        self.company_name.append_option(customer.company_name.as_deref());
        self.domain.append_option(customer.domain.as_deref());
        self.relationship_to_partner.append_option(customer.relationship_to_partner.as_deref());
    }

    /// The table of all that was added.
    #[must_use]
    pub fn finish(mut self) -> Table {
        let fields = vec![
            text("customer_id").with_nullable(false),
            text("company_name"),
            text("domain"),
            text("relationship_to_partner"),
        ];
        let columns: Vec<ArrayRef> = vec![
            Arc::new(self.customer_id.finish()),
            Arc::new(self.company_name.finish()),
            Arc::new(self.domain.finish()),
            Arc::new(self.relationship_to_partner.finish()),
        ];
        table(fields, columns)
    }
}

/// Builds the columns of a list of validation codes.
#[derive(Debug, Default)]
pub struct ValidationCodeColumns {
    validation_id: StringBuilder,
    partner_id: StringBuilder,
    organization_name: StringBuilder,
    max_creates: Int64Builder,
    remaining_creates: Int64Builder,
    etag: StringBuilder,
}

impl ValidationCodeColumns {
    /// Adds a code.
    pub fn push(&mut self, code: &ValidationCode) {
        self.validation_id.append_value(&code.validation_id);
        self.partner_id.append_option(code.partner_id.as_deref());
        self.organization_name.append_option(code.organization_name.as_deref());
        self.max_creates.append_option(code.max_creates);
        self.remaining_creates.append_option(code.remaining_creates);
        self.etag.append_option(code.etag.as_deref());
    }

    /// The table of all that was added.
    #[must_use]
    pub fn finish(mut self) -> Table {
        let fields = vec![
            text("validation_id").with_nullable(false),
            text("partner_id"),
            text("organization_name"),
            Field::new("max_creates", DataType::Int64, true),
            Field::new("remaining_creates", DataType::Int64, true),
            text("etag"),
        ];
        let columns: Vec<ArrayRef> = vec![
            Arc::new(self.validation_id.finish()),
            Arc::new(self.partner_id.finish()),
            Arc::new(self.organization_name.finish()),
            Arc::new(self.max_creates.finish()),
            Arc::new(self.remaining_creates.finish()),
            Arc::new(self.etag.finish()),
        ];
        table(fields, columns)
    }
}

fn table(fields: Vec<Field>, columns: Vec<ArrayRef>) -> Table {
    let schema = schema(fields);
    Table::of(StructArray::new(schema.fields().clone(), columns, None).into())
}
