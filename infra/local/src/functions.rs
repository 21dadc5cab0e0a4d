//! Every function there is. A new domain is added here, and nowhere else.

use plat_registry::Function;

/// All functions of all domains.
pub fn functions() -> Vec<Function> {
    [
        plat_activities::functions(),
        plat_admin::functions(),
        plat_analytics::functions(),
        plat_audit::functions(),
        plat_auth::functions(),
        plat_clients::functions(),
        plat_dashboard::functions(),
        plat_deals::functions(),
        plat_documents::functions(),
        plat_emails::functions(),
        plat_hooks::functions(),
        plat_integrations::functions(),
        plat_leads::functions(),
        plat_notes::functions(),
        plat_outbox::functions(),
        plat_search::functions(),
        plat_settings::functions(),
        plat_system::functions(),
        plat_tags::functions(),
        plat_tasks::functions(),
        plat_teams::functions(),
    ]
    .into_iter()
    .flatten()
    .collect()
}
