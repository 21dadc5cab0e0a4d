//! An endpoint: behind a route of its API.

use super::function::Draft;
use super::names::{Names, camel};
use super::parameter::Parameter;
use plat_registry::{AccessRule, Endpoint, Grant, Method};
use std::collections::BTreeSet;

/// MB. A function holds some 20; more memory is more processor, of which a request needs little.
const MEMORY: u32 = 256;

/// MB for what anybody may call and what writes: signing in and its like. They hash passwords, 19 MB and 20 ms of a whole
/// processor each, and a function with 256 MB has a seventh of one.
const MEMORY_OF_PASSWORDS: u32 = 512;

/// Seconds. DynamoDB is asked up to three times with two seconds for each; the gateway waits 30 at most.
const TIMEOUT_OF_READS: u32 = 10;
const TIMEOUT_OF_WRITES: u32 = 15;

/// Seconds for what asks third parties: a model may write for twelve while somebody waits, and a provider of mail has ten.
const TIMEOUT_OF_CALLS: u32 = 29;

pub(super) fn part(endpoint: &Endpoint) -> Result<Draft, String> {
    let names = Names::of(endpoint.operation)?;
    let id = names.id();
    let api = Parameter::api(endpoint.api);
    let anybody_writes = matches!(endpoint.access, AccessRule::Open | AccessRule::Public)
        && endpoint.grants.contains(&Grant::WriteTable);
    let mut source = integration(&id, api);
    for method in endpoint.methods() {
        let ending = if *method == endpoint.method {
            String::new()
        } else {
            camel(&method.as_str().to_ascii_lowercase())
        };
        source += &route(&id, &ending, api, method, endpoint.path.as_str());
    }
    Ok(Draft {
        memory: if anybody_writes {
            MEMORY_OF_PASSWORDS
        } else {
            MEMORY
        },
        timeout: if endpoint.grants.contains(&Grant::CallProviders) {
            TIMEOUT_OF_CALLS
        } else if endpoint.method == Method::GET {
            TIMEOUT_OF_READS
        } else {
            TIMEOUT_OF_WRITES
        },
        summary: endpoint.summary,
        source,
        parameters: BTreeSet::from([api]),
    })
}

fn integration(id: &str, api: Parameter) -> String {
    let api = api.name();
    format!(
        "  \
  {id}Integration:
    Type: AWS::ApiGatewayV2::Integration
    Properties:
      ApiId: !Ref {api}
      IntegrationType: AWS_PROXY
      IntegrationUri: !GetAtt {id}.Arn
      PayloadFormatVersion: '2.0'
"
    )
}

/// A route, and the gateway's permission to call the function for it and for nothing else.
fn route(id: &str, ending: &str, api: Parameter, method: &Method, path: &str) -> String {
    let api = api.name();
    let arn = "arn:${AWS::Partition}:execute-api:${AWS::Region}:${AWS::AccountId}";
    format!(
        "  \
  {id}{ending}Route:
    Type: AWS::ApiGatewayV2::Route
    Properties:
      ApiId: !Ref {api}
      RouteKey: {method} {path}
      Target: !Sub integrations/${{{id}Integration}}
  {id}{ending}Permission:
    Type: AWS::Lambda::Permission
    Properties:
      Action: lambda:InvokeFunction
      FunctionName: !Ref {id}
      Principal: apigateway.amazonaws.com
      SourceArn: !Sub {arn}:${{{api}}}/$default/{method}{path}
"
    )
}
