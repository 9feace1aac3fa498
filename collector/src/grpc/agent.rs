//! The service `sekisho.v1.Agent`.
//!
//! Touches the core rooms. Must never let a request in that was not admitted.

use std::sync::Arc;

use tonic::{Request, Response, Status, Streaming};

use sekisho_proto::convert::certificate_request;
use sekisho_proto::wire::agent_server::Agent;
use sekisho_proto::wire::{FromAgent, RenewRequest, RenewResponse};

use super::{Talk, note_refusal, peer};
use crate::admit::{AdmitError, Presented, admit};
use crate::record::{Actor, Device};
use crate::serve::Collector;
use crate::tls::Peer;

/// The service on the agents' listener.
#[derive(Clone)]
pub struct AgentService {
    collector: Arc<Collector>,
}

impl AgentService {
    /// The service over the collector's rooms.
    #[must_use]
    pub const fn new(collector: Arc<Collector>) -> Self {
        Self { collector }
    }

    async fn admitted<T>(
        &self,
        request: &Request<T>,
    ) -> Result<(Arc<Peer>, Presented, Device), Status> {
        let peer = peer(request).ok_or_else(|| Status::internal("the connection is not known"))?;
        let certificate = peer.certificate.as_deref();
        match admit(
            self.collector.store.as_ref(),
            certificate,
            self.collector.now(),
        )
        .await
        {
            Ok((presented, device)) => Ok((peer, presented, device)),
            Err(AdmitError::Refused(refusal)) => {
                let event = refusal.event(&peer.address.to_string(), self.collector.now());
                note_refusal(&self.collector, &peer, event).await;
                Err(refusal.into())
            }
            Err(error) => Err(error.into()),
        }
    }
}

#[tonic::async_trait]
impl Agent for AgentService {
    type AttachStream = Talk;

    async fn attach(
        &self,
        request: Request<Streaming<FromAgent>>,
    ) -> Result<Response<Self::AttachStream>, Status> {
        let (peer, presented, _) = self.admitted(&request).await?;
        let collector = Arc::clone(&self.collector);
        let inbound = Box::pin(request.into_inner());
        Ok(Response::new(Talk::begin(
            collector, peer, presented, inbound,
        )))
    }

    async fn renew(
        &self,
        request: Request<RenewRequest>,
    ) -> Result<Response<RenewResponse>, Status> {
        let (peer, presented, device) = self.admitted(&request).await?;
        let csr = certificate_request(request.into_inner())
            .map_err(|error| Status::invalid_argument(error.to_string()))?;
        let now = self.collector.now();
        let enrolment = &self.collector.enrolment;
        let renewed = enrolment.renew(device, presented.fingerprint, &csr, now);
        match renewed.await {
            Ok(enrolled) => Ok(Response::new(RenewResponse {
                chain: vec![enrolled.certificate.to_vec().into()],
            })),
            Err(error) => {
                if error.is_refusal() {
                    let mut event = error.event("renewal.refused", &peer.address.to_string(), now);
                    event.actor = Actor::Device(presented.device);
                    event.device = Some(presented.device);
                    note_refusal(&self.collector, &peer, event).await;
                }
                Err(error.into())
            }
        }
    }
}
