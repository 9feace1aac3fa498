//! The service `sekisho.v1.Enrolment`.
//!
//! Touches the core rooms. Must never tell one wrong token from another but by what the holder of a right
//! one needs to know.

use std::sync::Arc;

use tonic::{Request, Response, Status};

use sekisho_proto::convert;
use sekisho_proto::wire::enrolment_server::Enrolment;
use sekisho_proto::wire::{
    BeginRequest, BeginResponse, EnrolRequest, EnrolResponse, RenewExpiredRequest, RenewResponse,
};

use super::{note_refusal, peer};
use crate::enrol::{Application, EnrolError, LateRenewal};
use crate::record::Marks;
use crate::serve::Collector;
use crate::tls::Peer;

/// The service on the enrolment listener.
#[derive(Clone)]
pub struct EnrolmentService {
    collector: Arc<Collector>,
    agent_port: u16,
}

impl EnrolmentService {
    /// The service over the collector's rooms, which tells devices the port to connect to.
    #[must_use]
    pub const fn new(collector: Arc<Collector>, agent_port: u16) -> Self {
        Self {
            collector,
            agent_port,
        }
    }

    async fn refused(&self, peer: &Peer, action: &'static str, error: EnrolError) -> Status {
        if error.is_refusal() {
            let event = error.event(action, &peer.address.to_string(), self.collector.now());
            note_refusal(&self.collector, peer, event).await;
        }
        error.into()
    }
}

fn known<T>(request: &Request<T>) -> Result<Arc<Peer>, Status> {
    peer(request).ok_or_else(|| Status::internal("the connection is not known"))
}

fn invalid(error: &convert::InvalidMessage) -> Status {
    Status::invalid_argument(error.to_string())
}

#[tonic::async_trait]
impl Enrolment for EnrolmentService {
    async fn begin(
        &self,
        _request: Request<BeginRequest>,
    ) -> Result<Response<BeginResponse>, Status> {
        let nonce = self.collector.enrolment.begin(self.collector.now());
        let nonce = nonce.map_err(EnrolError::from)?.into();
        Ok(Response::new(BeginResponse { nonce }))
    }

    async fn enrol(
        &self,
        request: Request<EnrolRequest>,
    ) -> Result<Response<EnrolResponse>, Status> {
        let peer = known(&request)?;
        let request = convert::EnrolRequest::try_from(request.into_inner())
            .map_err(|error| invalid(&error))?;
        let application = Application {
            nonce: &request.nonce,
            token: &request.token,
            csr: &request.csr,
            proof: &request.proof,
            marks: &Marks::from(&request.marks),
            address: &peer.address.to_string(),
        };
        let enrolled = match self
            .collector
            .enrolment
            .enrol(application, self.collector.now())
            .await
        {
            Ok(enrolled) => enrolled,
            Err(error) => return Err(self.refused(&peer, "enrolment.refused", error).await),
        };
        let keys = &self.collector.keys;
        let response = convert::EnrolResponse {
            device: enrolled.device.id,
            chain: vec![enrolled.certificate.to_vec().into()],
            roots: vec![keys.authority.root().to_vec().into()],
            order_keys: vec![*keys.orders.public_key()],
            break_glass_secret: keys.device_secret(enrolled.device.id),
            register: self.collector.policy.entry(&enrolled.device),
            agent_port: self.agent_port,
        };
        Ok(Response::new(response.into()))
    }

    async fn renew_expired(
        &self,
        request: Request<RenewExpiredRequest>,
    ) -> Result<Response<RenewResponse>, Status> {
        let peer = known(&request)?;
        let request = convert::RenewExpiredRequest::try_from(request.into_inner())
            .map_err(|error| invalid(&error))?;
        let renewal = LateRenewal {
            nonce: &request.nonce,
            certificate: &request.certificate,
            csr: &request.csr,
            proof: &request.proof,
        };
        match self
            .collector
            .enrolment
            .renew_expired(renewal, self.collector.now())
            .await
        {
            Ok(enrolled) => Ok(Response::new(RenewResponse {
                chain: vec![enrolled.certificate.to_vec().into()],
            })),
            Err(error) => Err(self.refused(&peer, "renewal.refused", error).await),
        }
    }
}
