//! What a function and what belongs to it are called. A function is called `leads.set_status` everywhere; AWS allows no
//! dots, and CloudFormation's own ids letters and digits alone.

/// The longest name that a function or a schedule may have is 64 characters: `plat-`, an environment of up to 12, a dash.
const LONGEST: usize = 64 - "plat-".len() - 12 - "-".len();

/// The names of one function.
#[derive(Clone, Copy)]
pub(super) struct Names {
    /// Its name in the registry, which is its handler.
    pub(super) operation: &'static str,
    /// The domain, which is its binary.
    pub(super) domain: &'static str,
}

impl Names {
    /// # Errors
    /// The name is not one that all of AWS takes.
    pub(super) fn of(operation: &'static str) -> Result<Self, String> {
        let fits = |name: &str| {
            name.starts_with(|c: char| c.is_ascii_lowercase())
                && name
                    .chars()
                    .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
        };
        match operation.split_once('.') {
            Some((domain, verb)) if fits(domain) && fits(verb) && operation.len() <= LONGEST => {
                Ok(Self { operation, domain })
            }
            Some(_) | None => Err(format!(
                "{operation} is not <domain>.<verb> of lower-case letters, digits and _, {LONGEST} characters at most"
            )),
        }
    }

    /// The logical id, to which what belongs to the function adds a word.
    pub(super) fn id(self) -> String {
        camel(self.operation)
    }

    /// What the function, its queue and its schedule are called.
    pub(super) fn resource(self) -> String {
        format!("plat-${{Environment}}-{}", self.operation.replace('.', "-"))
    }

    /// The queue in which its job's failures end, as `plat_services::Sqs` knows it too.
    pub(super) fn dead_letters(self) -> String {
        format!("{}-dead", self.resource())
    }

    /// The ARN of its queue, for functions of other stacks.
    pub(super) fn queue_arn(self) -> String {
        arn_of_queue(&self.resource())
    }

    /// The ARN of its dead letters, for functions of other stacks.
    pub(super) fn dead_letters_arn(self) -> String {
        arn_of_queue(&self.dead_letters())
    }
}

/// How the address of every queue begins; the name of its job follows, with a dash for the dot.
pub(super) fn queue_urls_begin() -> &'static str {
    "https://sqs.${AWS::Region}.${AWS::URLSuffix}/${AWS::AccountId}/plat-${Environment}-"
}

fn arn_of_queue(name: &str) -> String {
    format!("!Sub arn:${{AWS::Partition}}:sqs:${{AWS::Region}}:${{AWS::AccountId}}:{name}")
}

/// `leads.set_status` as `LeadsSetStatus`.
pub(super) fn camel(name: &str) -> String {
    name.split(['.', '_'])
        .flat_map(|word| {
            let mut letters = word.chars();
            letters
                .next()
                .map(|first| first.to_ascii_uppercase())
                .into_iter()
                .chain(letters)
        })
        .collect()
}
