//! The codec of the services: Protocol Buffers, with small buffers for each stream.
//!
//! Touches bytes in memory. Must never hold more for an idle stream than a short message takes: a
//! collector holds tens of thousands of them.

use std::marker::PhantomData;

use prost::Message;
use tonic::codec::{BufferSettings, Codec};
use tonic_prost::{ProstCodec, ProstDecoder, ProstEncoder};

/// Bytes of a stream's buffer, each way, until a message needs more. tonic's own 8 KiB each way are two
/// fifths of what an idle stream would hold.
const BUFFER_BYTES: usize = 1024;
/// Bytes of messages that are put together before they are sent.
const BATCH_BYTES: usize = 32 * 1024;

/// The codec of the services of `sekisho.v1`.
#[derive(Debug, Clone)]
pub struct SmallBuffers<T, U>(PhantomData<(T, U)>);

impl<T, U> Default for SmallBuffers<T, U> {
    fn default() -> Self {
        Self(PhantomData)
    }
}

impl<T, U> Codec for SmallBuffers<T, U>
where
    T: Message + Send + 'static,
    U: Message + Default + Send + 'static,
{
    type Encode = T;
    type Decode = U;
    type Encoder = ProstEncoder<T>;
    type Decoder = ProstDecoder<U>;

    fn encoder(&mut self) -> Self::Encoder {
        ProstCodec::<T, U>::raw_encoder(BufferSettings::new(BUFFER_BYTES, BATCH_BYTES))
    }

    fn decoder(&mut self) -> Self::Decoder {
        ProstCodec::<T, U>::raw_decoder(BufferSettings::new(BUFFER_BYTES, BATCH_BYTES))
    }
}
