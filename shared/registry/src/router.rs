//! Finds the endpoint of a request where one process serves all of them: the local host and the tests.

use crate::{Endpoint, Function};
use http::Method;
use std::collections::BTreeSet;

/// All endpoints, most literal first.
pub struct Router {
    endpoints: Vec<Endpoint>,
}

/// What a method and path lead to.
pub enum Routed<'a> {
    /// An endpoint, with the path's parameters.
    Found(&'a Endpoint, Vec<(String, String)>),
    /// The path exists; these are its methods.
    OtherMethods(BTreeSet<String>),
    /// There is no such path.
    Nothing,
}

impl Router {
    /// A router over the endpoints among `functions`; the jobs are handed back.
    pub fn new(functions: Vec<Function>) -> (Self, Vec<crate::Job>) {
        let mut endpoints = Vec::new();
        let mut jobs = Vec::new();
        for function in functions {
            match function {
                Function::Endpoint(endpoint) => endpoints.push(endpoint),
                Function::Job(job) => jobs.push(job),
            }
        }
        endpoints.sort_by_key(|endpoint| endpoint.path.rank());
        (Self { endpoints }, jobs)
    }

    /// Every endpoint.
    pub fn endpoints(&self) -> &[Endpoint] {
        &self.endpoints
    }

    /// Where `method` and `path` lead.
    pub fn find(&self, method: &Method, path: &str) -> Routed<'_> {
        let mut methods = BTreeSet::new();
        for endpoint in &self.endpoints {
            let Some(parameters) = endpoint.path.matches(path) else {
                continue;
            };
            if endpoint.methods().any(|served| served == method) {
                return Routed::Found(endpoint, parameters);
            }
            methods.extend(endpoint.methods().map(ToString::to_string));
        }
        if methods.is_empty() {
            Routed::Nothing
        } else {
            Routed::OtherMethods(methods)
        }
    }
}
