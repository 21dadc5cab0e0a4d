//! Who may do what in a team.
//!
//! What belongs here: roles, permissions, and the one table that joins them. What does
//! not: the platform flag of a user, which is no role, and the routes that ask.

use crate::invalid::wire_enum;

wire_enum! {
    /// What a person is in a team. Each may do all that the next may, except that the
    /// assistant stands apart.
    pub enum Role {
        /// Owns the team and its bill.
        Owner = "owner",
        /// Runs the team.
        Admin = "admin",
        /// Leads other members.
        Manager = "manager",
        /// Works on leads, clients and deals.
        Member = "member",
        /// Helps with leads, clients and appointments.
        Assistant = "assistant",
    }
}

wire_enum! {
    /// One thing a role may or may not do, named `<what>:<verb>`.
    pub enum Permission {
        /// Run the assistant's upkeep, such as scoring every lead again.
        AiManage = "ai:manage",
        /// Ask the assistant.
        AiUse = "ai:use",
        /// See figures.
        AnalyticsRead = "analytics:read",
        /// See figures per person.
        AnalyticsTeam = "analytics:team",
        /// See appointments.
        AppointmentsRead = "appointments:read",
        /// Make and change appointments.
        AppointmentsWrite = "appointments:write",
        /// See the team's audit log.
        AuditRead = "audit:read",
        /// Change plan and payment methods.
        BillingManage = "billing:manage",
        /// See plan, usage and invoices.
        BillingRead = "billing:read",
        /// Start, pause and stop campaigns.
        CampaignsLaunch = "campaigns:launch",
        /// See campaigns.
        CampaignsRead = "campaigns:read",
        /// Draft campaigns.
        CampaignsWrite = "campaigns:write",
        /// See clients.
        ClientsRead = "clients:read",
        /// Create and change clients.
        ClientsWrite = "clients:write",
        /// See renovation projects.
        ConstructionRead = "construction:read",
        /// Create and change renovation projects.
        ConstructionWrite = "construction:write",
        /// See contracts and their templates.
        ContractsRead = "contracts:read",
        /// Make contracts and send them for signature.
        ContractsWrite = "contracts:write",
        /// See the dashboard.
        DashboardRead = "dashboard:read",
        /// See deals.
        DealsRead = "deals:read",
        /// Create and change deals.
        DealsWrite = "deals:write",
        /// See and download documents.
        DocumentsRead = "documents:read",
        /// Upload and change documents.
        DocumentsWrite = "documents:write",
        /// See sent e-mails.
        EmailsRead = "emails:read",
        /// Send e-mails.
        EmailsSend = "emails:send",
        /// Change what was recorded about e-mails.
        EmailsWrite = "emails:write",
        /// See income and expenses.
        FinanceRead = "finance:read",
        /// Record income and expenses.
        FinanceWrite = "finance:write",
        /// Connect and disconnect other services.
        IntegrationsManage = "integrations:manage",
        /// See connected services.
        IntegrationsRead = "integrations:read",
        /// Change many leads at once.
        LeadsBulk = "leads:bulk",
        /// Download leads.
        LeadsExport = "leads:export",
        /// Upload leads.
        LeadsImport = "leads:import",
        /// See leads with their notes, tags and activities.
        LeadsRead = "leads:read",
        /// Create and change leads, notes, tags and activities.
        LeadsWrite = "leads:write",
        /// See market data.
        MarketRead = "market:read",
        /// See the inbox.
        MessagesRead = "messages:read",
        /// Send messages.
        MessagesSend = "messages:send",
        /// Approve playbooks.
        PlaybooksApprove = "playbooks:approve",
        /// See playbooks.
        PlaybooksRead = "playbooks:read",
        /// Draft playbooks.
        PlaybooksWrite = "playbooks:write",
        /// See properties.
        PropertiesRead = "properties:read",
        /// Create and change properties.
        PropertiesWrite = "properties:write",
        /// See reports.
        ReportsRead = "reports:read",
        /// Define reports.
        ReportsWrite = "reports:write",
        /// See tasks.
        TasksRead = "tasks:read",
        /// Create and change tasks.
        TasksWrite = "tasks:write",
        /// Change the team, its settings, members, roles and API keys.
        TeamManage = "team:manage",
        /// Delete the team and make owners.
        TeamOwn = "team:own",
        /// See the team and its members.
        TeamRead = "team:read",
        /// See message templates.
        TemplatesRead = "templates:read",
        /// Create and change message templates.
        TemplatesWrite = "templates:write",
        /// See calls with their transcripts.
        VoiceRead = "voice:read",
        /// Place calls.
        VoiceUse = "voice:use",
        /// Manage outgoing webhooks.
        WebhooksManage = "webhooks:manage",
        /// See workflows and their executions.
        WorkflowsRead = "workflows:read",
        /// Create and change workflows.
        WorkflowsWrite = "workflows:write",
    }
}

wire_enum! {
    /// Which records members see.
    pub enum Visibility {
        /// All records of the team.
        Team = "team",
        /// What is assigned to them or to nobody.
        Own = "own",
    }
}

impl Role {
    /// Whether the role holds the permission. The only place that says so.
    pub fn can(self, permission: Permission) -> bool {
        use Permission as P;
        use Role::{Admin, Assistant, Manager, Member, Owner};

        let roles: &[Self] = match permission {
            P::LeadsRead
            | P::LeadsWrite
            | P::ClientsRead
            | P::ClientsWrite
            | P::TasksRead
            | P::TasksWrite
            | P::AppointmentsRead
            | P::AppointmentsWrite
            | P::MarketRead
            | P::DashboardRead
            | P::MessagesRead
            | P::TemplatesRead
            | P::AiUse
            | P::TeamRead => &[Assistant, Member, Manager, Admin, Owner],

            P::DealsRead
            | P::DealsWrite
            | P::DocumentsRead
            | P::DocumentsWrite
            | P::EmailsRead
            | P::EmailsSend
            | P::EmailsWrite
            | P::MessagesSend
            | P::CampaignsRead
            | P::CampaignsWrite
            | P::PropertiesRead
            | P::PropertiesWrite
            | P::ContractsRead
            | P::ContractsWrite
            | P::PlaybooksRead
            | P::PlaybooksWrite
            | P::ConstructionRead
            | P::FinanceRead
            | P::AnalyticsRead
            | P::ReportsRead
            | P::VoiceRead
            | P::VoiceUse => &[Member, Manager, Admin, Owner],

            P::LeadsBulk
            | P::LeadsImport
            | P::LeadsExport
            | P::CampaignsLaunch
            | P::WorkflowsRead
            | P::WorkflowsWrite
            | P::TemplatesWrite
            | P::ReportsWrite
            | P::ConstructionWrite
            | P::FinanceWrite
            | P::AnalyticsTeam
            | P::PlaybooksApprove
            | P::AiManage => &[Manager, Admin, Owner],

            P::TeamManage
            | P::IntegrationsRead
            | P::IntegrationsManage
            | P::WebhooksManage
            | P::AuditRead
            | P::BillingRead => &[Admin, Owner],

            P::BillingManage | P::TeamOwn => &[Owner],
        };
        roles.contains(&self)
    }

    /// Everything the role may do, in the order of [`Permission::ALL`].
    pub fn permissions(self) -> impl Iterator<Item = Permission> {
        Permission::ALL
            .iter()
            .copied()
            .filter(move |permission| self.can(*permission))
    }

    /// Whether the role may change what other people wrote, such as their notes.
    pub const fn edits_others(self) -> bool {
        match self {
            Self::Owner | Self::Admin | Self::Manager => true,
            Self::Member | Self::Assistant => false,
        }
    }

    /// Whether the role sees every record of a team with this visibility. A role that does
    /// not sees what is assigned to the person or to nobody.
    pub const fn sees_all(self, visibility: Visibility) -> bool {
        match (self, visibility) {
            (Self::Owner | Self::Admin | Self::Manager, Visibility::Team | Visibility::Own)
            | (Self::Member | Self::Assistant, Visibility::Team) => true,
            (Self::Member | Self::Assistant, Visibility::Own) => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    const ASSISTANT: &[&str] = &[
        "leads:read",
        "leads:write",
        "clients:read",
        "clients:write",
        "tasks:read",
        "tasks:write",
        "appointments:read",
        "appointments:write",
        "market:read",
        "dashboard:read",
        "messages:read",
        "templates:read",
        "ai:use",
        "team:read",
    ];
    const MEMBER_ALSO: &[&str] = &[
        "deals:read",
        "deals:write",
        "documents:read",
        "documents:write",
        "emails:read",
        "emails:send",
        "emails:write",
        "messages:send",
        "campaigns:read",
        "campaigns:write",
        "properties:read",
        "properties:write",
        "contracts:read",
        "contracts:write",
        "playbooks:read",
        "playbooks:write",
        "construction:read",
        "finance:read",
        "analytics:read",
        "reports:read",
        "voice:read",
        "voice:use",
    ];
    const MANAGER_ALSO: &[&str] = &[
        "leads:bulk",
        "leads:import",
        "leads:export",
        "campaigns:launch",
        "workflows:read",
        "workflows:write",
        "templates:write",
        "reports:write",
        "construction:write",
        "finance:write",
        "analytics:team",
        "playbooks:approve",
        "ai:manage",
    ];
    const ADMIN_ALSO: &[&str] = &[
        "team:manage",
        "integrations:read",
        "integrations:manage",
        "webhooks:manage",
        "audit:read",
        "billing:read",
    ];
    const OWNER_ALSO: &[&str] = &["billing:manage", "team:own"];

    #[test]
    fn each_role_may_do_exactly_what_the_table_says() {
        let rows = [ASSISTANT, MEMBER_ALSO, MANAGER_ALSO, ADMIN_ALSO, OWNER_ALSO];
        let roles = [
            Role::Assistant,
            Role::Member,
            Role::Manager,
            Role::Admin,
            Role::Owner,
        ];
        for (index, role) in roles.into_iter().enumerate() {
            let expected: BTreeSet<&str> = rows[..=index].concat().into_iter().collect();

            let actual: BTreeSet<&str> = role.permissions().map(Permission::as_str).collect();

            assert_eq!(actual, expected, "{role}");
        }
    }

    #[test]
    fn the_owner_may_do_everything() {
        assert_eq!(
            Role::Owner.permissions().collect::<Vec<_>>(),
            Permission::ALL
        );
    }

    #[test]
    fn permissions_are_listed_by_name_and_named_once() {
        let names: Vec<&str> = Permission::ALL.iter().map(|p| p.as_str()).collect();
        let sorted: BTreeSet<&str> = names.iter().copied().collect();

        assert_eq!(names, Vec::from_iter(sorted));
    }

    #[test]
    fn names_are_read_as_they_are_written() {
        for role in Role::ALL {
            assert_eq!(Role::parse(role.as_str()).as_ref(), Ok(role));
        }
        for permission in Permission::ALL {
            assert_eq!(
                Permission::parse(permission.as_str()).as_ref(),
                Ok(permission)
            );
        }
        assert_eq!(
            serde_json::to_string(&Role::Assistant).unwrap(),
            "\"assistant\""
        );
        assert_eq!(serde_json::to_string(&Visibility::Own).unwrap(), "\"own\"");
    }

    #[test]
    fn only_members_and_assistants_are_kept_to_their_own_records() {
        let cases = [
            (Role::Owner, true, true),
            (Role::Admin, true, true),
            (Role::Manager, true, true),
            (Role::Member, true, false),
            (Role::Assistant, true, false),
        ];
        for (role, in_team, in_own) in cases {
            assert_eq!(role.sees_all(Visibility::Team), in_team, "{role}");
            assert_eq!(role.sees_all(Visibility::Own), in_own, "{role}");
            assert_eq!(role.edits_others(), in_own, "{role}");
        }
    }
}
