//! Lists of e-mails: their filters, and which index serves them. Every one of them is by when e-mails were made.

use crate::email::{Emails, ListedEmail, listed};
use crate::entries::{Indexed, LAST};
use crate::error::StoreError;
use crate::key::Key;
use crate::keys;
use crate::listing::{Driver, Filter, List, Listed, Plan};
use crate::page::{Page, PageRequest};
use crate::record::{Item, Stored};
use crate::sight::Sight;
use plat_domain::{ClientId, EmailId, EmailStatus, OutgoingEmail, TaskId, TeamId};
use std::collections::BTreeSet;
use std::mem::take;

/// Which e-mails are wanted. An empty filter wants all.
#[derive(Debug, Clone, PartialEq)]
pub struct EmailFilter {
    /// To this client.
    pub client: Option<ClientId>,
    /// Any of these; empty for every status.
    pub statuses: BTreeSet<EmailStatus>,
    /// Made for this task.
    pub task: Option<TaskId>,
    /// What the asking person may see.
    pub sight: Sight,
}

impl EmailFilter {
    /// Everything that `sight` sees.
    pub fn everything(sight: Sight) -> Self {
        Self {
            client: None,
            statuses: BTreeSet::new(),
            task: None,
            sight,
        }
    }
}

impl Emails {
    /// A page of the e-mails that `filter` wants, latest first unless `oldest_first`.
    pub async fn list(
        &self,
        filter: &EmailFilter,
        oldest_first: bool,
        page: &PageRequest,
    ) -> Result<Page<ListedEmail>, StoreError> {
        if let Some(task) = filter.task {
            return self.of_task(filter, task, page).await;
        }
        let list = List {
            db: &self.db,
            team: self.team,
            filter,
            plan: plan(self.team, filter.clone(), oldest_first),
        };
        list.page(page).await
    }

    /// A task has one e-mail at most, and that has its id.
    async fn of_task(
        &self,
        filter: &EmailFilter,
        task: TaskId,
        page: &PageRequest,
    ) -> Result<Page<ListedEmail>, StoreError> {
        let key = keys::email(self.team, OutgoingEmail::id_for(task));
        let found = self.db.get(&key, false).await?;
        let row = found.map(crate::email::read).transpose()?;
        let row = row.map(ListedEmail::from).filter(|row| filter.wants(row));
        Ok(Page {
            items: row.into_iter().skip(page.skip).collect(),
            next: None,
        })
    }
}

/// How a list is read. What its driver answers is taken out of the filter; if nothing is left, every row is wanted.
fn plan(team: TeamId, mut left: EmailFilter, oldest_first: bool) -> Plan {
    let (name, partitions) = if let Some(client) = left.client.take() {
        ("GSI3", vec![keys::emails_to(team, client)])
    } else if left.statuses.is_empty() {
        ("GSI1", vec![keys::emails(team)])
    } else {
        let statuses = take(&mut left.statuses).into_iter();
        let partitions = statuses.map(|status| keys::emails_with_status(team, status));
        ("GSI2", partitions.collect())
    };
    Plan {
        driver: Driver::Index { name, partitions },
        from: " ".to_owned(),
        to: LAST.to_string(),
        descending: !oldest_first,
        close: left == EmailFilter::everything(Sight::All),
    }
}

impl Indexed for OutgoingEmail {
    const KIND: &'static str = "email";
    type Id = EmailId;

    fn read(item: Item) -> Result<Stored<Self>, StoreError> {
        crate::email::read(item)
    }
}

impl Listed for OutgoingEmail {
    const ROW: &'static [&'static str] = &["row", "status", "version", "createdAt", "updatedAt"];

    type Row = ListedEmail;

    fn key(team: TeamId, id: EmailId) -> Key {
        keys::email(team, id)
    }

    fn listed(item: &Item) -> Result<ListedEmail, StoreError> {
        listed(item)
    }
}

impl Filter for EmailFilter {
    type Record = OutgoingEmail;

    fn wants(&self, row: &ListedEmail) -> bool {
        let email = &row.email;
        self.client.is_none_or(|client| client == email.client_id)
            && (self.statuses.is_empty() || self.statuses.contains(&email.status))
            && self.task.is_none_or(|task| email.task_id == Some(task))
            && self.sight.sees(email.assigned_to)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use plat_domain::UserId;

    /// How a list is read: the index, which way, and whether that answers all.
    fn told(filter: &EmailFilter, oldest_first: bool) -> String {
        let team = TeamId::from_bits(1);
        let plan = plan(team, filter.clone(), oldest_first);
        let Driver::Index { name, partitions } = plan.driver else {
            panic!("e-mails have no entries");
        };
        let way = if plan.descending { "down" } else { "up" };
        let rest = if plan.close { "" } else { ", filtered" };
        format!("{name} {} {way}{rest}", partitions.join(" + ")).replace(&format!("T#{team}#"), "")
    }

    #[test]
    fn a_list_is_read_from_the_index_that_answers_most() {
        let all = EmailFilter::everything(Sight::All);
        let client = Some(ClientId::from_bits(7));
        let gone = BTreeSet::from([EmailStatus::Failed, EmailStatus::Dropped]);

        assert_eq!(told(&all, false), "GSI1 EMAILS down");
        assert_eq!(told(&all, true), "GSI1 EMAILS up");
        let of_statuses = EmailFilter {
            statuses: gone.clone(),
            ..all.clone()
        };
        assert_eq!(
            told(&of_statuses, false),
            "GSI2 EMAILS#failed + EMAILS#dropped down"
        );
        let to_client = EmailFilter {
            client,
            ..all.clone()
        };
        assert_eq!(
            told(&to_client, false),
            "GSI3 EMAILS@00000000000000000000000007 down"
        );
        let both = EmailFilter {
            client,
            statuses: gone,
            ..all
        };
        assert_eq!(
            told(&both, false),
            "GSI3 EMAILS@00000000000000000000000007 down, filtered"
        );
        let mine = EmailFilter::everything(Sight::Own(UserId::from_bits(2)));
        assert_eq!(told(&mine, false), "GSI1 EMAILS down, filtered");
    }
}
